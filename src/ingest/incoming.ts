// Who received a call as a vendor may list it, if he is a customer as well. Only such CDRs are marked, and only marked ones are in the index by
// vendor: the others do without its row. A vendor is made known before anything that lets him ask is stored, and all his CDRs are marked by
// then: whatever comes in from that moment on is marked as it comes, what was there before is gone through in slices.
import type { Database } from '../db/database.ts'
import { toJsonArray } from '../db/statement.ts'
import type { Kind, Values } from './schema.ts'
import { endOfSlice, HIGHEST, LOWEST } from './slice.ts'

/** D1 takes a thousand statements a request. A database that is full has some 20 million CDRs: that is 800, two for each slice. */
const SLICE_ROWS = 50_000

/** A vendor of whom nothing was ever counted has no CDRs to mark. */
const MAKE_KNOWN = [
  'INSERT OR IGNORE INTO incoming_vendors (vendor_id, marked)',
  'SELECT value, NOT EXISTS (SELECT 1 FROM owner_counters WHERE side = 1 AND owner_id = value) FROM json_each(?1)',
].join(' ')

const NOT_MARKED = 'SELECT vendor_id FROM incoming_vendors WHERE marked = 0 AND vendor_id IN (SELECT value FROM json_each(?1))'

const MARK =
  'UPDATE cdrs SET is_incoming = 1 WHERE id BETWEEN ?1->>1 AND ?1->>2 AND is_incoming = 0 AND vendor_id IN (SELECT value FROM json_each(?1->0))'

const MARKED = 'UPDATE incoming_vendors SET marked = 1 WHERE vendor_id IN (SELECT value FROM json_each(?1))'

/** Sees to it that the customers whom rows name find all CDRs that they received. To be done before the rows are stored. */
export async function makeKnown({ viewer }: Kind, rows: readonly Values[], database: Database): Promise<void> {
  const ids = viewer === undefined ? [] : rows.flatMap((row) => row[viewer] ?? [])
  if (ids.length === 0) return
  const [, unmarked] = await database.write([MAKE_KNOWN, NOT_MARKED].map((sql) => ({ sql, values: toJsonArray(ids) })))
  const vendors = unmarked!.rows.map((row) => row['vendor_id'] as number)
  if (vendors.length > 0) await mark(database, vendors)
}

async function mark(database: Database, vendors: readonly number[]): Promise<void> {
  for (let from: bigint | undefined = LOWEST; from !== undefined;) {
    const last: bigint | undefined = await endOfSlice(database, from, SLICE_ROWS)
    await database.write([{ sql: MARK, values: `[${toJsonArray(vendors)},${toJsonArray([from, last ?? HIGHEST]).slice(1)}` }])
    from = last === undefined ? undefined : last + 1n
  }
  await database.write([{ sql: MARKED, values: toJsonArray(vendors) }])
}
