// CDRs that can never be stored do not hold up those behind them: they are set aside, with the reason, for the operator to look at.
import { Buffer } from 'node:buffer'
import { desc, lt, max, sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { commas, each, fixed, insertInto, read, type Typed } from '../db/query.ts'
import { namesOf, query, slot, toJsonArray } from '../db/statement.ts'
import { rejectedCdr } from '../db/schema.ts'
import { toMilliseconds } from '../db/time.ts'
import { HIGHEST } from './slice.ts'
import { inLists } from './write.ts'

/** A row that was not taken: where it stood, why, and how it came. */
export interface Refused {
  line: number
  detail: string
  text: string
}

/** Older ones make room for newer ones. */
const MOST_KEPT = 10_000

const SHOWN_CHARACTERS = 2000

const SECRET = /("[^"]*(?:passw|secret|token|digest|api_?key)[^"]*"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^",}\]]+)/gi

const withoutSecrets = (text: string) => text.replace(SECRET, '$1"…"')

const INSERT = fixed(() => {
  const { digest, rejectedAt, detail, given } = rejectedCdr
  const columns = [digest, rejectedAt, detail, given]
  const row = commas(columns.map((_, place) => sql`value->>${place}`))
  return sql`${insertInto(rejectedCdr, columns)} select ${row} from ${each()} where true on conflict (${namesOf(digest)}) do nothing`
})

const FORGET = fixed(() => {
  const newest = query.select({ id: max(rejectedCdr.id) }).from(rejectedCdr)
  return query.delete(rejectedCdr).where(sql`${rejectedCdr.id} <= ${newest} - ${MOST_KEPT}`)
})

/** The statements that set rows aside; a row that was set aside before stays as it is. */
export async function setAside(rows: readonly Refused[], atMicroseconds: number): Promise<Typed<unknown>[]> {
  if (rows.length === 0) return []
  const bound = await Promise.all(
    rows.map(async ({ detail, text }) => {
      const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${detail}\n${text}`))
      const shown = withoutSecrets(text.slice(0, SHOWN_CHARACTERS).toWellFormed().replaceAll('\0', '\ufffd'))
      return toJsonArray([Buffer.from(hash, 0, 16).toString('hex'), atMicroseconds, detail, shown])
    }),
  )
  return [...inLists(bound).map((rows) => INSERT(rows)), FORGET()]
}

/** A rejected CDR, as the operator sees it. */
export interface Rejected {
  id: number
  rejected_at: string
  detail: string
  row: string
}

const LIST = fixed(() => {
  const { id, rejectedAt, detail, given } = rejectedCdr
  return query
    .select({ id, rejectedAt, detail, given })
    .from(rejectedCdr)
    .where(lt(id, sql`coalesce(${slot('before')}, ${sql.raw(String(HIGHEST))})`))
    .orderBy(desc(id))
    .limit(slot('limit'))
})

/** Rejected CDRs, the newest first, from below an id on. */
export async function listRejected(database: Database, before: number | null, limit: number): Promise<Rejected[]> {
  const rows = await read(database, LIST({ before, limit }))
  return rows.map(({ id, rejectedAt, detail, given }) => ({ id, rejected_at: toIso(rejectedAt), detail, row: given }))
}

/** ISO 8601 of stored microseconds, to the millisecond. */
export const toIso = (microseconds: number) => new Date(toMilliseconds(microseconds)).toISOString()
