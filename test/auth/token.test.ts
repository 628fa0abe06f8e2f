import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { jwtVerify, SignJWT } from 'jose'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signToken, verifyToken } from '../../src/auth/token.ts'
import type { Subject } from '../../src/db/viewer.ts'
import { errorsOf, get, idsOf, load, migrate, ROOT, send, tokenOf } from '../support/api.ts'

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
  {
    head = { alg: 'HS256' },
    hash = 'SHA-256',
    secret = terms.secret,
    before = '',
  }: { head?: unknown; hash?: string; secret?: string; before?: string } = {},
) {
  const signed = `${base64url(JSON.stringify(head))}.${base64url(before + JSON.stringify(payload))}`
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash }, false, ['sign'])
  return `${signed}.${base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed))))}`
}

describe('a token is accepted', () => {
  test.for<[what: string, payload: unknown, head?: unknown]>([
    ['as Yeti makes it', claims],
    ['with a type in its header', claims, { typ: 'JWT', alg: 'HS256' }],
    ['with a key that its header names', claims, { alg: 'HS256', kid: '1', jku: 'https://example.com' }],
    ['that marks as critical what its header does not have', claims, { alg: 'HS256', kid: '1', crit: ['x'] }],
    ['with the audience as a string', { ...claims, aud: 'customer-v1' }],
    ['with several audiences', { ...claims, aud: ['admin', 'customer-v1'] }],
    ['with the access as a decimal string', { ...claims, sub: '7' }],
    ['with leading zeros in that string', { ...claims, sub: '007' }],
    ['that expires at a fraction of a second', { ...claims, exp: JSON.rawJSON('1800000060.123456789') }],
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
    expect(await verifyToken(await signToken({ kind: 'access', id: '7' }, terms.secret, NOW + 1), terms)).toEqual({
      kind: 'access',
      id: '7',
    })
  })

  test('for an access beyond 2^53, to the digit', async () => {
    const token = await makeToken({ ...claims, sub: JSON.rawJSON('9007199254740993') })
    expect(await verifyToken(token, terms)).toEqual({ kind: 'access', id: '9007199254740993' })
  })

  test('that another library has signed', async () => {
    const token = new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience('customer-v1')
      .setSubject('7')
      .setExpirationTime(NOW + 60)
    expect(await verifyToken(await token.sign(new TextEncoder().encode(terms.secret)), terms)).toEqual({ kind: 'access', id: '7' })
  })
})

describe('a token of ours', () => {
  const dynamic: Subject = {
    kind: 'dynamic',
    access: {
      customerId: '9007199254740993',
      profileId: '1',
      accountIds: ['1', '2'],
      allowListenRecording: true,
      numberlistIds: [],
      allowedIps: ['10.0.0.0/8'],
      gatewayId: null,
    },
  }

  test.for<[subject: Subject, expiry: number | undefined, payload: string]>([
    [{ kind: 'access', id: '7' }, NOW, `{"aud":["customer-v1"],"sub":7,"exp":${NOW}}`],
    [{ kind: 'access', id: '7' }, undefined, '{"aud":["customer-v1"],"sub":7}'],
    [
      dynamic,
      NOW,
      '{"aud":["customer-v1"],"sub":"D","cfg":{"customer_id":9007199254740993,"customer_portal_access_profile_id":1,' +
        '"account_ids":[1,2],"allow_listen_recording":true,"allow_outgoing_numberlists_ids":[],"allowed_ips":["10.0.0.0/8"],' +
        `"provision_gateway_id":null},"exp":${NOW}}`,
    ],
  ])('for %j has the bytes of the reference', async ([subject, expiry, payload]) => {
    const parts = (await signToken(subject, terms.secret, expiry)).split('.')
    expect(parts.slice(0, 2).map((part) => atob(part.replaceAll('-', '+').replaceAll('_', '/')))).toEqual(['{"alg":"HS256"}', payload])
  })

  test('is accepted by another library', async () => {
    const token = await signToken({ kind: 'access', id: '7' }, terms.secret, NOW)
    const { payload } = await jwtVerify(token, new TextEncoder().encode(terms.secret), {
      algorithms: ['HS256'],
      audience: 'customer-v1',
      currentDate: new Date((NOW - 1) * 1000),
    })
    expect(payload).toEqual({ aud: ['customer-v1'], sub: 7, exp: NOW })
  })

  test('says again what it said', async () => {
    expect(await verifyToken(await signToken(dynamic, terms.secret, NOW + 1), terms)).toEqual(dynamic)
  })
})

describe('a token that describes its access', () => {
  const least = {
    customerId: '1',
    profileId: '1',
    accountIds: [],
    allowListenRecording: false,
    numberlistIds: [],
    allowedIps: ['0.0.0.0/0', '::/0'],
    gatewayId: null,
  }

  test.for<[cfg: Record<string, unknown>, says: Record<string, unknown>]>([
    [{}, {}],
    [{ customer_id: '1' }, {}],
    [{ customer_id: '7001' }, { customerId: '7001' }],
    [{ customer_portal_access_profile_id: '2' }, { profileId: '2' }],
    [{ provision_gateway_id: '6' }, { gatewayId: '6' }],
    [{ customer_portal_access_profile_id: 2 }, { profileId: '2' }],
    [{ account_ids: [3, '4'] }, { accountIds: ['3', '4'] }],
    [{ account_ids: [JSON.rawJSON('9007199254740993')] }, { accountIds: ['9007199254740993'] }],
    [{ allow_listen_recording: true }, { allowListenRecording: true }],
    [{ allow_outgoing_numberlists_ids: [5] }, { numberlistIds: ['5'] }],
    [{ allowed_ips: ['10.0.0.0/8'] }, { allowedIps: ['10.0.0.0/8'] }],
    [{ provision_gateway_id: 6 }, { gatewayId: '6' }],
    [{ provision_gateway_id: null }, {}],
  ])('by %j is accepted', async ([cfg, says]) => {
    const token = await makeToken({ ...claims, sub: 'D', cfg: { customer_id: 1, ...cfg } })
    expect(await verifyToken(token, terms)).toEqual({ kind: 'dynamic', access: { ...least, ...says } })
  })

  test.for<unknown>([
    undefined,
    null,
    'x',
    1,
    [],
    {},
    { customer_id: null },
    { customer_id: 1.5 },
    { customer_id: [1] },
    { customer_id: '1a' },
    { customer_id: true },
    { customer_id: 1, foo: 1 },
    { customer_id: 1, api_access_id: 1 },
    { customer_id: 1, login: 'x' },
    { customer_id: 1, ['__proto__']: {} },
    { customer_id: 1, customer_portal_access_profile_id: null },
    { customer_id: 1, customer_portal_access_profile_id: 'x' },
    { customer_id: 1, account_ids: null },
    { customer_id: 1, account_ids: 1 },
    { customer_id: 1, account_ids: [null] },
    { customer_id: 1, account_ids: [[1]] },
    { customer_id: 1, account_ids: { 0: 1 } },
    { customer_id: 1, allow_listen_recording: 'true' },
    { customer_id: 1, allow_listen_recording: null },
    { customer_id: 1, allow_outgoing_numberlists_ids: 'x' },
    { customer_id: 1, allowed_ips: '0.0.0.0/0' },
    { customer_id: 1, allowed_ips: [1] },
    { customer_id: 1, provision_gateway_id: 'x' },
  ])('by %j is refused', async (cfg) => {
    expect(await verifyToken(await makeToken({ ...claims, sub: 'D', cfg }), terms)).toBeUndefined()
  })

  test.for(['d', 'D ', 'DD', ''])('as %o is refused', async (sub) => {
    expect(await verifyToken(await makeToken({ ...claims, sub, cfg: { customer_id: 1 } }), terms)).toBeUndefined()
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
    ['whose payload begins with a mark of byte order', () => makeToken(claims, { before: '\ufeff' })],
    ['that is very long', () => makeToken({ ...claims, padding: 'x'.repeat(20_000) })],
  ])('%s', async ([, token]) => {
    expect(await verifyToken(await token(), terms)).toBeUndefined()
  })

  test.for([
    { crit: ['exp'], exp: NOW },
    { crit: ['b64'], b64: false },
    { crit: ['x', 'http://example.com/x'], 'http://example.com/x': 1 },
    { crit: ['x'], x: null },
    { crit: ['alg'] },
    { crit: ['crit'] },
    { crit: [] },
    { crit: [1] },
    { crit: null },
    { crit: 'x' },
    { crit: { x: 1 }, x: 1 },
    { b64: false },
    { b64: true },
  ])('whose header says %j', async (more) => {
    expect(await verifyToken(await makeToken(claims, { head: { alg: 'HS256', ...more } }), terms)).toBeUndefined()
  })

  test('whatever it says, where no secret is set', async () => {
    const token = await makeToken(claims)
    expect(await verifyToken(token, { ...terms, secret: '' })).toBeUndefined()
  })
})

describe('over HTTP', () => {
  beforeAll(async () => {
    await migrate()
    await load('customers', ['{"id":1}', '{"id":2}'])
    await load('api-accesses', ['{"id":1,"customer_id":1}'])
    await load('cdrs', [
      '{"id":1,"customer_id":1,"customer_acc_id":11,"is_last_cdr":true,"time_start":"2026-01-01T00:00:00Z"}',
      '{"id":2,"customer_id":1,"customer_acc_id":12,"is_last_cdr":true,"time_start":"2026-01-02T00:00:00Z"}',
      '{"id":3,"customer_id":2,"customer_acc_id":21,"is_last_cdr":true,"time_start":"2026-01-03T00:00:00Z"}',
    ])
  })

  const LATE = 4_102_444_800
  const dynamicToken = (cfg: unknown) => makeToken({ aud: ['customer-v1'], sub: 'D', cfg, exp: LATE }, { secret: env.JWT_SECRET })

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

  describe('an access that was deleted', () => {
    const row = '{"id":2,"customer_id":1,"login":"gone","password":"gone"}'
    const remove = (headers: Record<string, string> = { authorization: `Bearer ${env.OPERATOR_KEY}` }) =>
      send('/api/operator/v1/api-accesses/2', { method: 'DELETE', headers })
    const signIn = () => send(`${ROOT}/auth?auth[login]=gone&auth[password]=gone`, { method: 'POST' })

    beforeEach(() => load('api-accesses', [row]))

    test.for<[what: string, ask: () => Promise<Response>]>([
      ['with its token', () => get('/cdrs', 2)],
      ['for one call', () => get('/cdrs/1', 2)],
      ['for a file', () => get('/cdrs/1/rec', 2)],
      ['for its session', () => get('/auth', 2)],
      ['with its cookie', async () => send(`${ROOT}/cdrs`, { headers: { cookie: `_yeti_customer_v1_session=${await tokenOf(2)}` } })],
      ['with its login', signIn],
    ])('is refused at once %s', async ([, ask]) => {
      expect((await ask()).status).not.toBe(401)
      expect((await remove()).status).toBe(204)
      expect((await ask()).status).toBe(401)
    })

    test('is deleted once and again, and no other with it', async () => {
      const answers = [await remove(), await remove()]
      expect(answers.map(({ status }) => status)).toEqual([204, 204])
      expect((await get('/cdrs', 1)).status).toBe(200)
    })

    test('opens again when it is loaded again', async () => {
      await remove()
      await load('api-accesses', [row])
      expect([(await get('/cdrs', 2)).status, (await signIn()).status]).toEqual([200, 201])
    })

    test('is deleted by nobody but the operator', async () => {
      expect((await remove({ authorization: await tokenOf(2) })).status).toBe(401)
      expect((await get('/cdrs', 2)).status).toBe(200)
    })
  })

  test.for<[cfg: Record<string, unknown>, ids: string[]]>([
    [{ customer_id: 1 }, ['2', '1']],
    [{ customer_id: 1, account_ids: [12] }, ['2']],
    [{ customer_id: 1, account_ids: [21] }, []],
    [{ customer_id: 2 }, ['3']],
  ])('the access that a token describes by %j sees its own rows alone', async ([cfg, ids]) => {
    const authorization = await dynamicToken(cfg)
    const response = await send(`${ROOT}/cdrs?filter[time_start_gteq]=2026-01-01`, { headers: { authorization } })
    expect((await idsOf(response)).ids).toEqual(ids)
  })

  test.for([{ customer_id: 3 }, { customer_id: 1, customer_portal_access_profile_id: 99 }])(
    'the access that a token describes by %j is refused, there being no such customer or profile',
    async (cfg) => {
      const authorization = await dynamicToken(cfg)
      for (const path of ['/cdrs', '/cdrs/1', '/auth']) expect((await send(ROOT + path, { headers: { authorization } })).status).toBe(401)
    },
  )

  test('whatever a token says of its access, it is answered', async () => {
    const key = fc.constantFrom(
      'customer_id',
      'customer_portal_access_profile_id',
      'account_ids',
      'allow_listen_recording',
      'allow_outgoing_numberlists_ids',
      'allowed_ips',
      'provision_gateway_id',
      '__proto__',
    )
    const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.array(fc.maxSafeInteger()), fc.constantFrom(1, '1', true, [], [1], null))
    const cfg = fc.oneof(fc.jsonValue(), fc.dictionary(key, value), fc.record({ customer_id: fc.constant(1), account_ids: value }))
    await fc.assert(
      fc.asyncProperty(cfg, async (cfg) => {
        const authorization = await dynamicToken(cfg)
        for (const path of ['/cdrs', '/auth'])
          expect([200, 401]).toContain((await send(ROOT + path, { headers: { authorization } })).status)
      }),
      { numRuns: 200 },
    )
  })

  describe('in the cookie', () => {
    const NAME = '_yeti_customer_v1_session'
    const RENEWED = new RegExp(`^${NAME}=([^;]+); path=/; expires=([^;]+ GMT); httponly; samesite=lax$`)
    const withCookie = (cookie: string, path = '/cdrs/1', headers: Record<string, string> = {}, variables: Partial<Env> = {}) =>
      send(ROOT + path, { headers: { cookie, ...headers } }, variables)

    test.for([
      ['alone', (token: string) => `${NAME}=${token}`],
      ['among others', (token: string) => `a=b; ${NAME}=${token};c=d`],
      ['before another of its name', (token: string) => `${NAME}=${token}; ${NAME}=x`],
    ] as const)('the token stands %s', async ([, cookie]) => {
      expect((await withCookie(cookie(await tokenOf(1)))).status).toBe(200)
    })

    test.for<[what: string, cookie: (token: string) => string, headers?: Record<string, string>]>([
      ['after Bearer', (token) => `${NAME}=Bearer ${token}`],
      ['under another name', (token) => `session=${token}`],
      ['under a longer name', (token) => `x${NAME}=${token}`],
      ['after another of its name', (token) => `${NAME}=x; ${NAME}=${token}`],
      ['beside a bad header', (token) => `${NAME}=${token}`, { authorization: 'x.y.z' }],
      ['beside a header without a token', (token) => `${NAME}=${token}`, { authorization: 'Bearer' }],
      ['after signing out', () => `${NAME}=logout`],
      ['empty', () => `${NAME}=`],
    ])('the token does not count %s', async ([, cookie, headers]) => {
      const response = await withCookie(cookie(await tokenOf(1)), '/cdrs/1', headers)
      expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null])
    })

    test('the token yields to that of the header', async () => {
      const response = await withCookie(`${NAME}=x.y.z`, '/cdrs/1', { authorization: await tokenOf(1) })
      expect([response.status, response.headers.get('set-cookie')]).toEqual([200, null])
    })

    test.for<[path: string, status: number]>([
      ['/cdrs/1', 200],
      ['/auth', 200],
      ['/cdrs/99', 404],
      ['/cdrs/abc', 400],
      ['/cdrs?filter[foo]=1', 400],
    ])('the token is renewed by %s', async ([path, status]) => {
      const response = await withCookie(`${NAME}=${await tokenOf(1)}`, path)
      expect(response.status).toBe(status)
      const [, token, expires] = RENEWED.exec(response.headers.get('set-cookie') ?? '') ?? []
      const { payload } = await jwtVerify(token ?? '', new TextEncoder().encode(env.JWT_SECRET))
      expect(payload).toEqual({ aud: ['customer-v1'], sub: 1, exp: Date.parse(expires!) / 1000 })
      expect(Math.abs(payload.exp! - Date.now() / 1000 - 600)).toBeLessThan(5)
    })

    test('the token is renewed by 304', async () => {
      const cookie = `${NAME}=${await tokenOf(1)}`
      const tag = (await withCookie(cookie)).headers.get('etag') ?? ''
      const response = await withCookie(cookie, '/cdrs/1', { 'if-none-match': tag })
      expect(response.status).toBe(304)
      expect(response.headers.get('set-cookie')).toMatch(RENEWED)
    })

    test('the token is renewed by 406', async () => {
      const response = await withCookie(`${NAME}=${await tokenOf(1)}`, '/cdrs', { accept: 'text/html' })
      expect(response.status).toBe(406)
      expect(response.headers.get('set-cookie')).toMatch(RENEWED)
    })

    test('the token is renewed without an end where tokens have none', async () => {
      const response = await withCookie(`${NAME}=${await tokenOf(1)}`, '/cdrs/1', {}, { TOKEN_LIFETIME: '' })
      expect(response.headers.get('set-cookie')).toMatch(/^[^;]+; path=\/; httponly; samesite=lax$/)
    })

    test('the token is not renewed by 401, its access being gone', async () => {
      const response = await withCookie(`${NAME}=${await tokenOf(99)}`)
      expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null])
    })

    test('the token that describes its access is renewed as it was, with every key', async () => {
      const response = await withCookie(`${NAME}=${await dynamicToken({ account_ids: [12], customer_id: 1 })}`, '/cdrs')
      const payload = RENEWED.exec(response.headers.get('set-cookie') ?? '')?.[1]?.split('.')[1] ?? ''
      expect(atob(payload)).toMatch(
        /^\{"aud":\["customer-v1"\],"sub":"D","cfg":\{"customer_id":1,"customer_portal_access_profile_id":1,"account_ids":\[12\],"allow_listen_recording":false,"allow_outgoing_numberlists_ids":\[\],"allowed_ips":\["0\.0\.0\.0\/0","::\/0"\],"provision_gateway_id":null\},"exp":\d+\}$/,
      )
    })
  })
})
