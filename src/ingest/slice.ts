// What has to go through all CDRs goes by id, a slice at a time: no statement takes long, however many CDRs there are.
import type { Database } from '../db/database.ts'
import { toJsonArray } from '../db/statement.ts'

/** The ends of what SQLite takes for an id. */
export const LOWEST = -(2n ** 63n)
export const HIGHEST = 2n ** 63n - 1n

/** The last id of the slice of so many CDRs that begins at an id; undefined if no more are left than make one. */
export async function endOfSlice(database: Database, from: bigint, rows: number): Promise<bigint | undefined> {
  const sql = 'SELECT CAST(id AS TEXT) AS id FROM cdrs WHERE id >= ?1->>0 ORDER BY cdrs.id LIMIT 1 OFFSET (?1->>1)'
  const [row] = await database.rows({ sql, values: toJsonArray([from, rows - 1]) })
  const last = row === undefined ? HIGHEST : BigInt(row[0]!)
  return last === HIGHEST ? undefined : last
}
