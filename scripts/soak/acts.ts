import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import type { Random } from '../demo/random.ts'
import type { Stored } from '../operator.ts'
import { bodyOf, type Batch, type Book, type Call } from './book.ts'
import type { Caller, Listed } from './caller.ts'
import { accountOf, ACCOUNTS_PER_CUSTOMER, accountUuid, customers, loginOf } from './cast.ts'
import { Broken, type RunRecord } from './record.ts'

/** What all traffic shares. */
export interface Stage {
  book: Book
  random: Random
  record: RunRecord
  key: string
  /** The newest token of each customer. */
  tokens: Map<number, string>
  /** When the run began, in milliseconds. */
  began: number
}

export interface Act {
  name: string
  perSecond: number
  run: (caller: Caller, stage: Stage) => Promise<void>
}

const ROWS_PER_BATCH = 60
const HOUR_MILLISECONDS = 3_600_000
const EXPORT_PATIENCE_MILLISECONDS = 120_000
const ALL_TIME = 'filter[time_start_gteq]=2000-01-01'

export async function send(caller: Caller, { key, book }: Stage, batch: Batch): Promise<Stored> {
  const { bytes } = await caller.operator(key, 'PUT', 'cdrs', bodyOf(batch))
  const stored = JSON.parse(bytes.toString()) as Stored
  if (stored.received !== batch.length || stored.rejected > 0) throw new Broken('rows refused', bytes)
  book.settle(batch)
  return stored
}

const anyCustomer = ({ random }: Stage) => customers[random.upTo(customers.length)]!

/** Lists as one customer, each row of whom has to be his. */
async function list(caller: Caller, stage: Stage, customer: number, resource: 'cdrs' | 'incoming-cdrs', query: string): Promise<Listed> {
  const listed = await caller.list(stage.tokens.get(customer)!, `${resource}?${encodeURI(query)}`)
  const side = resource === 'cdrs' ? 'customer' : 'vendor'
  const foreign = listed.data.find(({ id }) => stage.book.find(Number(id))?.[side] !== customer)
  if (foreign) throw new Broken("another customer's row", `${customer}: ${foreign.id}`)
  return listed
}

/** Counts what a list counts, between what was surely there and what may have been. */
function expectCount(stage: Stage, since: number, counted: number, fits: (call: Call) => boolean) {
  const { least, most } = stage.book.bounds(since, fits)
  if (counted < least || counted > most) throw new Broken('a wrong count', `${counted}, not from ${least} to ${most}`)
  return least === most
}

function settledCall(stage: Stage, customer: number): Call | undefined {
  const batch = stage.book.take()
  if (!batch) return undefined
  stage.book.settle(batch)
  return batch.find(({ call }) => call.customer === customer && call.last)?.call
}

const filters = [
  'filter[duration_gteq]=60&filter[duration_lt]=120',
  'filter[success_eq]=true&sort=-duration',
  'filter[dst_prefix_in_start]=4930',
  'filter[src_prefix_in_cont]=30&page[size]=20',
  'filter[lega_disconnect_reason_eq]=OK&filter[duration_in]=30,60,90',
  'filter[customer_price_gt]=0.01&sort=customer_price,-id',
]

async function makeExport(caller: Caller, stage: Stage) {
  const { random, record, tokens, began } = stage
  const customer = anyCustomer(stage)
  const account = accountOf(customer, random.upTo(ACCOUNTS_PER_CUSTOMER))
  const from = began - 24 * HOUR_MILLISECONDS + random.upTo(20) * HOUR_MILLISECONDS
  const until = random.next() < 0.5 ? from + 3 * HOUR_MILLISECONDS : Date.now()
  const since = performance.now()
  const times = { time_start_gteq: new Date(from).toISOString(), time_start_lt: new Date(until).toISOString() }
  const relationships = { account: { data: { type: 'accounts', id: accountUuid(account) } } }
  const order = { data: { type: 'cdr-exports', attributes: { filters: times }, relationships } }
  const headers = { 'content-type': 'application/vnd.api+json', accept: 'application/vnd.api+json', authorization: tokens.get(customer)! }
  const { data } = JSON.parse((await caller.post('cdr-exports', order, [201], headers)).bytes.toString()) as { data: { id: string } }

  const rows = await completed(caller, stage, customer, data.id)
  const { bytes } = await caller.get(tokens.get(customer)!, `cdr-exports/${data.id}/download`)
  const [, ...lines] = gunzipSync(bytes).toString().trimEnd().split('\n')
  if (lines.length !== rows) throw new Broken('an export of another length than it says', `${data.id}: ${lines.length}, not ${rows}`)
  if (new Set(lines).size !== lines.length) throw new Broken('an export with a row twice', data.id)
  const exact = expectCount(stage, since, rows, (call) => call.last && call.account === account && call.start >= from && call.start < until)
  record.counts.exports++
  record.counts.exportedRows += rows
  if (exact) record.counts.exactExports++
}

async function completed(caller: Caller, { tokens }: Stage, customer: number, uuid: string): Promise<number> {
  for (const deadline = Date.now() + EXPORT_PATIENCE_MILLISECONDS; Date.now() < deadline; await sleep(1000)) {
    const { bytes } = await caller.get(tokens.get(customer)!, `cdr-exports/${uuid}`)
    const { status, 'rows-count': rows } = (
      JSON.parse(bytes.toString()) as { data: { attributes: { status: string; 'rows-count': number } } }
    ).data.attributes
    if (status === 'Completed') return rows
    if (status !== 'Pending') throw new Broken(`an export is ${status}`, uuid)
  }
  throw new Broken('an export is not made', uuid)
}

export async function signIn(caller: Caller, { tokens }: Stage, customer: number) {
  const { bytes } = await caller.post('auth', { auth: loginOf(customer) }, [201])
  tokens.set(customer, (JSON.parse(bytes.toString()) as { jwt: string }).jwt)
}

/** The traffic: about thirty requests a second. */
export const acts: readonly Act[] = [
  {
    name: 'ingest, new',
    perSecond: 2,
    run: async (caller, stage) => {
      const now = Date.now()
      const batch = stage.book.make(ROWS_PER_BATCH, now - 120_000, now)
      const { stored } = await send(caller, stage, batch)
      if (stored !== batch.length) throw new Broken('new rows not stored', stored)
      stage.record.counts.rowsSent += stored
    },
  },
  {
    name: 'ingest, again',
    perSecond: 1,
    run: async (caller, stage) => {
      const batch = stage.book.take()
      if (!batch) return
      const { unchanged } = await send(caller, stage, batch)
      if (unchanged !== batch.length) throw new Broken('rows sent again are stored', unchanged)
      stage.record.counts.rowsAgain += unchanged
    },
  },
  {
    name: 'ingest, corrected',
    perSecond: 0.2,
    run: async (caller, stage) => {
      const batch = stage.book.take((batch) => batch[0]!.earlier === undefined)
      if (!batch) return
      stage.book.correct(batch)
      stage.record.counts.rowsCorrected += (await send(caller, stage, batch)).stored
    },
  },
  { name: 'list', perSecond: 4, run: async (caller, stage) => void (await list(caller, stage, anyCustomer(stage), 'cdrs', '')) },
  {
    name: 'list, counted',
    perSecond: 2,
    run: async (caller, stage) => {
      const customer = anyCustomer(stage)
      const since = performance.now()
      const { meta } = await list(caller, stage, customer, 'cdrs', `${ALL_TIME}&page[size]=10`)
      expectCount(stage, since, meta['total-count'], (call) => call.last && call.customer === customer)
    },
  },
  {
    name: 'list, filtered',
    perSecond: 3,
    run: async (caller, stage) => void (await list(caller, stage, anyCustomer(stage), 'cdrs', filters[stage.random.upTo(filters.length)]!)),
  },
  {
    name: 'list, far page',
    perSecond: 2,
    run: async (caller, stage) => {
      const { data } = await list(caller, stage, anyCustomer(stage), 'cdrs', `${ALL_TIME}&page[number]=${2 + stage.random.upTo(50)}`)
      if (data.length !== 50) throw new Broken('a page is not full', data.length)
    },
  },
  {
    name: 'list, includes',
    perSecond: 2,
    run: async (caller, stage) =>
      void (await list(caller, stage, anyCustomer(stage), 'cdrs', 'include=account,auth-orig-transport-protocol&page[size]=25')),
  },
  {
    name: 'list, incoming',
    perSecond: 2,
    run: async (caller, stage) => void (await list(caller, stage, anyCustomer(stage), 'incoming-cdrs', 'page[size]=25')),
  },
  {
    name: 'list, accounts',
    perSecond: 1,
    run: async (caller, stage) => {
      const { data } = await caller.list(stage.tokens.get(anyCustomer(stage))!, 'accounts')
      if (data.length !== ACCOUNTS_PER_CUSTOMER) throw new Broken('other accounts', data.length)
    },
  },
  {
    name: 'list, conditional',
    perSecond: 1,
    run: async (caller, stage) => askAgain(caller, stage, anyCustomer(stage), `cdrs?${encodeURI('page[size]=10')}`),
  },
  {
    name: 'show',
    perSecond: 4,
    run: async (caller, stage) => {
      const customer = anyCustomer(stage)
      const call = settledCall(stage, customer)
      if (!call) return
      const { bytes } = await caller.get(stage.tokens.get(customer)!, `cdrs/${call.id}`)
      const { data } = JSON.parse(bytes.toString()) as { data: { attributes: { duration: number } } }
      const { duration } = data.attributes
      if (duration !== call.duration && duration !== stage.book.find(call.id)!.duration) throw new Broken('another duration', call.id)
    },
  },
  {
    name: 'show, conditional',
    perSecond: 1,
    run: async (caller, stage) => {
      const customer = anyCustomer(stage)
      const call = settledCall(stage, customer)
      if (call) await askAgain(caller, stage, customer, `cdrs/${call.id}`)
    },
  },
  {
    name: "show, another's",
    perSecond: 1,
    run: async (caller, stage) => {
      const customer = anyCustomer(stage)
      const call = settledCall(stage, customer)
      if (call) await caller.get(stage.tokens.get((customer % customers.length) + 1)!, `cdrs/${call.id}`, [404])
    },
  },
  { name: 'login', perSecond: 0.5, run: async (caller, stage) => signIn(caller, stage, anyCustomer(stage)) },
  {
    name: 'login, wrong',
    perSecond: 0.2,
    run: async (caller, stage) => void (await caller.post('auth', { auth: { ...loginOf(anyCustomer(stage)), password: 'wrong' } }, [401])),
  },
  { name: 'export', perSecond: 0.1, run: makeExport },
]

/** Asks, and asks again by the tag of the answer. */
async function askAgain(caller: Caller, { tokens, record }: Stage, customer: number, path: string) {
  const token = tokens.get(customer)!
  const tag = (await caller.get(token, path)).headers.get('etag')
  if (!tag) throw new Broken('no entity tag', path)
  const { status, headers } = await caller.get(token, path, [200, 304], { 'if-none-match': tag })
  if (status === 304) record.counts.notModified++
  else if (headers.get('etag') === tag) throw new Broken('sent whole although nothing changed', path)
}
