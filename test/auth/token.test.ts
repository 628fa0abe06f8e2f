import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { signToken, verifyToken } from '../../src/auth/token.ts'
import { errorsOf, get, load, migrate, ROOT, send, tokenOf } from '../support/api.ts'

const NOW = 1_800_000_000
const terms = { secret: 'a secret', nowSeconds: NOW, expires: true }
const claims = { aud: ['customer-v1'], sub: 7, exp: NOW + 60 }

const base64url = (bytes: Uint8Array | string) =>
  (typeof bytes === 'string' ? btoa(unescape(encodeURIComponent(bytes))) : btoa(String.fromCharCode(...bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

/** A token made by hand, so that every part of it can be wrong. */
async function makeToken(
  payload: unknown,
  { head = { alg: 'HS256' }, hash = 'SHA-256', secret = terms.secret }: { head?: unknown; hash?: string; secret?: string } = {},
) {
  const signed = `${base64url(JSON.stringify(head))}.${base64url(JSON.stringify(payload))}`
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash }, false, ['sign'])
  return `${signed}.${base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed))))}`
}

describe('a token is accepted', () => {
  test.for<[what: string, payload: unknown, head?: unknown]>([
    ['as Yeti makes it', claims],
    ['with a type in its header', claims, { typ: 'JWT', alg: 'HS256' }],
    ['with the audience as a string', { ...claims, aud: 'customer-v1' }],
    ['with several audiences', { ...claims, aud: ['admin', 'customer-v1'] }],
    ['with the access as a decimal string', { ...claims, sub: '7' }],
    ['that never expires', { aud: claims.aud, sub: 7 }],
    ['that is valid already', { ...claims, nbf: NOW }],
    ['that was issued in the future', { ...claims, iat: NOW + 1000 }],
  ])('%s', async ([, payload, head]) => {
    expect(await verifyToken(await makeToken(payload, head ? { head } : {}), terms)).toEqual({ kind: 'access', id: '7' })
  })

  test('that has expired, where tokens do not expire', async () => {
    expect(await verifyToken(await makeToken({ ...claims, exp: 1 }), { ...terms, expires: false })).toEqual({ kind: 'access', id: '7' })
  })

  test('that we have signed ourselves', async () => {
    expect(await verifyToken(await signToken(7, terms.secret, NOW + 1), terms)).toEqual({ kind: 'access', id: '7' })
  })
})

describe('a token is refused', () => {
  test.for<[what: string, token: () => Promise<string> | string]>([
    ['that is empty', () => ''],
    ['of two parts', () => 'a.b'],
    ['of four parts', async () => `${await makeToken(claims)}.x`],
    [
      'whose payload was tampered with',
      async () => (await makeToken(claims)).replace(/\.[^.]+\./, `.${base64url(JSON.stringify({ ...claims, sub: 8 }))}.`),
    ],
    ['whose signature was cut', async () => (await makeToken(claims)).slice(0, -2)],
    ['whose signature was left out', async () => (await makeToken(claims)).replace(/[^.]+$/, '')],
    ['signed with another secret', () => makeToken(claims, { secret: 'another' })],
    ['that calls itself unsigned', () => makeToken(claims, { head: { alg: 'none' } })],
    ['unsigned', () => `${base64url('{"alg":"none"}')}.${base64url(JSON.stringify(claims))}.`],
    ['signed with HS512', () => makeToken(claims, { head: { alg: 'HS512' }, hash: 'SHA-512' })],
    ['that calls itself RS256', () => makeToken(claims, { head: { alg: 'RS256' } })],
    ['without an algorithm', () => makeToken(claims, { head: {} })],
    ['for another audience', () => makeToken({ ...claims, aud: ['admin'] })],
    ['for an audience in another case', () => makeToken({ ...claims, aud: ['Customer-v1'] })],
    ['for no audience', () => makeToken({ sub: 7, exp: claims.exp })],
    ['that expires now', () => makeToken({ ...claims, exp: NOW })],
    ['that expired', () => makeToken({ ...claims, exp: NOW - 1 })],
    ['whose expiry is no number', () => makeToken({ ...claims, exp: 'never' })],
    ['that is not valid yet', () => makeToken({ ...claims, nbf: NOW + 1 })],
    ['whose access is a fraction', () => makeToken({ ...claims, sub: 7.5 })],
    ['whose access is a list', () => makeToken({ ...claims, sub: [7] })],
    ['whose access only begins with a number', () => makeToken({ ...claims, sub: '7a' })],
    ['whose access is true', () => makeToken({ ...claims, sub: true })],
    ['without an access', () => makeToken({ aud: claims.aud })],
    ['whose payload is a list', () => makeToken([1])],
    ['whose payload is null', () => makeToken(null)],
    ['that is very long', () => makeToken({ ...claims, padding: 'x'.repeat(20_000) })],
  ])('%s', async ([, token]) => {
    expect(await verifyToken(await token(), terms)).toBeUndefined()
  })

  test('whatever it says, where no secret is set', async () => {
    const token = await makeToken(claims)
    expect(await verifyToken(token, { ...terms, secret: '' })).toBeUndefined()
  })
})

describe('over HTTP', () => {
  beforeAll(async () => {
    await migrate()
    await load('api-accesses', ['{"id":1,"customer_id":1}'])
  })

  const UNAUTHORIZED = [['401', 'Authorization token expired or incorrect.']]

  test.for([
    ['alone', (token: string) => token],
    ['after Bearer', (token: string) => `Bearer ${token}`],
    ['after anything', (token: string) => `foo bar  ${token} `],
  ] as const)('the token stands %s', async ([, header]) => {
    const response = await send(`${ROOT}/cdrs`, { headers: { authorization: header(await tokenOf(1)) } })
    expect(response.status).toBe(200)
  })

  test.for<[what: string, path: string, headers: Record<string, string>]>([
    ['no token', '/cdrs', {}],
    ['a bad id', '/cdrs/abc', {}],
    ['a bad filter', '/cdrs?filter[foo]=1', {}],
    ['an Accept that we do not serve', '/cdrs', { accept: 'text/html' }],
  ])('401 comes before every other refusal: %s', async ([, path, headers]) => {
    for (const authorization of ['x.y.z', await tokenOf(99)]) {
      const response = await send(ROOT + path, { headers: { ...headers, authorization } })
      expect(response.status).toBe(401)
      expect(response.headers.get('cache-control')).toBe('no-cache')
      expect(await errorsOf(response)).toEqual(UNAUTHORIZED)
    }
  })

  test('an access that was deleted is refused with its next request', async () => {
    await load('api-accesses', ['{"id":2,"customer_id":1}'])
    expect((await get('/cdrs', 2)).status).toBe(200)
    await env.DB.prepare('DELETE FROM api_accesses WHERE id = 2').run()
    expect((await get('/cdrs', 2)).status).toBe(401)
    expect((await get('/cdrs/1', 2)).status).toBe(401)
  })
})
