// CDRs as a switch sends them: the demo's calls over and over, each with an id, a time and contractors of its own.
import { calls } from '../demo/calls.ts'
import type { Row } from '../operator.ts'

const START = Date.UTC(2026, 0, 1)
const DAY_MILLISECONDS = 86_400_000
const RINGING_MILLISECONDS = 3000

/** A number for an index, the same in every run. */
const scatter = (index: number, of: number) => (Math.imul(index + 1, 2_654_435_761) >>> 0) % of

const stamp = (milliseconds: number) => new Date(milliseconds).toISOString().replace('Z', '000+00:00')

/** Whose calls are made: `customers` customers of `accounts` accounts each, `perDay` calls a day, over `vendors` vendors. */
export interface Traffic {
  customers: number
  accounts: number
  vendors: number
  perDay: number
}

/** One big customer: what a first load is mostly about. */
export const bigCustomer: Traffic = { customers: 1, accounts: 20, vendors: 5, perDay: 16_500 }

/** A minute of a switch with many customers. */
export const manyCustomers: Traffic = { customers: 100, accounts: 1, vendors: 10, perDay: 720_000 }

const samples = calls(new Date(START))

/** A CDR, one in ten of them rerouted. */
export function cdrRow(index: number, { customers, accounts, vendors, perDay }: Traffic): Row {
  const sample = samples[index % samples.length]!
  const customer = 1 + scatter(index, customers)
  const vendor = 1001 + scatter(index + 7, vendors)
  const start = START + Math.floor((index * DAY_MILLISECONDS) / perDay)
  const connect = start + RINGING_MILLISECONDS
  return {
    ...sample,
    id: index + 1,
    customer_id: customer,
    customer_acc_id: customer * 100 + scatter(index + 3, accounts),
    vendor_id: vendor,
    vendor_acc_id: vendor * 100,
    time_start: stamp(start),
    time_connect: sample['success'] === true ? stamp(connect) : null,
    time_end: stamp(connect + Number(sample['duration']) * 1000),
    is_last_cdr: index % 10 !== 0,
  }
}
