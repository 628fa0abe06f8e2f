// A browser sends the cookie of a session along with whatever a page asks for. What changes something is done for our own pages only.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { errorsOf, load, migrate, ROOT, send, tokenOf } from '../support/api.ts'

const ACCOUNT = '00000000-0000-1000-8000-000000000011'
const PORTAL = 'https://portal.example.net'
const REFUSED = [['403', 'A page of another site sent this with the cookie of a session. Send the token in the Authorization header.']]

const order = JSON.stringify({
  data: {
    type: 'cdr-exports',
    attributes: { filters: { time_start_gteq: '2026-01-01', time_start_lt: '2026-01-02' } },
    relationships: { account: { data: { type: 'accounts', id: ACCOUNT } } },
  },
})

beforeAll(async () => {
  await migrate()
  await load('api-accesses', ['{"id":1,"customer_id":1,"login":"one","password":"pass"}'])
  await load('accounts', [`{"id":11,"uuid":"${ACCOUNT}","customer_id":1,"name":"One"}`])
})

const byCookie = async () => ({ cookie: `_yeti_customer_v1_session=${await tokenOf(1)}` })

const sendOrder = (headers: Record<string, string>, origins = '') =>
  send(
    `${ROOT}/cdr-exports`,
    { method: 'POST', headers: { 'content-type': 'application/vnd.api+json', ...headers }, body: order },
    { CORS_ORIGINS: origins },
  )

const signIn = (headers: Record<string, string>, cookie = true) =>
  send(`${ROOT}/auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ auth: { login: 'one', password: 'pass', cookie_auth: cookie } }),
  })

const count = () => env.DB.prepare('SELECT count(*) AS n FROM cdr_exports').first<number>('n')

const foreign: [headers: Record<string, string>, origins?: string][] = [
  [{ 'sec-fetch-site': 'cross-site' }],
  [{ 'sec-fetch-site': 'cross-site', origin: PORTAL }, PORTAL],
  [{ origin: 'https://evil.example' }],
  [{ origin: 'https://evil.example' }, '*'],
  [{ origin: 'https://evil.example' }, PORTAL],
  [{ origin: 'null' }],
  [{ origin: 'https://example.org' }],
  [{ origin: 'http://example.org:8080' }],
  [{ 'sec-fetch-site': 'same-site', origin: 'http://other.example.org' }],
]

const own: [headers: Record<string, string>, origins?: string][] = [
  [{}],
  [{ 'sec-fetch-site': 'same-origin', origin: 'http://example.org' }],
  [{ origin: 'http://example.org' }],
  [{ 'sec-fetch-site': 'none' }],
  [{ 'sec-fetch-site': 'same-site', origin: PORTAL }, `https://a.example, ${PORTAL}`],
]

describe('an order by cookie', () => {
  test.for(foreign)('is refused with %j, origins %o', async ([headers, origins]) => {
    const before = await count()
    const response = await sendOrder({ ...(await byCookie()), ...headers }, origins)
    expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null])
    expect(await errorsOf(response)).toEqual(REFUSED)
    expect(await count()).toBe(before)
  })

  test.for(own)('is taken with %j, origins %o', async ([headers, origins]) => {
    expect((await sendOrder({ ...(await byCookie()), ...headers }, origins)).status).toBe(201)
  })

  test('is refused as any other where the cookie is not ours', async () => {
    const response = await sendOrder({ cookie: '_yeti_customer_v1_session=x.y.z', 'sec-fetch-site': 'cross-site' })
    expect(response.status).toBe(401)
  })
})

test.for(foreign)('an order by token is taken from anywhere: %j', async ([headers, origins]) => {
  expect((await sendOrder({ authorization: await tokenOf(1), ...(await byCookie()), ...headers }, origins)).status).toBe(201)
})

test.for(foreign)('reading by cookie changes nothing, and is answered: %j', async ([headers]) => {
  expect((await send(`${ROOT}/cdrs`, { headers: { ...(await byCookie()), ...headers } })).status).toBe(200)
})

describe('signing in', () => {
  test('for a cookie is refused to a page of another site', async () => {
    const response = await signIn({ 'sec-fetch-site': 'cross-site' })
    expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null])
    expect(await errorsOf(response)).toEqual(REFUSED)
  })

  test('for a cookie is open to our own pages', async () => {
    expect((await signIn({ 'sec-fetch-site': 'same-origin', origin: 'http://example.org' })).headers.get('set-cookie')).toContain(
      'samesite=lax',
    )
  })

  test('for a token is open to any page', async () => {
    expect((await signIn({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, false)).status).toBe(201)
  })
})
