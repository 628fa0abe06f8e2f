import type { Recount } from '../operator.ts'
import type { Stage } from './acts.ts'
import type { Call } from './book.ts'
import type { Caller } from './caller.ts'
import { customers } from './cast.ts'
import { thirdsOf } from './memory.ts'
import type { Sample } from './memory.ts'

export interface Kept {
  promise: string
  found: string
  /** Undefined where it could not be told. */
  kept: boolean | undefined
}

/** Of the median of the middle third of a run, that of the last third. */
const mostGrowth = 1.25
const leastSent = 0.95

const counted = (figure: number) => figure.toLocaleString('en-US')

/** Reads all calls that a customer sees, page by page, and counts those that are missing, changed or not his. */
const compareCalls = async (caller: Caller, { book, tokens }: Stage, customer: number, resource: 'cdrs' | 'incoming-cdrs') => {
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

const compareAll = async (caller: Caller, stage: Stage): Promise<Kept> => {
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

const countRows = async (caller: Caller, { key, book }: Stage): Promise<Kept> => {
  const { cdrs } = JSON.parse((await caller.operator(key, 'GET', 'status')).bytes.toString()) as { cdrs: number }
  const sent = book.calls().length
  return { promise: 'and none besides', found: `${counted(cdrs)} stored`, kept: cdrs === sent }
}

const verifyCounters = async (caller: Caller, { key }: Stage): Promise<Kept> => {
  for (;;) {
    const recount = JSON.parse((await caller.operator(key, 'POST', 'counters/verify')).bytes.toString()) as Recount
    if (!recount.done) continue
    const found = `${counted(recount.recounted)} CDRs recounted, ${recount.wrong} counters wrong`
    return { promise: 'counters are exact', found, kept: recount.wrong === 0 }
  }
}

const judgeTraffic = ({ record }: Stage): Kept[] => {
  const { planned, skipped, exports, exportedRows, exactExports } = record.counts
  const errors = [...record.failures.values()].reduce((sum, { count }) => sum + count, 0)
  const exportErrors = record.tallies.get('export')?.errors ?? 0
  return [
    { promise: 'no error', found: `${errors} errors`, kept: errors === 0 },
    {
      promise: 'the rate was held (95 %)',
      found: `${counted(planned - skipped)} of ${counted(planned)} sent`,
      kept: planned - skipped >= leastSent * planned,
    },
    {
      promise: 'exports are complete',
      found: `${exports} with ${counted(exportedRows)} rows, ${exactExports} of them told to the row`,
      kept: exportErrors > 0 ? false : exports > 0 || undefined,
    },
  ]
}

const judgeMemory = (samples: readonly Sample[]): Kept => {
  const promise = `memory: last third at most ${mostGrowth} of the middle third`
  const [, middle, last] = thirdsOf(samples)
  if (!middle || !last) return { promise, found: 'not known', kept: undefined }
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0)
  return {
    promise,
    found: `${mebibytes(middle)} MiB, then ${mebibytes(last)} MiB: ${(last / middle).toFixed(2)}`,
    kept: last <= mostGrowth * middle,
  }
}

/** Asks, once the traffic is over, whether all is as it has to be. */
export const judge = async (caller: Caller, stage: Stage, samples: readonly Sample[]): Promise<Kept[]> => [
  ...judgeTraffic(stage),
  await compareAll(caller, stage),
  await countRows(caller, stage),
  await verifyCounters(caller, stage),
  judgeMemory(samples),
]
