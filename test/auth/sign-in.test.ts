import { env } from 'cloudflare:workers'
import { jwtVerify } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { comparable } from '../../src/auth/password.ts'
import { hashPassword, isCurrent } from '../../src/db/password.ts'
import { bodyOf, costOf, errorsOf, get, load, migrate, ROOT, send, tokenOf } from '../support/api.ts'
import { failing, recorded } from '../support/d1.ts'
import { takeLog } from '../support/log.ts'

const AUTH = `${ROOT}/auth`
const COOKIE = '_yeti_customer_v1_session'
const JSON_TYPE = 'application/json; charset=utf-8'
const REFUSED = '{"errors":[{"title":"Authentication failed","detail":"Incorrect login or password.","code":"401","status":"401"}]}'
const UNAUTHORIZED =
  '{"errors":[{"title":"Authorization failed","detail":"Authorization token expired or incorrect.","code":"401","status":"401"}]}'

/** Digests that libxcrypt made. */
const BCRYPT_12 = '$2a$12$abcdefghijklmnopqrstuu6x9KpDcH9zS5PTfwry5pOeLCovipc6W'
const BCRYPT_13 = '$2a$13$abcdefghijklmnopqrstuuHUaBxOqvvl3QC3HwNpVFS7HK9FaEuyy'
const BCRYPT_4 = '$2a$04$abcdefghijklmnopqrstuug1y3A560KbjpsgrjVdM/BTytrF0mi.6'
const BCRYPT_4_CYRILLIC = '$2b$04$ABCDEFGHIJKLMNOPQRSTUOf/S/Y4GvU0qRh2mEVBVaUdNQJQgPyIu'
const BCRYPT_4_OF_72_X = '$2y$04$ABCDEFGHIJKLMNOPQRSTUOHLAerLU988SKDIfYSEnDP1uVbY5LlIi'

let log: string[] = []

beforeAll(async () => {
  await migrate()
  await load('customers', ['{"id":1}'])
  await load('accounts', ['{"id":101,"customer_id":1,"uuid":"00000000-0000-1000-8000-000000000101"}'])
  await load('api-accesses', [
    '{"id":1,"customer_id":1,"login":"alpha","password":"alpha-pass"}',
    '{"id":2,"customer_id":1,"login":"бета \\"<&","password":"пароль"}',
    '{"id":3,"customer_id":1,"login":"5","password":"12345678901234567890","allow_listen_recording":true}',
    '{"id":4,"customer_id":1,"login":"nobody"}',
  ])
})

beforeEach(() => {
  log = []
  vi.spyOn(console, 'warn').mockImplementation((line) => void log.push(String(line)))
})

afterEach(() => void vi.restoreAllMocks())

const post = (body: string | null, headers: Record<string, string> = {}, variables: Partial<Env> = {}, query = '') =>
  send(AUTH + query, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }, variables)

const signIn = (login: unknown, password: unknown, headers: Record<string, string> = {}, variables: Partial<Env> = {}) =>
  post(JSON.stringify({ auth: { login, password } }), headers, variables)

const claimsOf = async (token: string) => (await jwtVerify(token, new TextEncoder().encode(env.JWT_SECRET))).payload

const jwtOf = async (response: Response) => (await bodyOf<{ jwt: string }>(response)).jwt

const digestOf = (accessId: number) =>
  env.DB.prepare('SELECT password_digest FROM api_accesses WHERE id = ?').bind(accessId).first<string>('password_digest')

/** A form in parts, as browsers and curl send it. */
const part = (name: string, value: string, more = '') => `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
const parts = `${part('auth[login]', 'alpha')}${part('auth[password]', 'alpha-pass')}--x--\r\n`

describe('signing in', () => {
  test('answers a token for the access', async () => {
    const before = Math.floor(Date.now() / 1000)
    const response = await signIn('alpha', 'alpha-pass', { accept: 'application/vnd.api+json' })
    expect(response.status).toBe(201)
    expect(response.headers.get('content-type')).toBe(JSON_TYPE)
    expect(response.headers.get('etag')).toMatch(/^W\/"[\da-f]{32}"$/)
    expect(response.headers.get('vary')).toBe('Accept')
    expect(response.headers.get('cache-control')).toBe('max-age=0, private, must-revalidate')
    expect(response.headers.get('set-cookie')).toBeNull()
    const body = await response.text()
    const [head, payload] = /^\{"jwt":"([^"]+)"\}$/.exec(body)![1]!.split('.')
    expect(atob(head!)).toBe('{"alg":"HS256"}')
    const expiry = /^\{"aud":\["customer-v1"\],"sub":1,"exp":(\d+)\}$/.exec(atob(payload!))?.[1]
    expect(Number(expiry) - before - 600).toBeLessThan(5)
    expect(Number(expiry) - before).toBeGreaterThanOrEqual(600)
  })

  test('answers a token that opens the rest of the API', async () => {
    const authorization = `Bearer ${await jwtOf(await signIn('alpha', 'alpha-pass'))}`
    expect((await send(`${ROOT}/cdrs`, { headers: { authorization } })).status).toBe(200)
  })

  test.for<[variable: string, seconds: number | undefined]>([
    ['3600', 3600],
    [' 60 ', 60],
    ['', undefined],
    [' ', undefined],
  ])('with TOKEN_LIFETIME %o answers a token of %o seconds', async ([variable, seconds]) => {
    const now = Date.now() / 1000
    const { exp } = await claimsOf(await jwtOf(await signIn('alpha', 'alpha-pass', {}, { TOKEN_LIFETIME: variable })))
    if (seconds === undefined) expect(exp).toBeUndefined()
    else expect(Math.abs(exp! - now - seconds)).toBeLessThan(5)
  })

  const inner = '{"login":"alpha","password":"alpha-pass"}'
  const form = 'auth%5Blogin%5D=alpha&auth[password]=alpha-pass'
  test.for<[what: string, type: string | undefined, body: string | null, query: string]>([
    ['a form in parts', 'multipart/form-data; boundary=x', parts, ''],
    ['a form in parts, its type as it may be written', 'Multipart/Form-Data; charset=utf-8; boundary="x"', parts, ''],
    [
      'a form in parts with others and a file',
      'multipart/form-data; boundary=x',
      part('foo', '1') + part('auth[file]', 'abc', '; filename="a.txt"') + parts,
      '',
    ],
    ['a form in parts, the last of a name', 'multipart/form-data; boundary=x', part('auth[login]', 'nobody') + parts, ''],
    ['the query, over a form in parts', 'multipart/form-data; boundary=x', parts.replace('alpha-pass', 'no'), `?${form}`],
    ['JSON', 'application/json', `{"auth":${inner}}`, ''],
    ['JSON with a charset', 'Application/JSON; charset=utf-8', `{"auth":${inner}}`, ''],
    ['JSON after a mark of byte order', 'application/json', `\ufeff{"auth":${inner}}`, ''],
    ['JSON as JSON:API', 'application/vnd.api+json', `{"auth":${inner}}`, ''],
    ['JSON with more in it', 'application/json', `{"auth":{"foo":[1],"login":"alpha","password":"alpha-pass"},"bar":{}}`, ''],
    ['JSON, the bare object', 'application/json', inner, ''],
    ['a form', 'application/x-www-form-urlencoded', form, ''],
    ['a form without a type', undefined, form, ''],
    ['the query', 'application/json', null, `?${form}`],
    ['the query, over the body', 'application/json', '{"auth":{"login":"alpha","password":"no"}}', `?${form}`],
    ['the query, with a body that is not read', 'text/plain', 'anything', `?${form}`],
  ])('reads %s', async ([, type, body, query]) => {
    const bytes = body === null ? null : new TextEncoder().encode(body)
    const headers = type === undefined ? {} : { 'content-type': type }
    expect((await send(AUTH + query, { method: 'POST', headers, body: bytes })).status).toBe(201)
  })

  test.for<[what: string, login: unknown, password: unknown]>([
    ['in any alphabet', 'бета "<&', 'пароль'],
    ['that are numbers', 5, '12345678901234567890'],
  ])('reads logins %s', async ([, login, password]) => {
    expect((await signIn(login, password)).status).toBe(201)
  })

  test('reads numbers as they are written', async () => {
    expect((await post('{"auth":{"login":5,"password":12345678901234567890}}')).status).toBe(201)
  })

  test.for([
    ['authorization', 'Bearer null'],
    ['cookie', `${COOKIE}=abc`],
    ['x-http-method-override', 'DELETE'],
    ['accept', 'application/xml'],
  ] as const)('does not ask for the header %s', async ([name, value]) => {
    expect((await signIn('alpha', 'alpha-pass', { [name]: value })).status).toBe(201)
  })

  test('takes one round trip', async () => {
    const { d1, trips } = recorded(env.DB)
    const response = await signIn('alpha', 'alpha-pass', {}, { DB: d1 })
    expect([response.status, trips.length, costOf(response).trips]).toEqual([201, 1, 1])
  })
})

describe('signing in for a cookie', () => {
  const withCookie = (cookieAuth: unknown, headers: Record<string, string> = {}, variables: Partial<Env> = {}) =>
    post(JSON.stringify({ auth: { login: 'alpha', password: 'alpha-pass', cookie_auth: cookieAuth } }), headers, variables)

  test('answers the token in the cookie alone', async () => {
    const response = await withCookie(true, { accept: 'application/json' })
    expect([response.status, await response.text()]).toEqual([201, ''])
    expect(response.headers.get('cache-control')).toBe('no-cache')
    for (const absent of ['vary', 'etag']) expect(response.headers.has(absent)).toBe(false)
    const [, token, expires] = new RegExp(`^${COOKIE}=([^;]+); path=/; expires=([^;]+ GMT); httponly; samesite=lax$`).exec(
      response.headers.get('set-cookie') ?? '',
    )!
    expect(await claimsOf(token!)).toEqual({ aud: ['customer-v1'], sub: 1, exp: Date.parse(expires!) / 1000 })
  })

  test('answers a cookie without an end where tokens have none', async () => {
    const response = await withCookie(true, {}, { TOKEN_LIFETIME: '' })
    expect(response.headers.get('set-cookie')).toMatch(/^[^;]+; path=\/; httponly; samesite=lax$/)
  })

  test('marks the cookie as secure over https', async () => {
    const url = `https://example.org${AUTH}?auth[login]=alpha&auth[password]=alpha-pass&auth[cookie_auth]=1`
    const { default: app } = await import('../../src/index.ts')
    const response = await app.request(new Request(url, { method: 'POST' }), undefined, { ...env })
    expect(response.headers.get('set-cookie')).toMatch(/GMT; secure; httponly; samesite=lax$/)
  })

  test.for([true, 1, 'true', '1', 'yes', ''])('means it by %o', async (value) => {
    expect((await withCookie(value)).headers.has('set-cookie')).toBe(true)
  })

  test.for([false, null, 0, 'false', '0', [1], { a: 1 }])('does not mean it by %o', async (value) => {
    expect((await withCookie(value)).headers.has('set-cookie')).toBe(false)
  })

  test.for<[accept: string | undefined, type: string]>([
    [undefined, 'text/html'],
    ['*/*', 'text/html'],
    ['text/html,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['application/json', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['application/vnd.api+json, application/json', 'application/vnd.api+json'],
  ])('for Accept %o answers %s', async ([accept, type]) => {
    expect((await withCookie(true, accept === undefined ? {} : { accept })).headers.get('content-type')).toBe(type)
  })
})

describe('signing in is refused', () => {
  test.for<[what: string, login: unknown, password: unknown]>([
    ['a wrong password', 'alpha', 'alpha-pasS'],
    ['a login that is unknown', 'nemo', 'alpha-pass'],
    ['a login in another case', 'Alpha', 'alpha-pass'],
    ['a login with blanks', ' alpha ', 'alpha-pass'],
    ['no login', undefined, 'alpha-pass'],
    ['no password', 'alpha', undefined],
    ['nulls', null, null],
    ['an empty password', 'alpha', ''],
    ['a login that is a map', { a: 1 }, 'alpha-pass'],
    ['a password that is a list', 'alpha', ['alpha-pass']],
    ['a password that is true', 'alpha', true],
    ['a NUL in the login', 'al\0pha', 'alpha-pass'],
    ['a NUL in the password', 'alpha', 'alpha-pass\0'],
    ['half a surrogate pair', 'alpha', '\ud800'],
    ['a password over 1,024 bytes', 'alpha', 'x'.repeat(1025)],
    ['an access without a password', 'nobody', 'alpha-pass'],
  ])('%s', async ([, login, password]) => {
    const response = await signIn(login, password)
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe(JSON_TYPE)
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(await response.text()).toBe(REFUSED)
  })

  test.for<[what: string, body: string | null, type?: string]>([
    ['no body', null],
    ['an empty body', ''],
    ['an empty object', '{}'],
    ['auth that is null', '{"auth":null}'],
    ['auth that is empty', '{"auth":{}}'],
    ['auth that is a text', '{"auth":"alpha"}'],
    ['auth that is a list', '{"auth":[{"login":"alpha","password":"alpha-pass"}]}'],
    ['a list', '[1]'],
    ['a bare object as JSON:API', '{"login":"alpha","password":"alpha-pass"}', 'application/vnd.api+json'],
    ['a form in parts without its boundary', parts, 'multipart/form-data'],
    ['a form in parts with another boundary', parts, 'multipart/form-data; boundary=y'],
    ['a form in parts that breaks off', parts.slice(0, -12), 'multipart/form-data; boundary=x'],
    ['a form in parts that contradicts itself', part('auth', '1') + parts, 'multipart/form-data; boundary=x'],
    ['a bare form in parts', parts.replaceAll(/auth\[(\w+)\]/g, '$1'), 'multipart/form-data; boundary=x'],
    ['files in parts', part('auth[login]', 'alpha', '; filename="a"') + '--x--\r\n', 'multipart/form-data; boundary=x'],
    ['parts of another kind', parts, 'multipart/mixed; boundary=x'],
    ['a bare form', 'login=alpha&password=alpha-pass', 'application/x-www-form-urlencoded'],
    ['JSON as a form', '{"auth":{"login":"alpha","password":"alpha-pass"}}', 'application/x-www-form-urlencoded'],
    ['another type', '{"auth":{"login":"alpha","password":"alpha-pass"}}', 'text/plain'],
    ['JSON with a comment', '{"auth":{"login":"alpha",/**/"password":"alpha-pass"}}'],
    ['broken JSON', '{"auth":'],
    ['a form with broken escapes', 'auth[login]=%zz', 'application/x-www-form-urlencoded'],
    ['a form that contradicts itself', 'auth=1&auth[login]=alpha', 'application/x-www-form-urlencoded'],
  ])('400: %s', async ([, body, type = 'application/json']) => {
    const response = await post(body, { 'content-type': type })
    expect([response.status, response.headers.get('content-type')]).toEqual([400, JSON_TYPE])
    expect((await errorsOf(response)).map(([code]) => code)).toEqual(['400'])
  })

  test('400: a body that is not UTF-8', async () => {
    const body = new Uint8Array([0x7b, 0xff, 0x7d])
    expect((await send(AUTH, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status).toBe(400)
  })

  test('413: a body over 64 KiB', async () => {
    const response = await signIn('alpha', 'x'.repeat(65_536))
    expect([response.status, response.headers.get('content-type')]).toEqual([413, JSON_TYPE])
    expect((await errorsOf(response))[0]?.[0]).toBe('413')
  })

  test.for(['PUT', 'PATCH', 'OPTIONS'])('405: %s', async (method) => {
    const response = await send(AUTH, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, DELETE'])
    expect(response.headers.get('content-type')).toBe(JSON_TYPE)
  })

  test('503: a database that does not answer', async () => {
    const response = await signIn('alpha', 'alpha-pass', {}, { DB: failing(env.DB) })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(response.headers.get('content-type')).toBe(JSON_TYPE)
    expect(takeLog()).toHaveLength(1)
  })

  test.for<[reason: string, login: string, password: string, accessId: string | undefined]>([
    ['password wrong', 'alpha', 'a-wrong-password', '1'],
    ['login unknown', 'no-such-login', 'alpha-pass', undefined],
    ['login or password unusable', 'alpha', '\0', undefined],
  ])('with the reason in the log alone: %s', async ([reason, login, password, accessId]) => {
    await signIn(login, password, { 'x-request-id': 'abc' })
    expect(log.map((line) => JSON.parse(line) as unknown)).toEqual([
      { requestId: 'abc', refused: reason, ...(accessId === undefined ? {} : { accessId }) },
    ])
    expect(log[0]).not.toContain(login)
  })
})

/** D1 as it is, but somebody else writes first. */
function beforeWrites<Target extends D1Database | D1DatabaseSession>(whole: Target, write: () => Promise<void>): Target {
  return new Proxy(whole, {
    get(target, name) {
      if (name === 'withSession') return (start: string) => beforeWrites((target as D1Database).withSession(start), write)
      if (name === 'batch') return (statements: D1PreparedStatement[]) => write().then(() => target.batch(statements))
      const member = Reflect.get(target, name) as unknown
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

describe('the time of a refusal', () => {
  const FLOOR_MILLISECONDS = 750
  /** As it is where nobody has set another. */
  const TIMED = { LOGIN_REFUSAL_MILLISECONDS: '' }
  const ELSEWHERE = { 'cf-connecting-ip': '192.0.2.1' }

  beforeAll(() =>
    load('api-accesses', [
      JSON.stringify({ id: 60, customer_id: 1, login: 'unmoved', password_digest: BCRYPT_12 }),
      '{"id":61,"customer_id":1,"login":"placed","password":"placed","allowed_ips":["10.0.0.0/8"]}',
    ]),
  )

  async function timed(...[login, password, headers, variables = TIMED]: Parameters<typeof signIn>) {
    const start = performance.now()
    const { status } = await signIn(login, password, headers, variables)
    return { status, milliseconds: performance.now() - start }
  }

  test('does not tell the reason', { timeout: 60_000 }, async () => {
    const reasons: [reason: string, login: string, password: string][] = [
      ['login unknown', 'no-such-login', 'wrong'],
      ['password wrong, scrypt', 'alpha', 'wrong'],
      ['password wrong, bcrypt', 'unmoved', 'wrong'],
      ['address not allowed', 'placed', 'placed'],
    ]
    const least = new Map<string, number>()
    // What else the machine does adds to a time, and takes nothing away: the least of some times is what can be told apart.
    for (let round = 0; round < 3; round++) {
      for (const [reason, login, password] of reasons) {
        const { status, milliseconds } = await timed(login, password, ELSEWHERE)
        expect([reason, status]).toEqual([reason, 401])
        least.set(reason, Math.min(milliseconds, least.get(reason) ?? Infinity))
      }
    }
    const told = JSON.stringify(Object.fromEntries(least))
    expect(Math.min(...least.values()), told).toBeGreaterThan(FLOOR_MILLISECONDS - 5)
    expect(Math.max(...least.values()) - Math.min(...least.values()), told).toBeLessThan(FLOOR_MILLISECONDS / 4)
  })

  test.for<[what: string, status: number, login: unknown, password: unknown, variables: Partial<Env>]>([
    ['a right password', 201, 'alpha', 'alpha-pass', {}],
    ['a body without credentials', 400, undefined, undefined, {}],
    ['one attempt too many', 429, 'alpha', 'alpha-pass', { LOGIN_LIMIT: { limit: async () => ({ success: false }) }, RATE_LIMITS: '1' }],
    ['a database that does not answer', 503, 'alpha', 'alpha-pass', { DB: failing(env.DB) }],
    ['a wrong password, where the operator has no use for it', 401, 'alpha', 'wrong', { LOGIN_REFUSAL_MILLISECONDS: '0' }],
  ])('is not waited for by %s', async ([, status, login, password, variables]) => {
    const answers = []
    for (let round = 0; round < 3; round++) answers.push(await timed(login, password, {}, { ...TIMED, ...variables }))
    expect(answers.map((answer) => answer.status)).toEqual([status, status, status])
    expect(takeLog()).toHaveLength(status === 503 ? 3 : 0)
    expect(Math.min(...answers.map(({ milliseconds }) => milliseconds))).toBeLessThan(FLOOR_MILLISECONDS)
  })
})

describe('a password', () => {
  const withDigest = (id: number, digest: string) =>
    load('api-accesses', [JSON.stringify({ id, customer_id: 1, login: `bcrypt-${id}`, password_digest: digest })])

  test('that fits a digest of Yeti is kept as one of ours', async () => {
    await withDigest(20, BCRYPT_12)
    const { d1, trips } = recorded(env.DB)
    expect((await signIn('bcrypt-20', 'alpha-pass', {}, { DB: d1 })).status).toBe(201)
    expect(trips).toHaveLength(2)
    const digest = await digestOf(20)
    expect(digest).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$/)
    expect((await signIn('bcrypt-20', 'alpha-pass', {}, { DB: d1 })).status).toBe(201)
    expect(trips).toHaveLength(3)
    expect(await digestOf(20)).toBe(digest)
    expect((await signIn('bcrypt-20', 'alpha-pasS')).status).toBe(401)
  })

  test('that does not fit a digest of Yeti changes nothing', async () => {
    await withDigest(21, BCRYPT_4)
    expect((await signIn('bcrypt-21', 'alpha-pasS')).status).toBe(401)
    expect(await digestOf(21)).toBe(BCRYPT_4)
  })

  test('is read by bcrypt as UTF-8', async () => {
    await withDigest(22, BCRYPT_4_CYRILLIC)
    expect((await signIn('bcrypt-22', 'пароль')).status).toBe(201)
  })

  test('is read by bcrypt to its 72nd byte, so that a longer one is not kept', async () => {
    await withDigest(23, BCRYPT_4_OF_72_X)
    expect((await signIn('bcrypt-23', 'x'.repeat(71))).status).toBe(401)
    expect((await signIn('bcrypt-23', `${'x'.repeat(72)} and more`)).status).toBe(201)
    expect(await digestOf(23)).toBe(BCRYPT_4_OF_72_X)
    expect((await signIn('bcrypt-23', 'x'.repeat(72))).status).toBe(201)
    expect(await digestOf(23)).toMatch(/^\$scrypt\$/)
  })

  test.for([
    ['above 12', BCRYPT_13],
    ['that bcrypt does not have', BCRYPT_4.replace('$04$', '$03$')],
  ] as const)('is not held against a digest of a cost %s', async ([, digest]) => {
    await withDigest(24, digest)
    expect((await signIn('bcrypt-24', 'alpha-pass')).status).toBe(401)
  })

  test.for([
    ['none', null],
    ['a bcrypt digest above cost 12', BCRYPT_13],
    ['a bcrypt digest below cost 4', BCRYPT_4.replace('$04$', '$03$')],
    ['a scrypt digest of more work than the runtime does', '$scrypt$ln=16,r=8,p=3$TmFDbA$TmFDbA'],
    ['an unreadable one', 'x'],
  ] as const)('is as much work against %s as against one of ours', ([, digest]) => {
    expect(isCurrent(comparable(digest))).toBe(true)
  })

  test.for([BCRYPT_4, BCRYPT_12])('is held against the digest %s itself', (digest) => {
    expect(comparable(digest)).toBe(digest)
  })

  test('is held against a digest of ours itself', async () => {
    const digest = await hashPassword('x')
    expect(comparable(digest)).toBe(digest)
  })

  test('against a digest of too high a cost is named in the log', async () => {
    await withDigest(25, BCRYPT_13)
    await signIn('bcrypt-25', 'alpha-pass')
    expect(JSON.parse(log[0]!)).toMatchObject({ refused: 'digest too costly', accessId: '25' })
  })

  test('that was changed while it was being verified stays changed', async () => {
    await withDigest(26, BCRYPT_4)
    const d1 = beforeWrites(env.DB, () => withDigest(26, BCRYPT_13))
    expect((await signIn('bcrypt-26', 'alpha-pass', {}, { DB: d1 })).status).toBe(201)
    expect(await digestOf(26)).toBe(BCRYPT_13)
  })

  test('decides between accesses with one login, the lowest id first', async () => {
    await load('api-accesses', [
      '{"id":32,"customer_id":1,"login":"twin","password":"both"}',
      '{"id":31,"customer_id":1,"login":"twin","password":"both"}',
      '{"id":33,"customer_id":1,"login":"twin","password":"third"}',
    ])
    expect((await claimsOf(await jwtOf(await signIn('twin', 'both')))).sub).toBe(31)
    expect((await claimsOf(await jwtOf(await signIn('twin', 'third')))).sub).toBe(33)
  })
})

describe('the address of a client', () => {
  test.for<[networks: string[], address: string | undefined, allowed: boolean]>([
    [['0.0.0.0/0', '::/0'], '192.0.2.1', true],
    [['0.0.0.0/0', '::/0'], '2001:db8::1', true],
    [['0.0.0.0/0', '::/0'], undefined, true],
    [['0.0.0.0/0', '::/0'], 'unknown', true],
    [['10.0.0.0/8', '2001:db8::/32'], '10.255.0.1', true],
    [['10.0.0.0/8', '2001:db8::/32'], '11.0.0.1', false],
    [['10.0.0.0/8', '2001:db8::/32'], '2001:DB8:ffff::1', true],
    [['10.0.0.0/8', '2001:db8::/32'], '2001:db9::', false],
    [['10.0.0.0/8', '2001:db8::/32'], undefined, false],
    [['10.0.0.0/8', '2001:db8::/32'], 'unknown', false],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
    [['10.0.0.0/8'], '::ffff:b01:203', false],
    [['::ffff:10.0.0.0/104'], '10.1.2.3', true],
    [['::ffff:10.0.0.0/104'], '11.1.2.3', false],
    [['192.0.2.129/25'], '192.0.2.200', true],
    [['192.0.2.129/25'], '192.0.2.100', false],
    [['192.0.2.1'], '192.0.2.1', true],
    [['192.0.2.1'], '192.0.2.2', false],
    [['0.0.0.0/0'], '::1', false],
    [['::/0'], '127.0.0.1', false],
    [['10.0.0.0/8'], '10.0.0.0/8', false],
    [[], '192.0.2.1', false],
  ])('with %j from %o: %o', async ([networks, address, allowed]) => {
    await load('api-accesses', [
      JSON.stringify({ id: 40, customer_id: 1, login: 'placed', password_digest: BCRYPT_4, allowed_ips: networks }),
    ])
    const response = await signIn('placed', 'alpha-pass', address === undefined ? {} : { 'cf-connecting-ip': address })
    expect(response.status).toBe(allowed ? 201 : 401)
    if (!allowed) expect(await response.text()).toBe(REFUSED)
    if (!allowed) expect(JSON.parse(log[0]!)).toMatchObject({ refused: 'address not allowed', accessId: '40' })
  })

  test.for(['x-real-ip', 'x-forwarded-for', 'forwarded', 'true-client-ip'])('is not taken from %s', async (name) => {
    await load('api-accesses', ['{"id":41,"customer_id":1,"login":"office","password":"office","allowed_ips":["10.0.0.0/8"]}'])
    expect((await signIn('office', 'office', { [name]: '10.0.0.1', 'cf-connecting-ip': '192.0.2.1' })).status).toBe(401)
  })

  test('is not asked again once the token is there', async () => {
    await load('api-accesses', ['{"id":42,"customer_id":1,"login":"road","password":"road","allowed_ips":["10.0.0.0/8"]}'])
    const authorization = await jwtOf(await signIn('road', 'road', { 'cf-connecting-ip': '10.0.0.1' }))
    expect((await send(`${ROOT}/cdrs`, { headers: { authorization, 'cf-connecting-ip': '192.0.2.1' } })).status).toBe(200)
  })
})

describe('too many attempts', () => {
  const LIMITED = { RATE_LIMITS: '1', LOGIN_REFUSAL_MILLISECONDS: '0' }

  /** Attempts until one is refused for its number; a new minute may begin between them. */
  async function exhaust(attempt: (number: number) => Promise<Response>) {
    for (let number = 1; number <= 121; number++) {
      const response = await attempt(number)
      if (response.status === 429) return { response, attempts: number - 1 }
    }
    throw new Error('No attempt was one too many')
  }

  /** One that is over soon: nothing is hashed for it. */
  const attempt = (login: string, address: string, variables: Partial<Env> = LIMITED) =>
    signIn(login, null, { 'cf-connecting-ip': address }, variables)

  test('are told when to come back', async () => {
    const { response } = await exhaust(() => attempt('told', '192.0.2.1'))
    expect(response.headers.get('retry-after')).toBe('60')
    expect(response.headers.get('content-type')).toBe(JSON_TYPE)
    expect(await errorsOf(response)).toEqual([['429', 'Too many attempts to sign in. Try again in a minute.']])
  })

  test.for<[what: string, login: (number: number) => string, address: (number: number) => string, most: number, by: string]>([
    ['a login from an address', () => 'counted', () => '192.0.2.3', 20, 'login and address'],
    ['a login from a network of IPv6', () => 'counted', (number) => `2001:db8::${number}`, 20, 'login and address'],
    ['an address', (number) => `anyone-${number}`, () => '192.0.2.4', 60, 'address'],
    ['a network of IPv6', (number) => `anyone-${number}`, (number) => `2001:db8:0:1:${number}::`, 60, 'address'],
    ['no address, as run locally', (number) => `anyone-${number}`, () => '', 60, 'address'],
    ['a login', () => 'wanted', (number) => `198.51.100.${number}`, 60, 'login'],
    ['no login', () => '', (number) => `203.0.113.${number}`, 60, 'login'],
  ])('by %s', async ([, login, address, most, by]) => {
    const { attempts } = await exhaust((number) => attempt(login(number), address(number)))
    expect(attempts).toBeGreaterThanOrEqual(most)
    expect(attempts).toBeLessThanOrEqual(2 * most)
    expect(JSON.parse(log.at(-1)!)).toEqual({ requestId: expect.any(String) as string, refused: `too many attempts by ${by}` })
  })

  const form = 'auth[login]=formed&auth[password]=wrong'
  const JSON_BODY = { 'content-type': 'application/json' }
  const FORM_BODY = { 'content-type': 'application/x-www-form-urlencoded' }
  test.for<[what: string, query: string, headers: Record<string, string>, body: string | null]>([
    ['a bare object', '', JSON_BODY, '{"login":"formed","password":"wrong"}'],
    ['a form', '', FORM_BODY, form],
    [
      'a form in parts',
      '',
      { 'content-type': 'multipart/form-data; boundary=x' },
      '--x\r\nContent-Disposition: form-data; name="auth[login]"\r\n\r\nformed\r\n--x--\r\n',
    ],
    ['a form for a cookie', '', FORM_BODY, `${form}&auth[cookie_auth]=1`],
    ['the query', `?${form}`, {}, null],
    ['an unusable password', '', FORM_BODY, 'auth[login]=formed'],
  ])('by %s are counted as any', async ([, query, headers, body]) => {
    const counted = async (rest: string, init: RequestInit) => {
      const keys: string[] = []
      const LOGIN_LIMIT: RateLimit = { limit: async ({ key }) => ({ success: keys.push(key) > 0 }) }
      await send(AUTH + rest, { method: 'POST', ...init }, { ...LIMITED, LOGIN_LIMIT })
      return keys
    }
    const usual = await counted('', { headers: JSON_BODY, body: '{"auth":{"login":"formed","password":"wrong"}}' })
    expect(usual).toHaveLength(5)
    expect(await counted(query, { headers, body })).toEqual(usual)
  })

  test('are stopped before the database is asked what to hash, even with the right password', async () => {
    await load('api-accesses', ['{"id":50,"customer_id":1,"login":"hasty","password":"hasty"}'])
    await exhaust(() => attempt('hasty', '2001:db8:5::1'))
    const { d1, trips } = recorded(env.DB)
    // Another address, but of the same customer.
    const response = await signIn('hasty', 'hasty', { 'cf-connecting-ip': '2001:db8:5::ffff:2' }, { ...LIMITED, DB: d1 })
    expect([response.status, trips.length]).toEqual([429, 0])
  })

  test.for<[what: string, login: string, address: string, variables: Partial<Env>]>([
    ['another login', 'other', '192.0.2.5', LIMITED],
    ['another address', 'local', '192.0.2.6', LIMITED],
    ['another network of IPv6', 'local', '2001:db8:6::', LIMITED],
    ['a server without limits', 'local', '192.0.2.5', { ...LIMITED, RATE_LIMITS: '0' }],
  ])('do not hinder %s', async ([, login, address, variables]) => {
    await exhaust(() => attempt('local', '192.0.2.5'))
    expect((await attempt(login, address, variables)).status).toBe(401)
  })

  test('at once let as many through as one after the other', async () => {
    const responses = await Promise.all(Array.from({ length: 40 }, () => attempt('hurried', '192.0.2.9')))
    expect(responses.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(20)
  })

  test('from one address do not keep others from the login', async () => {
    for (let number = 1; number <= 100; number++) await attempt('besieged', '192.0.2.7')
    expect((await attempt('besieged', '192.0.2.8')).status).toBe(401)
  })
})

describe('a session', () => {
  test.for([
    [1, '{"allow-rec":false}'],
    [3, '{"allow-rec":true}'],
  ] as const)('of access %i tells %s', async ([accessId, body]) => {
    const response = await get('/auth', accessId)
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, JSON_TYPE, body])
    expect(costOf(response).trips).toBe(1)
  })

  test('has an entity tag', async () => {
    const tag = (await get('/auth')).headers.get('etag') ?? ''
    const response = await get('/auth', 1, {}, { 'if-none-match': tag })
    expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', tag])
    const head = await send(AUTH, { method: 'HEAD', headers: { authorization: await tokenOf(1) } })
    expect([head.status, await head.text(), head.headers.get('etag')]).toEqual([200, '', tag])
  })

  test('is nobody’s without a token or an access', async () => {
    for (const authorization of ['', 'x.y.z', await tokenOf(99)]) {
      const response = await send(AUTH, { headers: { authorization } })
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([401, JSON_TYPE, UNAUTHORIZED])
    }
  })

  test('ends by forgetting the cookie', async () => {
    const response = await send(AUTH, { method: 'DELETE' })
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(response.headers.get('set-cookie')).toBe(
      `${COOKIE}=logout; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; samesite=lax`,
    )
    expect(response.headers.get('cache-control')).toBe('no-cache')
    for (const absent of ['content-type', 'etag', 'vary']) expect(response.headers.has(absent)).toBe(false)
  })
})
