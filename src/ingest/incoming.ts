// Who received a call as a vendor may list it, if he is a customer as well. Only such CDRs are marked, and only marked ones are in the index by
// vendor: the others do without its row. A vendor is made known before anything that lets him ask is stored, and all his CDRs are marked by
// then: whatever comes in from that moment on is marked as it comes, what was there before is gone through in slices.
import { Database, type Cell } from '../db/database.ts'
import { toJsonArray, type Statement } from '../db/statement.ts'
import type { Kind, Values } from './schema.ts'
import { endOfSlice, HIGHEST, LOWEST } from './slice.ts'

/** D1 takes a thousand statements a request. A database that is full has some 20 million CDRs: that is 800, two for each slice. */
const SLICE_ROWS = 50_000

// The values of the statements below: vendors, then ids of CDRs.
const VENDORS = '(SELECT value FROM json_each(?1->0))'

/** A vendor of whom nothing was ever counted has no CDRs to mark. */
const MAKE_KNOWN = [
  'INSERT OR IGNORE INTO incoming_vendors (vendor_id, unmarked_from)',
  'SELECT value, iif(EXISTS (SELECT 1 FROM owner_counters WHERE side = 1 AND owner_id = value), ?1->>1, NULL) FROM json_each(?1->0)',
].join(' ')

const UNMARKED = 'SELECT vendor_id, CAST(unmarked_from AS TEXT) AS unmarked_from FROM incoming_vendors WHERE unmarked_from IS NOT NULL'

const MARK = `UPDATE cdrs SET is_incoming = 1 WHERE id BETWEEN ?1->>1 AND ?1->>2 AND is_incoming = 0 AND vendor_id IN ${VENDORS}`

const ADVANCE = `UPDATE incoming_vendors SET unmarked_from = ?1->>3 WHERE unmarked_from <= ?1->>2 AND vendor_id IN ${VENDORS}`

/** Whether a CDR has a mark and should not, or has none and should: a release without marks may have stored it. */
export const HAS_WRONG_MARK = [
  'is_incoming <> ifnull(vendor_id IN (SELECT vendor_id FROM incoming_vendors UNION SELECT id FROM customers',
  'UNION SELECT customer_id FROM api_accesses WHERE customer_id IS NOT NULL), 0)',
].join(' ')

/** Makes all known who should be. Whether all their CDRs are marked is not known: the next row that names them sees to it. */
export const makeAllKnown: Statement = {
  sql: [
    'INSERT OR IGNORE INTO incoming_vendors (vendor_id, unmarked_from)',
    'SELECT id, ?1->>0 FROM customers UNION SELECT customer_id, ?1->>0 FROM api_accesses WHERE customer_id IS NOT NULL',
  ].join(' '),
  values: toJsonArray([LOWEST]),
}

/** Sees to it that the customers whom rows name find all CDRs that they received. To be done before the rows are stored. */
export async function makeKnown({ viewer }: Kind, rows: readonly Values[], database: Database): Promise<void> {
  const ids = viewer === undefined ? [] : rows.flatMap((row) => row[viewer] ?? [])
  if (ids.length === 0) return
  const values = `[${toJsonArray(ids)},${LOWEST}]`
  const found = await database.write([MAKE_KNOWN, `${UNMARKED} AND vendor_id IN ${VENDORS}`].map((sql) => ({ sql, values })))
  await mark(database, found[1]!.rows, Infinity)
}

/** D1 takes a thousand statements a run of the cron, which has other work as well. */
const SLICES_OF_CRON = 100

/** Goes on with what has been left unmarked: by a migration, or where it was broken off. */
export async function goOnMarking(env: Env, slices = SLICES_OF_CRON): Promise<void> {
  const database = new Database(env.DB, false)
  const [found] = await database.write([{ sql: `${UNMARKED} AND ?1 IS NOT NULL`, values: '[]' }])
  await mark(database, found!.rows, slices)
}

/** Marks the CDRs of vendors, from where the first of them has been left. */
async function mark(database: Database, unmarked: readonly Record<string, Cell>[], slices: number): Promise<void> {
  const vendors = toJsonArray(unmarked.map((row) => row['vendor_id']!))
  const begins = unmarked.map((row) => BigInt(row['unmarked_from']!))
  let from: bigint | null = begins.length === 0 ? null : begins.reduce((least, one) => (one < least ? one : least))
  for (let slice = 0; from !== null && slice < slices; slice++) {
    const last = await endOfSlice(database, from, SLICE_ROWS)
    const next: bigint | null = last === undefined ? null : last + 1n
    const values = `[${vendors},${toJsonArray([from, last ?? HIGHEST, next]).slice(1)}`
    await database.write([MARK, ADVANCE].map((sql) => ({ sql, values })))
    from = next
  }
}
