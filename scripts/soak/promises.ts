import type { Recount } from '../operator.ts'
import type { Stage } from './acts.ts'
import type { Call } from './book.ts'
import type { Caller } from './caller.ts'
import { customers } from './cast.ts'
import { mebibytes, type Look } from './memory.ts'

export interface Kept {
  promise: string
  found: string
  /** Undefined where it could not be told. */
  kept: boolean | undefined
}

/** By then all code has run and is compiled. Of 5 MiB, in 10 minutes, this is 45 bytes for each request that is sent after it. */
const MOST_GROWTH = 1.1
const LEAST_SENT = 0.95

const counted = (figure: number) => figure.toLocaleString('en-US')

/** Reads all calls that a customer sees, page by page, and counts those that are missing, changed or not his. */
async function compareCalls(caller: Caller, { book, tokens }: Stage, customer: number, resource: 'cdrs' | 'incoming-cdrs') {
  const sees = (call: Call) => (resource === 'cdrs' ? call.last && call.customer === customer : call.vendor === customer)
  const wanted = new Map(book.calls().flatMap((call) => (sees(call) ? [[String(call.id), call.duration] as const] : [])))
  const expected = wanted.size
  let wrong = 0
  for (let page = 1, total = 1; (page - 1) * 1000 < total; page++) {
    const query = `filter[time_start_gteq]=2000-01-01&fields[${resource}]=duration&sort=id&page[size]=1000&page[number]=${page}`
    const { data, meta } = await caller.list(tokens.get(customer)!, `${resource}?${encodeURI(query)}`)
    total = meta['total-count']
    if (total !== expected) wrong++
    for (const { id, attributes } of data) {
      if (wanted.get(id) !== attributes['duration']) wrong++
      wanted.delete(id)
    }
  }
  return { expected, wrong: wrong + wanted.size }
}

async function compareAll(caller: Caller, stage: Stage): Promise<Kept> {
  let seen = 0
  let wrong = 0
  for (const customer of customers) {
    for (const resource of ['cdrs', 'incoming-cdrs'] as const) {
      const compared = await compareCalls(caller, stage, customer, resource)
      seen += compared.expected
      wrong += compared.wrong
    }
  }
  const sent = stage.book.calls().length
  const found = `${counted(sent)} sent, read as ${counted(seen)} by customers and vendors, ${wrong} wrong`
  return { promise: 'every CDR that was sent is there, as it was last sent', found, kept: wrong === 0 }
}

async function countRows(caller: Caller, { key, book }: Stage): Promise<Kept> {
  const { cdrs } = JSON.parse((await caller.operator(key, 'GET', 'status')).bytes.toString()) as { cdrs: number }
  const sent = book.calls().length
  return { promise: 'and none besides', found: `${counted(cdrs)} stored`, kept: cdrs === sent }
}

async function verifyCounters(caller: Caller, { key }: Stage): Promise<Kept> {
  for (;;) {
    const recount = JSON.parse((await caller.operator(key, 'POST', 'counters/verify')).bytes.toString()) as Recount
    if (!recount.done) continue
    const found = `${counted(recount.recounted)} CDRs recounted, ${recount.wrong} counters wrong, ${recount.wrong_marks} CDRs lost to their vendors`
    return { promise: 'counters are exact', found, kept: recount.wrong + recount.wrong_marks === 0 }
  }
}

function judgeTraffic({ record }: Stage): Kept[] {
  const { planned, skipped, exports, exportedRows, exactExports } = record.counts
  const errors = [...record.failures.values()].reduce((sum, { count }) => sum + count, 0)
  const exportErrors = record.tallies.get('export')?.errors ?? 0
  return [
    { promise: 'no error', found: `${errors} errors`, kept: errors === 0 },
    {
      promise: 'the rate was held (95 %)',
      found: `${counted(planned - skipped)} of ${counted(planned)} sent`,
      kept: planned - skipped >= LEAST_SENT * planned,
    },
    {
      promise: 'exports are complete',
      found: `${exports} with ${counted(exportedRows)} rows, ${exactExports} of them told to the row`,
      kept: exportErrors > 0 ? false : exports > 0 || undefined,
    },
  ]
}

function judgeMemory(looks: readonly Look[]): Kept {
  const promise = `our Worker holds on to at most ${MOST_GROWTH} of what it held at a third of the way`
  const held = looks.map((look) => look.held)
  const [first, , last] = held
  if (first === undefined || last === undefined || !held.every(Number.isFinite)) return { promise, found: 'not known', kept: undefined }
  const found = `${held.map((bytes) => mebibytes(bytes, 2)).join(', ')} MiB: ${(last / first).toFixed(2)}`
  return { promise, found, kept: last <= MOST_GROWTH * first }
}

/** Asks, once the traffic is over, whether all is as it has to be. */
export const judge = async (caller: Caller, stage: Stage, looks: readonly Look[]): Promise<Kept[]> => [
  ...judgeTraffic(stage),
  await compareAll(caller, stage),
  await countRows(caller, stage),
  await verifyCounters(caller, stage),
  judgeMemory(looks),
]
