// What an operator sees of the service: its health, a line in the log for each request, and limits that hold.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import wrangler from '../wrangler.toml?raw'
import { problems } from '../src/jsonapi/problem.ts'
import { errorsOf, get, load, migrate, ROOT, send, tokenOf } from './support/api.ts'
import { failing } from './support/d1.ts'

beforeAll(async () => {
  await migrate()
  await load('api-accesses', ['{"id":1,"customer_id":1}'])
})

describe('health', () => {
  test('/healthz says that the service runs, whatever the database does', async () => {
    expect((await send('/healthz', {}, { DB: failing(env.DB) })).status).toBe(200)
  })

  test('/readyz says whether the database answers', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect((await send('/readyz')).status).toBe(200)
    expect((await send('/readyz', {}, { DB: failing(env.DB) })).status).toBe(503)
    log.mockRestore()
  })
})

describe('the log', () => {
  async function linesOf(path: string, headers: Record<string, string> = {}): Promise<string[]> {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await get(path, 1, { REQUEST_LOG: '1' }, headers)
    const lines = log.mock.calls.map(([line]) => String(line))
    log.mockRestore()
    return lines
  }

  test('has one line for a request, as JSON', async () => {
    const lines = await linesOf('/cdrs/380671112233?fields[cdrs]=id', { 'x-request-id': 'abc' })
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      requestId: 'abc',
      method: 'GET',
      route: `${ROOT}/cdrs/:id`,
      status: 404,
      access: '1',
      trips: 1,
    })
  })

  test('has no token and nothing of what was asked', async () => {
    const [line] = await linesOf('/cdrs?filter[dst_prefix_in_eq]=380671112233')
    expect(line).not.toContain('380671112233')
    expect(line).not.toContain(await tokenOf(1))
  })

  test('takes up the trace of the request, and gives it back', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    expect(JSON.parse((await linesOf('/cdrs', { traceparent: trace }))[0]!)).toMatchObject({ trace })
    expect((await get('/cdrs', 1, {}, { traceparent: trace })).headers.get('traceparent')).toBe(trace)
    expect((await get('/cdrs', 1, {}, { traceparent: 'x\ty' })).headers.has('traceparent')).toBe(false)
  })
})

describe('the limit of an access', () => {
  /** A limit of one request, then none. */
  function limitOfOne(): { limit: RateLimit; keys: string[] } {
    const keys: string[] = []
    return { keys, limit: { limit: ({ key }) => Promise.resolve({ success: keys.push(key) === 1 }) } }
  }

  test('refuses with 429 and says when to come back', async () => {
    const { limit, keys } = limitOfOne()
    const variables = { API_LIMIT: limit, RATE_LIMITS: '1' }
    expect((await get('/cdrs', 1, variables)).status).toBe(200)
    const refused = await get('/cdrs', 1, variables)
    expect(refused.status).toBe(429)
    expect(Object.fromEntries(refused.headers)).toMatchObject({ 'retry-after': '60', ratelimit: '"api";r=0;t=60' })
    expect((await errorsOf(refused))[0]?.[0]).toBe('429')
    expect(new Set(keys)).toEqual(new Set(['access 1']))
  })

  test('is told as wrangler.toml sets it', () => {
    const set = /name = "API_LIMIT"[^[]*limit = (\d+), period = (\d+)/.exec(wrangler)
    expect(problems.tooManyRequests().headers['ratelimit-policy']).toBe(`"api";q=${set?.[1]};w=${set?.[2]}`)
  })

  test('does not count a token that is not ours', async () => {
    const { limit, keys } = limitOfOne()
    await send(`${ROOT}/cdrs`, { headers: { authorization: 'x.y.z' } }, { API_LIMIT: limit, RATE_LIMITS: '1' })
    expect(keys).toEqual([])
  })
})
