// What was sent, and so what has to be there. While requests overlap, it knows at least and at most how many calls may be seen.
import { manyCustomers, cdrRow } from '../bench/rows.ts'
import type { Random } from '../demo/random.ts'
import { accountOf, ACCOUNTS_PER_CUSTOMER, customers } from './cast.ts'

export interface Call {
  id: number
  customer: number
  account: number
  vendor: number
  vendorAccount: number
  /** Milliseconds. */
  start: number
  duration: number
  /** The last attempt: others are seen by their vendor only. */
  last: boolean
}

/** A call, and what it was before it was corrected. */
interface Entry {
  call: Call
  earlier: Call | undefined
  acknowledgedAt: number
}

export type Batch = readonly Entry[]

export type Book = ReturnType<typeof openBook>

const rowOf = ({ id, customer, account, vendor, vendorAccount, start, duration, last }: Call) => ({
  ...cdrRow(id, manyCustomers),
  id,
  customer_id: customer,
  customer_acc_id: account,
  vendor_id: vendor,
  vendor_acc_id: vendorAccount,
  time_start: new Date(start).toISOString(),
  time_end: new Date(start + duration * 1000).toISOString(),
  duration,
  success: duration > 0,
  is_last_cdr: last,
})

export const bodyOf = (batch: Batch) => batch.map(({ call }) => JSON.stringify(rowOf(call))).join('\n')

export function openBook(random: Random) {
  const entries = new Map<number, Entry>()
  const settled: Batch[] = []

  const make = (count: number, from: number, until: number): Batch =>
    Array.from({ length: count }, () => {
      const customer = customers[random.upTo(customers.length)]!
      const vendor = customers[random.upTo(customers.length)]!
      const call: Call = {
        id: entries.size + 1,
        customer,
        account: accountOf(customer, random.upTo(ACCOUNTS_PER_CUSTOMER)),
        vendor,
        vendorAccount: accountOf(vendor, random.upTo(ACCOUNTS_PER_CUSTOMER)),
        start: from + random.upTo(until - from),
        duration: random.next() < 0.3 ? 0 : random.upTo(600),
        last: random.next() >= 0.1,
      }
      const entry: Entry = { call, earlier: undefined, acknowledgedAt: Infinity }
      entries.set(call.id, entry)
      return entry
    })

  /** Another account and another hour: what counters have to follow. */
  const correct = (batch: Batch) => {
    for (const entry of batch.slice(0, 5)) {
      const { customer, account, start, duration } = entry.call
      entry.earlier = entry.call
      entry.acknowledgedAt = Infinity
      entry.call = {
        ...entry.call,
        account: accountOf(customer, account % 2 === 0 ? 1 : 0),
        start: start - 1_800_000,
        duration: duration + 1,
      }
    }
  }

  return {
    make,
    correct,
    /** A batch that nobody else sends meanwhile. */
    take: (fits: (batch: Batch) => boolean = () => true): Batch | undefined => {
      const at = random.upTo(settled.length)
      const batch = settled[at]
      if (!batch || !fits(batch)) return undefined
      settled[at] = settled.at(-1)!
      settled.pop()
      return batch
    },
    settle: (batch: Batch) => {
      const now = performance.now()
      for (const entry of batch) entry.acknowledgedAt = Math.min(entry.acknowledgedAt, now)
      settled.push(batch)
    },
    find: (id: number) => entries.get(id)?.call,
    calls: () => [...entries.values()].map(({ call }) => call),
    /** How many calls an answer may count that was asked for at `since` and has just come. */
    bounds: (since: number, fits: (call: Call) => boolean) => {
      let least = 0
      let most = 0
      for (const { call, earlier, acknowledgedAt } of entries.values()) {
        const known = acknowledgedAt <= since
        if (known && fits(call)) least++
        if (fits(call) || (!known && earlier && fits(earlier))) most++
      }
      return { least, most }
    },
  }
}
