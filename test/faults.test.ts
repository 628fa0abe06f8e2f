// Every endpoint, while what it depends on fails at its first call, at its second, and so on: refused, or done with the answer lost.
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { watchedBindings, type Watch } from './exports/faults.ts'
import { errorsOf, load, migrate, ROOT, send, tokenOf } from './support/api.ts'

const uuidOf = (number: number) => `00000000-0000-1000-8000-${String(number).padStart(12, '0')}`
const OPERATOR = '/api/operator/v1'
const EXPORT = uuidOf(1001)
const FILES = [`exports/${EXPORT}.csv.gz`, 'record/tag.mp3']

/** bcrypt's digest of `пароль`: it is replaced at login, which is a second call to the database. */
const DIGEST = '$2b$04$ABCDEFGHIJKLMNOPQRSTUOf/S/Y4GvU0qRh2mEVBVaUdNQJQgPyIu'

const rows: Record<string, object[]> = {
  customers: [{ id: 1 }],
  'api-accesses': [{ id: 1, customer_id: 1, login: 'one', password_digest: DIGEST, allow_listen_recording: true }],
  accounts: [{ id: 11, uuid: uuidOf(11), customer_id: 1, name: 'One' }],
  cdrs: [1, 2].map((id) => ({
    id,
    customer_id: 1,
    customer_acc_id: 11,
    is_last_cdr: true,
    time_start: '2026-01-01',
    duration: 5,
    audio_recorded: true,
    local_tag: 'tag',
  })),
  'cdr-exports': [{ id: 1, uuid: EXPORT, customer_account_id: 11, filters: {}, status: 'Completed', created_at: '2026-01-02T00:00:00Z' }],
}

/** All that requests write, but for what differs each time. */
const SNAPSHOT = [
  'SELECT * FROM customers ORDER BY id',
  "SELECT id, customer_id, login, password_digest LIKE '$2%' AS old FROM api_accesses ORDER BY id",
  'SELECT id, uuid, name FROM accounts ORDER BY id',
  'SELECT id, customer_id, customer_acc_id, time_start, duration, local_tag FROM cdrs ORDER BY id',
  'SELECT customer_account_id, filters, status FROM cdr_exports ORDER BY id',
  'SELECT * FROM owner_counters ORDER BY 1, 2, 3, 4',
  'SELECT * FROM account_counters ORDER BY 1, 2, 3, 4',
  'SELECT count(*) FROM rejected_cdrs',
]

async function stored(): Promise<string> {
  const tables = await env.DB.batch(SNAPSHOT.map((sql) => env.DB.prepare(sql)))
  const { objects } = await env.FILES.list()
  return JSON.stringify([tables.map(({ results }) => results), objects.map(({ key }) => key)])
}

const TABLES = ['cdrs', 'rejected_cdrs', 'cdr_exports', 'accounts', 'api_accesses', 'customers', 'owner_counters', 'account_counters']

async function restore(): Promise<void> {
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
  for (const [kind, list] of Object.entries(rows)) {
    await load(
      kind,
      list.map((row) => JSON.stringify(row)),
    )
  }
  for (const key of FILES) await env.FILES.put(key, 'abcdefghij')
}

let log: string[] = []
const unhandled: unknown[] = []

beforeAll(async () => {
  addEventListener('unhandledrejection', (event) => void unhandled.push(event.reason))
  await migrate()
})

beforeEach(async () => {
  await restore()
  vi.spyOn(console, 'error').mockImplementation((line) => void log.push(String(line)))
  log = []
})

afterEach(() => void vi.restoreAllMocks())

interface Asked {
  path: string
  method?: string
  body?: string
  type?: string
}

/** An export's job that starts, and is over. */
const jobs = { createBatch: () => Promise.resolve([]), get: () => Promise.reject(new Error('instance.not_found')) }

async function ask({ path, method = 'GET', body, type }: Asked, variables: Partial<Env> = {}) {
  const authorization = path.startsWith(OPERATOR) ? `Bearer ${env.OPERATOR_KEY}` : await tokenOf(1)
  const headers = { 'x-request-id': 'abc', authorization, ...(type === undefined ? {} : { 'content-type': type }) }
  log = []
  const response = await send(path, { method, headers, body: body ?? null }, { EXPORTS: jobs as unknown as Workflow, ...variables })
  const errors = response.status >= 400 ? await errorsOf(response) : []
  if (response.status < 400) await response.arrayBuffer()
  return { response, errors }
}

type Dependency = 'DB' | 'FILES'

/** Bindings of which one fails at a call, before it is made or after; `calls` counts those that were begun. */
function failingAt(dependency: Dependency, number: number, when: 'before' | 'after', lasting: boolean) {
  let calls = 0
  const watch: Watch = (_, now) => {
    if (now === 'before') calls++
    if (now === when && (calls === number || (lasting && calls > number))) throw new Error('We encountered an internal error.')
  }
  return { variables: { [dependency]: watchedBindings(env, watch)[dependency] } as Partial<Env>, calls: () => calls }
}

const order = JSON.stringify({
  data: {
    type: 'cdr-exports',
    attributes: { filters: { time_start_gteq: '2026-01-01', time_start_lt: '2026-01-02' } },
    relationships: { account: { data: { type: 'accounts', id: uuidOf(11) } } },
  },
})

const JSON_API = 'application/vnd.api+json'

const reads = [
  '/cdrs',
  '/cdrs?filter[duration_gteq]=0&sort=id',
  '/cdrs/1',
  '/cdrs/1/account',
  '/cdrs/1/relationships/account',
  '/incoming-cdrs',
  '/accounts',
  `/accounts/${uuidOf(11)}`,
  '/cdr-exports',
  `/cdr-exports/${EXPORT}`,
  `/cdr-exports/${EXPORT}/account`,
  `/cdr-exports/${EXPORT}/relationships/account`,
  `/cdr-exports/${EXPORT}/download`,
  '/cdrs/1/rec',
  '/profiles',
  '/auth',
].map((path): Asked => ({ path: ROOT + path }))

const loads = Object.entries({ ...rows, 'transport-protocols': [{ id: 1, name: 'UDP' }], profiles: [{ id: 1, name: 'All' }] }).map(
  ([kind, list]): Asked => ({
    path: `${OPERATOR}/${kind}`,
    method: 'PUT',
    body: list.map((row) => JSON.stringify({ ...row, id: 7, ...('uuid' in row ? { uuid: uuidOf(7) } : {}) })).join('\n'),
  }),
)

const requests: Asked[] = [
  ...reads,
  { path: `${ROOT}/cdr-exports`, method: 'POST', body: order, type: JSON_API },
  { path: `${ROOT}/cdr-exports`, method: 'POST', body: order.replace('0011', '0099'), type: JSON_API },
  { path: `${ROOT}/auth`, method: 'POST', body: JSON.stringify({ auth: { login: 'one', password: 'пароль' } }), type: 'application/json' },
  ...loads,
  { path: `${OPERATOR}/status` },
  { path: `${OPERATOR}/rejected-cdrs` },
  { path: `${OPERATOR}/counters/verify`, method: 'POST' },
  { path: `${OPERATOR}/counters/repair`, method: 'POST' },
  { path: `${OPERATOR}/cdr-exports/${EXPORT}`, method: 'DELETE' },
  { path: '/readyz' },
]

const named = requests.map((asked) => [`${asked.method ?? 'GET'} ${asked.path}`, asked] as const)

describe.for<[Dependency, string]>([
  ['DB', 'The database'],
  ['FILES', 'The file storage'],
])('a failing %s', ([dependency, what]) => {
  test.for(named)('%s', async ([, asked]) => {
    const none = failingAt(dependency, 0, 'before', false)
    const before = await stored()
    const right = (await ask(asked, none.variables)).response.status
    const after = await stored()
    for (let number = 1; number <= none.calls(); number++) {
      for (const [when, lasting] of [
        ['before', false],
        ['after', false],
        ['before', true],
      ] as const) {
        await restore()
        const { response, errors } = await ask(asked, failingAt(dependency, number, when, lasting).variables)
        const told = `call ${number}, ${when}${lasting ? ', and all that follow' : ''}`
        if (response.status === right) {
          expect(log, told).toEqual([])
          expect(await stored(), told).toBe(after)
          continue
        }
        expect(response.status, told).toBe(503)
        expect(response.headers.get('retry-after'), told).toBe('5')
        expect(errors[0]?.[1], told).toMatch(what)
        expect(
          log.map((line) => JSON.parse(line) as unknown),
          told,
        ).toEqual([expect.objectContaining({ requestId: 'abc', status: 503 })])
        const now = await stored()
        // Where the answer was lost, the whole may have been done.
        if (asked.method !== 'DELETE') expect(when === 'before' ? [before] : [before, after], told).toContain(now)
        if (asked.method !== 'PUT' && asked.method !== 'DELETE') continue
        await ask(asked)
        expect(await stored(), told).toBe(after)
      }
    }
    expect(unhandled).toEqual([])
  })
})

test('a job that cannot be started leaves its export waiting', async () => {
  const broken = { createBatch: () => Promise.reject(new Error('Workflows are not available.')) } as unknown as Workflow
  const { response } = await ask({ path: `${ROOT}/cdr-exports`, method: 'POST', body: order, type: JSON_API }, { EXPORTS: broken })
  expect(response.status).toBe(201)
  expect(log.map((line) => JSON.parse(line) as unknown)).toEqual([
    { requestId: 'abc', export: expect.any(String), notStarted: 'Error: Workflows are not available.' },
  ])
  expect(await stored()).toContain('Pending')
})

describe('a limit that does not answer lets through', () => {
  const limit = { limit: () => Promise.reject(new Error('No answer.')) } as RateLimit
  const login = requests.find(({ path, method }) => path === `${ROOT}/auth` && method === 'POST')!

  test.for<[name: string, asked: Asked, status: number]>([
    ['API_LIMIT', { path: `${ROOT}/cdrs` }, 200],
    ['LOGIN_LIMIT', login, 201],
  ])('%s', async ([name, asked, status]) => {
    const { response } = await ask(asked, { [name]: limit, RATE_LIMITS: '1' })
    expect(response.status).toBe(status)
    expect(log.map((line) => JSON.parse(line) as unknown)).toEqual([{ requestId: 'abc', notLimited: name, cause: 'Error: No answer.' }])
  })
})
