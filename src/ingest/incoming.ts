// Lists of calls that a vendor received exist only for vendors who are customers as well. Only such CDRs are marked, and only marked ones are in
// the index by vendor: the others do without its row. A vendor is made known before anything that lets them ask is stored, and all their CDRs
// are marked by then: what comes in from that moment on is marked as it comes, what was there before is gone through in slices.
import { and, eq, inArray, isNotNull, lte, sql, type SQL } from 'drizzle-orm'
import { Database } from '../db/database.ts'
import { among, asText, each, fixed, item, read, setTo, transact } from '../db/query.ts'
import { query, slot } from '../db/statement.ts'
import { apiAccess, cdr, customer, incomingVendor, ownerCounter } from '../db/schema.ts'
import type { Kind, Values } from './schema.ts'
import { endOfSlice, HIGHEST, inSlice, LOWEST } from './slice.ts'

/** D1 takes a thousand statements a request. A database that is full has some 20 million CDRs: that is 800, two for each slice. */
const SLICE_ROWS = 50_000

const { vendorId, unmarkedFrom } = incomingVendor

const isNamed = inArray(vendorId, among('vendors'))

/** A vendor of whom nothing was ever counted has no CDRs to mark. */
const MAKE_KNOWN = fixed(() => {
  const counted = query
    .select({ one: sql`1` })
    .from(ownerCounter)
    .where(and(eq(ownerCounter.side, 1), eq(ownerCounter.ownerId, item)))
  const from = sql`iif(exists ${counted}, ${slot('from')}, null)`
  return query
    .insert(incomingVendor)
    .select(sql`select value, ${from} from ${each('vendors')} where true`)
    .onConflictDoNothing()
})

const unmarked = (condition?: SQL) =>
  query
    .select({ vendorId, from: asText<string>(unmarkedFrom) })
    .from(incomingVendor)
    .where(and(isNotNull(unmarkedFrom), condition))

const UNMARKED = fixed(() => unmarked())
const UNMARKED_OF = fixed(() => unmarked(isNamed))

const MARK = fixed(() =>
  query
    .update(cdr)
    .set({ isIncoming: 1 })
    .where(and(inSlice, eq(cdr.isIncoming, 0), inArray(cdr.vendorId, among('vendors')))),
)

const ADVANCE = fixed(() =>
  query
    .update(incomingVendor)
    .set({ unmarkedFrom: setTo('next') })
    .where(and(lte(unmarkedFrom, slot('last')), isNamed)),
)

/** The customers who may ask: by a token that names them, or by an access. */
const askers = () => {
  const { customerId } = apiAccess
  const ofAccesses = query
    .select({ vendorId: sql<number>`${customerId}` })
    .from(apiAccess)
    .where(isNotNull(customerId))
  return query.select({ vendorId: customer.id }).from(customer).union(ofAccesses)
}

/** Whether a CDR has a mark and should not, or has none and should: a release without marks may have stored it. */
export const hasWrongMark = () => {
  const shouldBeKnown = query.select({ vendorId }).from(incomingVendor).union(askers())
  return sql`${cdr.isIncoming} <> ifnull(${inArray(cdr.vendorId, shouldBeKnown)}, 0)`
}

/** Makes all known who should be. Whether all their CDRs are marked is not known: the next row that names them sees to it. */
export const MAKE_ALL_KNOWN = fixed(() => {
  const all = askers().as('askers')
  return query
    .insert(incomingVendor)
    .select(sql`select ${all.vendorId}, ${slot('from')} from ${all} where true`)
    .onConflictDoNothing()
})

/** Sees to it that the customers whom rows name find all CDRs that they received. To be done before the rows are stored. */
export async function makeKnown({ viewer }: Kind, rows: readonly Values[], database: Database): Promise<void> {
  const vendors = viewer === undefined ? [] : rows.flatMap((row) => row[viewer] ?? [])
  if (vendors.length === 0) return
  const { left } = await transact(database, { known: MAKE_KNOWN({ vendors, from: LOWEST }), left: UNMARKED_OF({ vendors }) })
  await mark(database, left.rows, Infinity)
}

/** D1 takes a thousand statements a run of the cron, which has other work as well. */
const SLICES_OF_CRON = 100

/** Goes on with what has been left unmarked: by a migration, or where it was broken off. */
export async function goOnMarking(env: Env, slices = SLICES_OF_CRON): Promise<void> {
  const database = new Database(env.DB, false)
  await mark(database, await read(database, UNMARKED()), slices)
}

/** Marks the CDRs of vendors, from where the first of them has been left. */
async function mark(database: Database, unmarked: readonly { vendorId: number; from: string }[], slices: number): Promise<void> {
  const vendors = unmarked.map(({ vendorId }) => vendorId)
  const begins = unmarked.map(({ from }) => BigInt(from))
  let first: bigint | null = begins.length === 0 ? null : begins.reduce((least, one) => (one < least ? one : least))
  for (let slice = 0; first !== null && slice < slices; slice++) {
    const end = await endOfSlice(database, first, SLICE_ROWS)
    const next: bigint | null = end === undefined ? null : end + 1n
    const last = end ?? HIGHEST
    await transact(database, { marked: MARK({ vendors, first, last }), advanced: ADVANCE({ vendors, last, next }) })
    first = next
  }
}
