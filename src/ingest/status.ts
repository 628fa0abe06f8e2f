import { and, asc, eq, gt, isNotNull, max, min, sql, type SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Database } from '../db/database.ts'
import { fixed, transact } from '../db/query.ts'
import { namesOf, query } from '../db/statement.ts'
import {
  account,
  apiAccess,
  cdr,
  cdrExport,
  customer,
  cutCdr,
  incomingVendor,
  ingestState,
  ownerCounter,
  rejectedCdr,
  transportProtocol,
} from '../db/schema.ts'
import { cellOf, counted, countsOf } from './counters.ts'
import { toIso } from './rejected.ts'

/** Rows are counted up to here. */
const MOST_COUNTED = 10_000

const one = sql`1`

const countOf = (table: SQLiteTable, condition?: SQL) =>
  sql<number>`(select count(*) from ${query.select({ one }).from(table).where(condition).limit(MOST_COUNTED)})`

const COUNTS = fixed(() => {
  const { id, rejectedAt } = rejectedCdr
  const newest = query.select({ id: max(id) }).from(rejectedCdr)
  const last = query
    .select({ at: max(rejectedAt) })
    .from(rejectedCdr)
    .where(eq(id, newest))
  return query
    .select({
      customers: countOf(customer),
      accounts: countOf(account),
      api_accesses: countOf(apiAccess),
      transport_protocols: countOf(transportProtocol),
      cdr_exports: countOf(cdrExport),
      pending_exports: countOf(cdrExport, eq(cdrExport.status, 'Pending')),
      cut_cdrs: countOf(cutCdr),
      rejected_cdrs: sql<number>`(select count(*) from ${rejectedCdr})`,
      lastRejectedAt: sql<number | null>`${last}`,
    })
    .from(sql`(select 1)`)
})

const STATE = fixed(() => {
  const { cdrs, lastBatchAt, lastBatchCdrs, lastBatchId } = ingestState
  return query.select({ cdrs, lastBatchAt, lastBatchCdrs, lastBatchId }).from(ingestState)
})

/** The times of the first and the last visible CDR: of those of each customer, who are found one from another by the index. */
const BOUNDS = fixed(() => {
  const { customerId, isLastCdr, timeStart } = cdr
  const owner = sql`owners.id`
  const visible = (value: SQL, condition?: SQL) =>
    query
      .select({ value })
      .from(cdr)
      .where(and(eq(isLastCdr, 1), condition))
  const next = visible(min(customerId), gt(customerId, owner))
  const owners = query
    .$with('owners', { id: owner })
    .as(sql`select ${visible(min(customerId))} as id union all select ${next} from owners where ${owner} is not null`)
  return query
    .with(owners)
    .select({
      oldest: sql<number | null>`min(${visible(min(timeStart), eq(customerId, owner))})`,
      newest: sql<number | null>`max(${visible(max(timeStart), eq(customerId, owner))})`,
    })
    .from(owners)
    .where(isNotNull(owner))
})

/** Whether the first CDR is counted: it is not if it came before there were counters. And whether all CDRs are marked for their vendors. */
const COMPLETE = fixed(() => {
  const first = query.select(counted).from(cdr).orderBy(asc(cdr.id)).limit(1)
  const names = namesOf(...cellOf(ownerCounter))
  const uncounted = sql`select 1 from (${countsOf(ownerCounter, first)}) as given left join ${ownerCounter} as kept using (${names}) where coalesce(kept.n, 0) < given.n`
  const unmarked = query.select({ id: incomingVendor.vendorId }).from(incomingVendor).where(isNotNull(incomingVendor.unmarkedFrom))
  return query
    .select({ counters: sql<number>`not exists (${uncounted})`, marks: sql<number>`not exists ${unmarked}` })
    .from(sql`(select 1)`)
})

/** What an operator looks at first: how much there is, and whether CDRs still come in. Reads no more as CDRs become more. */
export async function readStatus(database: Database): Promise<Record<string, unknown>> {
  const results = await transact(database, { counts: COUNTS(), state: STATE(), bounds: BOUNDS(), complete: COMPLETE() })
  const [state] = results.state.rows
  const bounds = results.bounds.rows[0]!
  const complete = results.complete.rows[0]!
  const { lastRejectedAt, pending_exports, rejected_cdrs, cut_cdrs, ...tables } = results.counts.rows[0]!
  return {
    ...tables,
    cdrs: state?.cdrs ?? 0,
    oldest_cdr: time(bounds.oldest),
    newest_cdr: time(bounds.newest),
    last_batch: { at: time(state?.lastBatchAt), cdrs: state?.lastBatchCdrs ?? null, yeti_batch_id: state?.lastBatchId ?? null },
    rejected_cdrs,
    last_rejected_at: time(lastRejectedAt),
    cut_cdrs,
    counters_complete: complete.counters === 1,
    marks_complete: complete.marks === 1,
    pending_exports,
    database_bytes: database.bytes,
  }
}

const time = (microseconds: number | null = null) => (microseconds === null ? null : toIso(microseconds))
