// Every endpoint, while what it depends on misbehaves at its first call, at its second, and so on: a call is refused, or done with its answer
// lost; it is held back while another request overtakes; it is done twice.
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { watchedBindings, type Binding, type Watch } from './exports/faults.ts'
import { load, migrate, ROOT, send, tokenOf } from './support/api.ts'

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
    vendor_id: id === 1 ? 1 : 7,
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
  'SELECT id, customer_id, customer_acc_id, vendor_id, time_start, duration, local_tag FROM cdrs ORDER BY id',
  'SELECT customer_account_id, filters, status FROM cdr_exports ORDER BY id',
  'SELECT * FROM owner_counters ORDER BY 1, 2, 3, 4',
  'SELECT * FROM account_counters ORDER BY 1, 2, 3, 4',
  'SELECT count(*) FROM rejected_cdrs',
  'SELECT id, name FROM transport_protocols ORDER BY id',
  'SELECT id, name FROM profiles ORDER BY id',
]

async function stored(): Promise<string> {
  const tables = await env.DB.batch(SNAPSHOT.map((sql) => env.DB.prepare(sql)))
  const { objects } = await env.FILES.list()
  return JSON.stringify([tables.map(({ results }) => results), objects.map(({ key }) => key)])
}

/** What is got ready before a customer is stored: he cannot ask yet, so nobody sees it. */
async function prepared(): Promise<string> {
  const { results: marks } = await env.DB.prepare('SELECT id, is_incoming FROM cdrs ORDER BY id').all()
  const { results: vendors } = await env.DB.prepare('SELECT * FROM incoming_vendors ORDER BY vendor_id').all()
  return JSON.stringify([marks, vendors])
}

/** An engine that keeps its instances, by id, and runs none. */
const jobs = new Map<string, string>()
const instanceOf = (id: string) => ({
  status: () => Promise.resolve({ status: jobs.get(id) }),
  terminate: async () => {
    if (jobs.get(id) === 'terminated') throw new Error('Cannot terminate instance since its on a finite state')
    jobs.set(id, 'terminated')
  },
})
const engine = {
  createBatch: async (batch: { id: string }[]) => {
    const created = batch.filter(({ id }) => !jobs.has(id))
    for (const { id } of created) jobs.set(id, 'queued')
    return created.map(({ id }) => instanceOf(id))
  },
  get: async (id: string) => {
    if (!jobs.has(id)) throw new Error('instance.not_found')
    return instanceOf(id)
  },
}

/** All that there is, the jobs included. */
const everything = async () => (await stored()) + (await prepared()) + JSON.stringify([...jobs.values()].sort())

const TABLES = [
  'cdrs',
  'rejected_cdrs',
  'cdr_exports',
  'accounts',
  'api_accesses',
  'customers',
  'owner_counters',
  'account_counters',
  'incoming_vendors',
  'transport_protocols',
  'profiles WHERE id > 1',
]

let beginning = ''

/** Brings back what there was in the beginning. */
async function restore(): Promise<void> {
  if ((await everything()) === beginning) return
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
  for (const [kind, list] of Object.entries(rows)) {
    await load(
      kind,
      list.map((row) => JSON.stringify(row)),
    )
  }
  for (const key of FILES) await env.FILES.put(key, 'abcdefghij')
  jobs.clear()
  jobs.set(EXPORT, 'running')
  beginning = await everything()
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
  /** What another request of the kind sends. */
  rival?: string
}

const limit = { limit: () => Promise.resolve({ success: true }) } as RateLimit
const bindings: Env = { ...env, EXPORTS: engine as unknown as Workflow, API_LIMIT: limit, LOGIN_LIMIT: limit, RATE_LIMITS: '1' }

async function ask({ path, method = 'GET', body, type }: Asked, watch: Watch = () => {}) {
  const authorization = path.startsWith(OPERATOR) ? `Bearer ${env.OPERATOR_KEY}` : await tokenOf(1)
  const headers = { 'x-request-id': 'abc', authorization, ...(type === undefined ? {} : { 'content-type': type }) }
  log = []
  const response = await send(path, { method, headers, body: body ?? null }, watchedBindings(bindings, watch))
  const text = new TextDecoder().decode(await response.arrayBuffer())
  // The same for the same state; when it was loaded last differs.
  const same = method === 'GET' && path !== `${OPERATOR}/status` ? text : ''
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text, right: [response.status, same] }
}

const logged = () => log.map((line) => JSON.parse(line) as unknown)

/** What a request does when all is well: its calls, its answer, and what there is afterwards. */
async function clean(asked: Asked) {
  const calls: Binding[] = []
  const { status, right } = await ask(asked, (_, when, binding) => void (when === 'before' && calls.push(binding)))
  expect(log).toEqual([])
  return {
    calls: [...calls.entries()],
    status,
    right,
    after: { stored: await stored(), prepared: await prepared(), everything: await everything() },
  }
}

/** Fails one call, counted from the first of all, and if it lasts, what follows of the same dependency. */
function failing(number: number, moment: 'before' | 'after', lasting: boolean): Watch {
  let broken: Binding | undefined
  return (_, when, binding, call) => {
    const now = call === number && when === moment
    if (now && lasting) broken = binding
    if (now || (binding === broken && when === 'before')) throw new Error('We encountered an internal error.')
  }
}

/** Does one call twice. */
const repeating =
  (number: number): Watch =>
  (_, when, __, call) =>
    when === 'before' && call === number ? 'twice' : undefined

/** Holds one call back, or its answer, until it is let go. */
function holding(number: number, moment: 'before' | 'after') {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const watch: Watch = (_, when, __, call) => {
    if (call !== number || when !== moment) return undefined
    reached.resolve()
    return released.promise
  }
  return { watch, reached: reached.promise, release: released.resolve }
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

const changes: Record<string, object> = {
  customers: { name: 'Two' },
  'api-accesses': { login: 'two' },
  accounts: { name: 'Two' },
  cdrs: { time_start: '2026-01-02', duration: 9 },
  'cdr-exports': { status: 'Failed' },
  'transport-protocols': { name: 'TCP' },
  profiles: { name: 'None' },
}

const loads = Object.entries({ ...rows, 'transport-protocols': [{ id: 1, name: 'UDP' }], profiles: [{ id: 1, name: 'All' }] }).map(
  ([kind, list]): Asked => {
    const lines = (change?: object) =>
      list.map((row) => JSON.stringify({ ...row, id: 7, ...('uuid' in row ? { uuid: uuidOf(7) } : {}), ...change })).join('\n')
    return { path: `${OPERATOR}/${kind}`, method: 'PUT', body: lines(), rival: lines(changes[kind]) }
  },
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
  { path: `${OPERATOR}/api-accesses/1`, method: 'DELETE' },
  { path: '/readyz' },
]

const named = requests.map((asked) => [`${asked.method ?? 'GET'} ${asked.path}`, asked] as const)

/** What the client hears of whom. */
const TOLD: Partial<Record<Binding, string>> = { DB: 'The database', FILES: 'The file storage', EXPORTS: 'The file storage' }
/** What can be done without, and how the log says so: a job is started later, a limit that does not answer lets through. */
const DISPENSABLE: Partial<Record<Binding, string>> = { EXPORTS: 'notStarted', API_LIMIT: 'notLimited', LOGIN_LIMIT: 'notLimited' }

describe('a call that fails', () => {
  test.for(named)('%s', async ([, asked]) => {
    const before = await stored()
    const { calls, status, right, after } = await clean(asked)
    for (const [number, binding] of calls) {
      for (const [moment, lasting] of [
        ['before', false],
        ['after', false],
        ['before', true],
      ] as const) {
        await restore()
        const answer = await ask(asked, failing(number, moment, lasting))
        const told = `call ${number}, of ${binding}, ${moment}${lasting ? ', and all that follow' : ''}`
        if (answer.status === status) {
          // What has been ended need not be ended.
          const line = asked.method === 'DELETE' ? undefined : DISPENSABLE[binding]
          expect(answer.right, told).toEqual(right)
          expect(logged(), told).toEqual(
            line === undefined ? [] : [expect.objectContaining({ requestId: 'abc', [line]: expect.any(String) })],
          )
          expect(await stored(), told).toBe(after.stored)
          expect(await prepared(), told).toBe(after.prepared)
          continue
        }
        expect([answer.status, answer.retryAfter], told).toEqual([503, '5'])
        expect(answer.text, told).toContain(TOLD[binding])
        expect(logged(), told).toEqual([expect.objectContaining({ requestId: 'abc', status: 503 })])
        // Where the answer was lost, the whole may have been done.
        const allowed = moment === 'before' ? [before] : [before, after.stored]
        if (asked.method !== 'DELETE') expect(allowed, told).toContain(await stored())
        if (asked.method !== 'PUT' && asked.method !== 'DELETE') continue
        await ask(asked)
        expect(await everything(), told).toBe(after.everything)
      }
    }
    expect(unhandled).toEqual([])
  })
})

describe('a call that is done twice', () => {
  test.for(named)('%s', async ([, asked]) => {
    const { calls, right, after } = await clean(asked)
    for (const [number, binding] of calls) {
      await restore()
      const answer = await ask(asked, repeating(number))
      const told = `call ${number}, of ${binding}`
      expect(answer.right, told).toEqual(right)
      expect(log, told).toEqual([])
      expect(await everything(), told).toBe(after.everything)
    }
    expect(unhandled).toEqual([])
  })
})

describe('a call that is late', () => {
  test.for(named)('%s', async ([, asked]) => {
    const { calls } = await clean(asked)
    const rival = { ...asked, body: asked.rival ?? asked.body } as Asked
    const oneAfterTheOther = async (first: Asked, second: Asked) => {
      await restore()
      return { answers: [(await ask(first)).right, (await ask(second)).right], state: await everything() }
    }
    const inOrder = await oneAfterTheOther(asked, rival)
    const reversed = asked.rival === undefined ? inOrder : await oneAfterTheOther(rival, asked)
    const allowed = [inOrder, { ...reversed, answers: reversed.answers.toReversed() }]
    for (const [number, binding] of calls) {
      for (const moment of ['before', 'after'] as const) {
        await restore()
        const { watch, reached, release } = holding(number, moment)
        const slow = ask(asked, watch)
        await reached
        const overtaking = await ask(rival)
        release()
        const answers = [(await slow).right, overtaking.right]
        const told = `call ${number}, of ${binding}, held ${moment}`
        expect(log, told).toEqual([])
        expect(allowed, told).toContainEqual({ answers, state: await everything() })
      }
    }
    expect(unhandled).toEqual([])
  })
})
