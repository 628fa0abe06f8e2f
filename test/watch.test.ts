// What an operator sees of the service: its health, a line in the log and a data point for each request, and limits that hold.
import { env } from 'cloudflare:workers'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import guide from '../docs/operators-guide.md?raw'
import { signToken } from '../src/auth/token.ts'
import wrangler from '../wrangler.toml?raw'
import { Turns } from '../src/db/turns.ts'
import { problems } from '../src/jsonapi/problem.ts'
import { errorsOf, get, load, migrate, ROOT, send, tokenOf } from './support/api.ts'
import { failing, late, recorded } from './support/d1.ts'
import { takeLog } from './support/log.ts'

beforeAll(async () => {
  await migrate()
  await load('customers', ['{"id":7}'])
  await load('accounts', [`{"id":3,"uuid":"${ACCOUNT}","customer_id":7}`])
  await load('api-accesses', ['{"id":1,"customer_id":7,"login":"one","password":"secret"}', '{"id":2,"customer_id":7}'])
  await load('cdrs', ['{"id":5,"customer_id":7,"customer_acc_id":3,"is_last_cdr":true,"time_start":"2026-01-01T00:00:00Z"}'])
})

const ACCOUNT = '00000000-0000-1000-8000-000000000003'
const LATE = 4_102_444_800

const dynamicToken = (customerId: string) => {
  const access = { profileId: '1', accountIds: [], allowListenRecording: false, numberlistIds: [], allowedIps: [], gatewayId: null }
  return signToken({ kind: 'dynamic', access: { ...access, customerId } }, env.JWT_SECRET, LATE)
}

/** Orders an export of the calls of an account. */
const order = async (account: string, variables: Partial<Env>) =>
  send(
    `${ROOT}/cdr-exports`,
    {
      method: 'POST',
      headers: { authorization: await tokenOf(1), accept: 'application/vnd.api+json', 'content-type': 'application/vnd.api+json' },
      body: JSON.stringify({
        data: {
          type: 'cdr-exports',
          attributes: { filters: { time_start_gteq: '2026-01-01T00:00:00Z', time_start_lt: '2026-01-02T00:00:00Z' } },
          relationships: { account: { data: { type: 'accounts', id: account } } },
        },
      }),
    },
    variables,
  )

describe('health', () => {
  test('/healthz says that the service runs, whatever the database does', async () => {
    expect((await send('/healthz', {}, { DB: failing(env.DB) })).status).toBe(200)
  })

  test.for(['/healthz', '/readyz'])('%s is only read', async (path) => {
    const response = await send(path, { method: 'POST' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test('/readyz says whether the database answers', async () => {
    expect((await send('/readyz')).status).toBe(200)
    const refused = await send('/readyz', {}, { DB: failing(env.DB) })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect(takeLog()).toHaveLength(1)
  })

  test.for([
    ['one after the other', 1],
    ['at once', 20],
  ] as const)('/readyz asks the database once for requests that come %s', async ([, together]) => {
    const { d1, trips } = recorded(late(env.DB, 20))
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(Array.from({ length: together }, () => send('/readyz', {}, { DB: d1 })))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    }
    expect((await send('/readyz', { method: 'HEAD' }, { DB: d1 })).status).toBe(200)
    expect(trips).toHaveLength(1)
  })

  test('/readyz asks again after a second, whatever it heard', async () => {
    const { d1, trips } = recorded(env.DB)
    let broken = true
    const DB = new Proxy(d1, {
      get: (target, name) => Reflect.get(broken ? failing(target) : target, name) as unknown,
    })
    const status = async (method: string) => (await send('/readyz', { method }, { DB })).status
    expect([await status('GET'), await status('HEAD')]).toEqual([503, 503])
    broken = false
    expect(await status('GET')).toBe(503)
    await setTimeout(1050)
    expect([await status('GET'), trips.length]).toEqual([200, 1])
    broken = true
    expect([await status('GET'), trips.length]).toEqual([200, 1])
    await setTimeout(1050)
    expect(await status('GET')).toBe(503)
    expect(takeLog()).toHaveLength(4)
  })
})

describe('the log', () => {
  async function linesWhile(request: () => Promise<Response>): Promise<string[]> {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await request()
    const lines = log.mock.calls.map(([line]) => String(line))
    log.mockRestore()
    return lines
  }

  const linesOf = (path: string, headers: Record<string, string> = {}, variables: Partial<Env> = {}) =>
    linesWhile(() => get(path, 1, { REQUEST_LOG: '1', ...variables }, headers))

  const recordIn = ([line]: string[]) => JSON.parse(line!) as Record<string, unknown>

  test('has one line for a request, as JSON', async () => {
    const lines = await linesOf('/cdrs/380671112233?fields[cdrs]=id', { 'x-request-id': 'abc' })
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      requestId: 'abc',
      method: 'GET',
      route: `${ROOT}/cdrs/:id`,
      status: 404,
      access: '1',
      customer: '7',
      trips: 1,
      rowsWritten: 0,
    })
  })

  test.for([
    '/cdrs',
    '/cdrs?filter[time_start_gteq]=2026-01-01&page[number]=30',
    '/cdrs?include=account',
    '/cdrs/5',
    '/cdrs/5/account',
    '/cdrs/5/relationships/account',
    '/cdrs/5/rec',
    '/cdrs/6',
    '/cdrs?filter[foo]=1',
    '/cdr-exports',
    '/profiles',
    '/auth',
  ])('names the customer of an access: %s', async (path) => {
    for (const SERVER_TIMING of ['', '1']) {
      expect(recordIn(await linesOf(path, {}, { SERVER_TIMING }))).toMatchObject({ access: '1', customer: '7' })
    }
  })

  test.for([
    ['that is made', ACCOUNT],
    ['for an account that is not there', '00000000-0000-1000-8000-000000000004'],
  ] as const)('names the customer who orders an export %s', async ([, account]) => {
    expect(recordIn(await linesWhile(() => order(account, { REQUEST_LOG: '1' })))).toMatchObject({ access: '1', customer: '7' })
  })

  test('names the customer of a token that describes its access', async () => {
    const record = recordIn(await linesOf('/cdrs', { authorization: await dynamicToken('7') }))
    expect(record).toMatchObject({ status: 200, customer: '7' })
    expect(record).not.toHaveProperty('access')
  })

  test.for<[what: string, token: () => string | Promise<string>]>([
    ['is not ours', () => 'x.y.z'],
    ['names an access that is gone', () => tokenOf(99)],
    ['describes a customer who is not there', () => dynamicToken('99')],
  ])('names no customer for a token that %s', async ([, token]) => {
    const record = recordIn(await linesOf('/cdrs', { authorization: await token() }))
    expect(record).toMatchObject({ status: 401 })
    expect(record).not.toHaveProperty('customer')
  })

  test('names the access that has signed in', async () => {
    const credentials = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"login":"one","password":"secret"}' }
    const record = recordIn(await linesWhile(() => send(`${ROOT}/auth`, credentials, { REQUEST_LOG: '1' })))
    expect(record).toMatchObject({ status: 201, access: '1' })
  })

  test('tells the rows that an order of an export read and wrote', async () => {
    // Of other columns, since an order like one that is pending is not stored.
    const variables = { REQUEST_LOG: '1', SERVER_TIMING: '', OUTGOING_CDR_HIDE_FIELDS: 'duration' }
    const record = recordIn(await linesWhile(() => order(ACCOUNT, variables)))
    expect(record).toMatchObject({ status: 201, trips: 1 })
    expect(record['rowsRead']).toBeGreaterThan(0)
    expect(record['rowsWritten']).toBeGreaterThan(0)
  })

  test('tells the rows that were read where they are counted, else nothing of them', async () => {
    expect(recordIn(await linesOf('/cdrs/5', {}, { SERVER_TIMING: '1' }))).toMatchObject({ rowsRead: 2 })
    expect(recordIn(await linesOf('/cdrs/5', {}, { SERVER_TIMING: '' }))).not.toHaveProperty('rowsRead')
  })

  test('has no token and nothing of what was asked', async () => {
    const [line] = await linesOf('/cdrs?filter[dst_prefix_in_eq]=380671112233')
    expect(line).not.toContain('380671112233')
    expect(line).not.toContain(await tokenOf(1))
  })

  const OPERATOR = '/api/operator/v1'
  test.for<[what: string, path: string, type: string, body: string, more?: Record<string, string>]>([
    ['JSON to sign in with', `${ROOT}/auth`, 'application/json', '{"login":"one","password":'],
    ['a form to sign in with', `${ROOT}/auth`, 'application/x-www-form-urlencoded', 'auth[login]=one'],
    ['a form in parts to sign in with', `${ROOT}/auth`, 'multipart/form-data; boundary=x', '--x\r\n'],
    ['an order', `${ROOT}/cdr-exports`, 'application/vnd.api+json', '{"data":'],
    ['an order before its first byte', `${ROOT}/cdr-exports`, 'application/vnd.api+json', ''],
    ['rows in lines', `${OPERATOR}/customers`, '', '{"id":70}\n{"id":71}\n{"id"'],
    ['a batch', `${OPERATOR}/customers`, '', '{"data":[{"id":70},{"id":71}'],
    ['a row', `${OPERATOR}/customers`, '', '{"id":'],
    ['gzip', `${OPERATOR}/customers`, '', '\u001f', { 'content-encoding': 'gzip' }],
  ])('tells of an upload that the client broke off as 499, and of no error: %s', async ([, path, type, body, more]) => {
    const pieces = body === '' ? [] : [new TextEncoder().encode(body)]
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.shift()
        if (piece) controller.enqueue(piece)
        else controller.error(new Error('Network connection lost.'))
      },
    })
    const authorization = path.startsWith(OPERATOR) ? `Bearer ${env.OPERATOR_KEY}` : await tokenOf(1)
    const headers = { authorization, ...(type === '' ? {} : { 'content-type': type }), ...more }
    let status = 0
    const upload = async () => {
      const response = await send(path, { method: 'POST', headers, body: broken }, { REQUEST_LOG: '1' })
      ;({ status } = response)
      return response
    }
    expect(recordIn(await linesWhile(upload))).toMatchObject({ status: 499 })
    expect([status, takeLog()]).toEqual([400, []])
  })

  test('takes up the trace of the request, and gives it back', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    expect(JSON.parse((await linesOf('/cdrs', { traceparent: trace }))[0]!)).toMatchObject({ trace })
    expect((await get('/cdrs', 1, {}, { traceparent: trace })).headers.get('traceparent')).toBe(trace)
    expect((await get('/cdrs', 1, {}, { traceparent: 'x\ty' })).headers.has('traceparent')).toBe(false)
  })
})

describe('the data points', () => {
  /** A dataset that keeps what it is given. */
  function dataset(): { ANALYTICS: AnalyticsEngineDataset; points: AnalyticsEngineDataPoint[] } {
    const points: AnalyticsEngineDataPoint[] = []
    return { ANALYTICS: { writeDataPoint: (point = {}) => void points.push(point) }, points }
  }

  test('are one for a request, of the fields that the guide lists', async () => {
    const { ANALYTICS, points } = dataset()
    await get('/cdrs/5?fields[cdrs]=duration', 1, { ANALYTICS })
    expect(points).toEqual([
      { indexes: ['7'], blobs: [`${ROOT}/cdrs/:id`, 'GET', '200', '1', '7', ''], doubles: [expect.any(Number), 1, 2, 0, 200] },
    ])
  })

  test.for<[what: string, token: () => string | Promise<string>, index: string]>([
    ['the customer of a token that describes its access', () => dynamicToken('7'), '7'],
    ['an access that is gone', () => tokenOf(99), '99'],
    ['nobody, where the token is not ours', () => 'x.y.z', ''],
  ])('are sampled by %s', async ([, token, index]) => {
    const { ANALYTICS, points } = dataset()
    await get('/cdrs', 1, { ANALYTICS }, { authorization: await token() })
    expect(points).toMatchObject([{ indexes: [index] }])
  })

  test('name the place of Cloudflare that answered', async () => {
    const { ANALYTICS, points } = dataset()
    await send('/healthz', { cf: { colo: 'KBP' } }, { ANALYTICS })
    expect(points).toMatchObject([{ blobs: ['/healthz', 'GET', '200', '', '', 'KBP'] }])
  })

  test('have nothing of what was asked', async () => {
    const { ANALYTICS, points } = dataset()
    await get('/cdrs/380671112233?filter[dst_prefix_in_eq]=380671112233', 1, { ANALYTICS })
    await get('/nothing/380671112233', 1, { ANALYTICS })
    expect(points).toHaveLength(2)
    expect(JSON.stringify(points)).not.toContain('380671112233')
  })

  test('that cannot be written change nothing of the answer', async () => {
    const broken = {
      writeDataPoint: () => {
        throw new Error('no more of them')
      },
    }
    const response = await get('/cdrs/5', 1, { ANALYTICS: broken }, { 'x-request-id': 'abc' })
    const lines = takeLog().map((line) => JSON.parse(line) as unknown)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(await (await get('/cdrs/5')).text())
    expect(lines).toEqual([{ requestId: 'abc', notWritten: 'ANALYTICS', cause: 'Error: no more of them' }])
  })

  test('are left out where there is no such binding', async () => {
    expect((await get('/cdrs/5')).status).toBe(200)
    expect(takeLog()).toEqual([])
  })

  test('have the columns that the guide lists', async () => {
    const { ANALYTICS, points } = dataset()
    await get('/cdrs/5', 1, { ANALYTICS })
    const { indexes = [], blobs = [], doubles = [] } = points[0]!
    const columns = (name: string, values: readonly unknown[]) => values.map((_, at) => `${name}${at + 1}`)
    const listed = [...guide.matchAll(/^\| `((?:index|blob|double)\d+)` /gm)].map(([, column]) => column)
    expect(listed).toEqual([...columns('index', indexes), ...columns('blob', blobs), ...columns('double', doubles)])
  })
})

describe('the limit of an access', () => {
  const SEARCH = '/cdrs?filter[time_start_gt]=2000-01-01&filter[duration_gt]=0'

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

  test.for<[what: string, path: string, budget: number, status: number, requests: number, d1?: D1Database]>([
    // There is one call. It is read and compared twice: 2 * 2.25 comparisons.
    ['a search that takes nine tenths of the budget counts as 36 more', SEARCH, 5, 200, 37],
    ['a search that takes a tenth of it counts as 4 more', SEARCH, 45, 200, 5],
    ['a small search counts as one request', SEARCH, 20_000_000, 200, 1],
    ['a search that is refused counts as one request', SEARCH, 4, 400, 1],
    ['a search that fails counts as one that took the whole budget', SEARCH, 20_000_000, 503, 41, failing(env.DB)],
    ['a list counts as one request', '/cdrs?filter[time_start_gt]=2000-01-01', 1, 200, 1],
    ['an object counts as one request', '/cdrs/5', 1, 200, 1],
    ['a list of accounts counts as one request', '/accounts?filter[name_cont]=a&sort=name', 1, 200, 1],
  ])('%s', async ([, path, budget, answered, requests, d1 = env.DB]) => {
    const keys: string[] = []
    const limit: RateLimit = { limit: ({ key }) => Promise.resolve({ success: keys.push(key) > 0 }) }
    const { status } = await get(path, 1, { API_LIMIT: limit, RATE_LIMITS: '1', SEARCH_BUDGET: String(budget), DB: d1 })
    if (status === 503) expect(takeLog()).toHaveLength(1)
    expect([status, keys]).toEqual([answered, Array.from({ length: requests }, () => 'access 1')])
  })

  test('lets two searches of an access run at a time', async () => {
    const slow = { DB: late(env.DB, 1500) }
    const three = [get(SEARCH, 1, slow), get(SEARCH, 1, slow), get(SEARCH, 1, slow)]
    // Meanwhile others search, and the access itself lists.
    expect((await get(SEARCH, 2)).status).toBe(200)
    expect((await get('/cdrs', 1)).status).toBe(200)
    const answers = await Promise.all(three)
    const refused = answers.find(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
    expect(refused?.headers.get('retry-after')).toBe('1')
    expect((await get(SEARCH, 1)).status).toBe(200)
  })

  test('lets a third search wait for a moment', async () => {
    const slow = { DB: late(env.DB, 200) }
    const answers = await Promise.all([get(SEARCH, 1, slow), get(SEARCH, 1, slow), get(SEARCH, 1, slow)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('refuses a search that has waited for too long, though there is a place by then', async () => {
    const turns = new Turns(1, 1)
    const first = turns.run('access 1', () => setTimeout(5))
    const second = turns.run('access 1', () => Promise.resolve('ran'))
    await first
    expect(await second).toBeUndefined()
  })

  test('tells the log whom it refuses', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const none: RateLimit = { limit: () => Promise.resolve({ success: false }) }
    await get('/cdrs', 1, { API_LIMIT: none, RATE_LIMITS: '1', REQUEST_LOG: '' })
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)
    log.mockRestore()
    expect(lines).toEqual([expect.objectContaining({ status: 429, access: '1', trips: 0 })])
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
