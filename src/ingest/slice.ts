// What has to go through all CDRs goes by id, a slice at a time: no statement takes long, however many CDRs there are.
import { asc, between, gte } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { asText, fixed, read } from '../db/query.ts'
import { query, slot } from '../db/statement.ts'
import { cdr } from '../db/schema.ts'

/** The ends of what SQLite takes for an id. */
export const LOWEST = -(2n ** 63n)
export const HIGHEST = 2n ** 63n - 1n

/** Whether a CDR is in the slice from `first` to `last`. */
export const inSlice = between(cdr.id, slot('first'), slot('last'))

const NTH = fixed(() =>
  query
    .select({ id: asText<string>(cdr.id) })
    .from(cdr)
    .where(gte(cdr.id, slot('first')))
    .orderBy(asc(cdr.id))
    .limit(1)
    .offset(slot('n')),
)

/** The last id of the slice of so many CDRs that begins at an id; undefined if no more are left than make one. */
export async function endOfSlice(database: Database, first: bigint, rows: number): Promise<bigint | undefined> {
  const [found] = await read(database, NTH({ first, n: rows - 1 }))
  const last = found === undefined ? HIGHEST : BigInt(found.id)
  return last === HIGHEST ? undefined : last
}
