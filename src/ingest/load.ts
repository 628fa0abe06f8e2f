// Rows are stored in chunks, each one transaction: a failure of the database leaves whole chunks behind, and sending them again is harmless.
import type { Database } from '../db/database.ts'
import { hashPassword, verifyPassword } from '../db/password.ts'
import { toJsonArray, type Value } from '../db/statement.ts'
import type { Entry } from './body.ts'
import { Password, readRow, type Kind, type Values } from './schema.ts'
import { upsert } from './write.ts'

/** What became of the rows: `received` is the sum of the other counts. */
export interface Outcome {
  received: number
  /** New, or changed. */
  stored: number
  /** Stored already as they came, or overtaken by a later row of the same chunk. */
  unchanged: number
  rejected: number
  errors: Refusal[]
}

interface Refusal {
  line: number
  detail: string
}

interface Row {
  line: number
  values: Values<Value | Password>
}

/** What the database has of the rows that were looked up: digests by key, and ids; both as text, since ids exceed what a double holds. */
interface Stored {
  digests: ReadonlyMap<string, string | null>
  ids: ReadonlySet<string>
}

const CHUNK_ROWS = 1000
const MOST_ERRORS = 100

/** Stores rows of a kind. */
export async function load(kind: Kind, entries: Iterable<Entry>, database: Database): Promise<Outcome> {
  const outcome: Outcome = { received: 0, stored: 0, unchanged: 0, rejected: 0, errors: [] }
  for (const chunk of inChunks(entries)) {
    const { stored, refused } = await loadChunk(kind, chunk, database)
    outcome.received += chunk.length
    outcome.stored += stored
    outcome.unchanged += chunk.length - stored - refused.length
    outcome.rejected += refused.length
    outcome.errors.push(...refused.slice(0, MOST_ERRORS - outcome.errors.length))
  }
  return outcome
}

function* inChunks(entries: Iterable<Entry>): Generator<Entry[]> {
  let chunk: Entry[] = []
  for (const entry of entries) {
    chunk.push(entry)
    if (chunk.length < CHUNK_ROWS) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

async function loadChunk(kind: Kind, chunk: readonly Entry[], database: Database): Promise<{ stored: number; refused: Refusal[] }> {
  const refused: Refusal[] = []
  const rows: Row[] = []
  for (const entry of chunk) {
    const values = 'detail' in entry ? entry.detail : readRow(kind, entry.json)
    if (typeof values === 'string') refused.push({ line: entry.line, detail: values })
    else rows.push({ line: entry.line, values })
  }
  const stored = await lookUp(kind, rows, database)
  const merged = merge(kind, rows, stored, refused)
  refused.sort((a, b) => a.line - b.line)
  if (merged.size === 0) return { stored: 0, refused }
  const settled = grantIds(kind, await hashPasswords(kind, merged, stored), stored)
  const results = await database.write(upsert(kind, settled))
  return { stored: results.reduce((sum, { changes }) => sum + changes, 0), refused }
}

function keyOf(kind: Kind, values: Values<Value | Password>): string {
  const key = values[kind.key]
  if (key instanceof Password) throw new Error('A password is no key')
  return String(key)
}

const missing = (kind: Kind, values: Values<Value | Password>) =>
  kind.columns.find((column, index) => column.required && values[index] === undefined)

/** Reads what is stored of the rows that cannot be written without knowing it: incomplete ones, passwords, wished ids. */
async function lookUp(kind: Kind, rows: readonly Row[], database: Database): Promise<Stored> {
  const { table, columns, key, wishedId, digest } = kind
  const idOf = (values: Values<Value | Password>) => (wishedId === undefined ? undefined : values[wishedId])
  const unclear = rows
    .map(({ values }) => values)
    .filter((values) => idOf(values) !== undefined || missing(kind, values) || values.some((value) => value instanceof Password))
  if (unclear.length === 0) return { digests: new Map(), ids: new Set() }
  const keys = unclear.map((values) => values[key] as Value)
  const ids = unclear.flatMap((values) => (idOf(values) === undefined ? [] : [idOf(values) as Value]))
  const keyName = columns[key]!.name
  const found = await database.rows({
    sql: [
      `SELECT CAST(${keyName} AS TEXT) AS key, CAST(id AS TEXT) AS id, ${digest === undefined ? 'NULL' : columns[digest]!.name} AS digest`,
      `FROM ${table} WHERE ${keyName} IN (SELECT value FROM json_each(?1->0)) OR id IN (SELECT value FROM json_each(?1->1))`,
    ].join(' '),
    values: `[${toJsonArray(keys)},${toJsonArray(ids)}]`,
  })
  return {
    digests: new Map(found.map(([foundKey, , foundDigest]) => [String(foundKey), foundDigest as string | null])),
    ids: new Set(found.map(([, id]) => String(id))),
  }
}

/** Makes rows with the same key one: what the later has wins. Refuses rows that would be new and are incomplete. */
function merge(kind: Kind, rows: readonly Row[], stored: Stored, refused: Refusal[]): Map<string, Values<Value | Password>> {
  const merged = new Map<string, Values<Value | Password>>()
  for (const { line, values } of rows) {
    const key = keyOf(kind, values)
    const earlier = merged.get(key)
    const lacking = earlier || stored.digests.has(key) ? undefined : missing(kind, values)
    if (lacking) refused.push({ line, detail: `${lacking.name} is missing, and there is no such row yet.` })
    else merged.set(key, earlier ? values.map((value, index) => (value === undefined ? earlier[index] : value)) : values)
  }
  return merged
}

/** Turns passwords into digests; the stored digest stays if it is the password's. */
async function hashPasswords(kind: Kind, rows: ReadonlyMap<string, Values<Value | Password>>, stored: Stored): Promise<Values[]> {
  const hashed: Values[] = []
  for (const [key, values] of rows) {
    const password = kind.digest === undefined ? undefined : values[kind.digest]
    if (password instanceof Password) {
      const kept = stored.digests.get(key)
      const matches = typeof kept === 'string' && (await verifyPassword(password.text, kept))
      values[kind.digest!] = matches ? kept : await hashPassword(password.text)
    }
    hashed.push(values as Values)
  }
  return hashed
}

/** Lets new rows have the ids they wish for, if they are free. Those that let the database choose come last, so it chooses none that is wished for. */
function grantIds(kind: Kind, rows: Values[], stored: Stored): Values[] {
  const { wishedId } = kind
  if (wishedId === undefined) return rows
  const taken = new Set(stored.ids)
  const granted: Values[] = []
  const others: Values[] = []
  for (const values of rows) {
    const id = String(values[wishedId])
    if (values[wishedId] === undefined || taken.has(id) || stored.digests.has(keyOf(kind, values))) {
      others.push(values.with(wishedId, undefined))
    } else {
      taken.add(id)
      granted.push(values)
    }
  }
  return [...granted, ...others]
}
