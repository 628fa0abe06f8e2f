// CDRs that can never be stored do not hold up those behind them: they are set aside, with the reason, for the operator to look at.
import { Buffer } from 'node:buffer'
import type { Cell, Database } from '../db/database.ts'
import { toJsonArray, type Statement } from '../db/statement.ts'
import { toMilliseconds } from '../db/time.ts'
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

const INSERT = [
  'INSERT INTO rejected_cdrs (digest, rejected_at, detail, given)',
  'SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?1) WHERE true ON CONFLICT (digest) DO NOTHING',
].join(' ')

const FORGET = 'DELETE FROM rejected_cdrs WHERE id <= (SELECT max(id) FROM rejected_cdrs) - ?1->>0'

/** The statements that set rows aside; a row that was set aside before stays as it is. */
export async function setAside(rows: readonly Refused[], atMicroseconds: number): Promise<Statement[]> {
  if (rows.length === 0) return []
  const bound = await Promise.all(
    rows.map(async ({ detail, text }) => {
      const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${detail}\n${text}`))
      const shown = withoutSecrets(text.slice(0, SHOWN_CHARACTERS).toWellFormed().replaceAll('\0', '\ufffd'))
      return toJsonArray([Buffer.from(hash, 0, 16).toString('hex'), atMicroseconds, detail, shown])
    }),
  )
  return [...inLists(bound).map((values) => ({ sql: INSERT, values })), { sql: FORGET, values: `[${MOST_KEPT}]` }]
}

/** A rejected CDR, as the operator sees it. */
export interface Rejected {
  id: number
  rejected_at: string
  detail: string
  row: string
}

const LIST = [
  'SELECT id, rejected_at, detail, given FROM rejected_cdrs',
  'WHERE id < coalesce(?1->>0, 9223372036854775807) ORDER BY id DESC LIMIT (?1->>1)',
].join(' ')

/** Rejected CDRs, the newest first, from below an id on. */
export async function listRejected(database: Database, before: number | null, limit: number): Promise<Rejected[]> {
  const rows = await database.rows({ sql: LIST, values: toJsonArray([before, limit]) })
  return rows.map(([id, at, detail, row]) => ({
    id: Number(id),
    rejected_at: toIso(at!) as string,
    detail: String(detail),
    row: String(row),
  }))
}

/** ISO 8601 of stored microseconds, to the millisecond. */
export const toIso = (microseconds: Cell) => (microseconds === null ? null : new Date(toMilliseconds(Number(microseconds))).toISOString())
