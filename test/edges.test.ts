// What holds for every answer of the customer API: origins, bookmarks, profiles.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, get, load, migrate, ROOT, send, tokenOf, type Resource } from './support/api.ts'

beforeAll(async () => {
  await migrate()
  await load('api-accesses', ['{"id":1,"customer_id":1}', '{"id":2,"customer_id":1,"customer_portal_access_profile_id":7}'])
  await load('profiles', ['{"id":7,"name":"Little","invoices":false}'])
})

describe('a page of another origin', () => {
  const PORTAL = 'https://portal.example.com'
  const preflight = (origin: string, origins: string) =>
    send(
      `${ROOT}/cdrs`,
      { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' } },
      { CORS_ORIGINS: origins },
    )

  test.for([PORTAL, `https://other.example.com, ${PORTAL}`, '*'])('may ask where the operator allows it: %s', async (origins) => {
    const response = await preflight(PORTAL, origins)
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe(PORTAL)
    expect(response.headers.get('access-control-max-age')).toBe('86400')
  })

  test.for(['authorization', 'content-type', 'if-none-match', 'range', 'x-d1-bookmark', 'x-request-id', 'traceparent', 'tracestate'])(
    'may send %s',
    async (name) => {
      const allowed = (await preflight(PORTAL, PORTAL)).headers.get('access-control-allow-headers') ?? ''
      expect(allowed.toLowerCase().split(',')).toContain(name)
    },
  )

  describe('is what an answer depends on', () => {
    const token = async () => ({ authorization: await tokenOf(1) })
    const vary = (response: Response) => response.headers.get('vary')?.split(', ') ?? []
    test.for<[what: string, path: string, headers: () => Promise<Record<string, string>>, status: number]>([
      ['a list', `${ROOT}/cdrs`, token, 200],
      ['an answer that the client has', `${ROOT}/cdrs`, async () => ({ ...(await token()), 'if-none-match': '*' }), 304],
      ['a refusal', `${ROOT}/cdrs`, async () => ({}), 401],
      ['a path that is not there', '/nowhere', async () => ({}), 404],
      ['a header that cannot be read', `${ROOT}/cdrs`, async () => ({ accept: 'foo' }), 406],
      ['a file that is not there', `${ROOT}/cdrs/1/rec`, token, 404],
      ['health', '/healthz', async () => ({}), 200],
      ['readiness', '/readyz', async () => ({}), 200],
      ['the operator API', '/api/operator/v1/status', async () => ({ 'x-api-key': env.OPERATOR_KEY }), 200],
    ])('%s', async ([, path, headers, status]) => {
      for (const origins of [PORTAL, '*']) {
        for (const origin of [undefined, PORTAL, 'https://other.example.com']) {
          const sent = { ...(await headers()), ...(origin === undefined ? {} : { origin }) }
          const response = await send(path, { headers: sent }, { CORS_ORIGINS: origins })
          expect([origins, origin, response.status]).toEqual([origins, origin, status])
          expect(vary(response).filter((name) => name === 'Origin')).toHaveLength(1)
        }
      }
    })

    test('unless the operator allows none', async () => {
      expect(vary(await get('/cdrs', 1, {}, { origin: PORTAL }))).toEqual(['Accept'])
    })
  })

  test('may read the headers that matter', async () => {
    const response = await get('/cdrs', 1, { CORS_ORIGINS: PORTAL }, { origin: PORTAL })
    expect(response.headers.get('access-control-allow-origin')).toBe(PORTAL)
    expect(response.headers.get('access-control-expose-headers')?.split(',')).toEqual(
      expect.arrayContaining(['ETag', 'X-Request-Id', 'Location', 'Retry-After', 'X-D1-Bookmark']),
    )
  })

  test('hears of a refusal too', async () => {
    const response = await send(`${ROOT}/cdrs`, { headers: { origin: PORTAL } }, { CORS_ORIGINS: PORTAL })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, PORTAL])
  })

  test.for(['', 'https://other.example.com'])('may not where he does not: %s', async (origins) => {
    const response = await preflight(PORTAL, origins)
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([405, null])
  })
})

describe('a bookmark', () => {
  /** D1 with the start of each session written down. */
  function watched(): { d1: D1Database; starts: string[] } {
    const starts: string[] = []
    const d1 = new Proxy(env.DB, {
      get(target, name) {
        if (name === 'withSession') {
          return (start: string) => {
            starts.push(start)
            return target.withSession(start)
          }
        }
        const member = Reflect.get(target, name) as unknown
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      },
    })
    return { d1, starts }
  }

  const BOOKMARK = '00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683'
  test.for<[what: string, path: string, bookmark: string | undefined, start: string]>([
    ['CDRs are read from any replica', '/cdrs', undefined, 'first-unconstrained'],
    ['a bookmark makes them as new as its bearer has seen', '/cdrs', BOOKMARK, BOOKMARK],
    ['what is no bookmark is not passed on', '/cdrs', 'first-primary; DROP', 'first-unconstrained'],
    ['exports are read from the primary', '/cdr-exports', undefined, 'first-primary'],
    ['exports are read from the primary, bookmark or not', '/cdr-exports', BOOKMARK, 'first-primary'],
  ])('%s', async ([, path, bookmark, start]) => {
    const { d1, starts } = watched()
    await get(path, 1, { DB: d1 }, bookmark === undefined ? {} : { 'x-d1-bookmark': bookmark })
    expect(starts).toEqual([start])
  })

  test('comes with every answer that has used the database, outside of what the entity tag covers', async () => {
    const [first, second] = [await get('/cdrs'), await get('/cdrs')]
    expect(first.headers.get('x-d1-bookmark')).toMatch(/^[\da-f]{8}-/)
    expect(first.headers.get('etag')).toBe(second.headers.get('etag'))
    expect((await send(`${ROOT}/cdrs`)).headers.has('x-d1-bookmark')).toBe(false)
  })
})

describe('the profile', () => {
  test('of an access is what its portal may show', async () => {
    const { data } = await bodyOf<{ data: Resource }>(await get('/profiles'))
    expect(Object.keys(data)).toEqual(['id', 'type', 'attributes'])
    expect([data.id, data.type]).toEqual(['1', 'profiles'])
    expect(Object.keys(data.attributes)).toHaveLength(44)
    expect(Object.keys(data.attributes).slice(0, 7)).toEqual([
      'account',
      'outgoing-rateplans',
      'outgoing-cdrs',
      'outgoing-cdr-exports',
      'outgoing-statistics',
      'outgoing-statistics-active-calls',
      'outgoing-statistics-acd',
    ])
    expect(new Set(Object.values(data.attributes))).toEqual(new Set([true]))
  })

  test('is the one of the access that asks', async () => {
    const { data } = await bodyOf<{ data: Resource }>(await get('/profiles?fields[profiles]=invoices,payments', 2))
    expect([data.id, data.attributes]).toEqual(['7', { invoices: false, payments: true }])
  })

  test('has no list and no other', async () => {
    expect((await get('/profiles/1')).status).toBe(404)
    expect((await send(`${ROOT}/profiles`, { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD')
  })
})
