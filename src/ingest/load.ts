// Rows are stored in chunks, each one transaction: a failure of the database leaves whole chunks behind, and sending them again is harmless.
import { inArray, or, sql } from 'drizzle-orm'
import { DatabaseError, type Database } from '../db/database.ts'
import { hashPassword, verifyPassword } from '../db/password.ts'
import { among, asText, fixedFor, read, transact } from '../db/query.ts'
import { query, type Value } from '../db/statement.ts'
import { problems } from '../jsonapi/problem.ts'
import type { Entry } from './body.ts'
import { claimStatements } from './claim.ts'
import { countStatements, type Batch } from './counters.ts'
import { cutTexts, rememberCut } from './cut.ts'
import { makeKnown } from './incoming.ts'
import { setAside, type Refused } from './rejected.ts'
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
  errors: { line: number; detail: string }[]
}

interface Row {
  line: number
  text: string
  values: Values<Value | Password>
}

/** Rows that have been read, and what could not be. `last` is where the last of them stood. */
interface Chunk {
  last: number
  received: number
  rows: Row[]
  refused: Refused[]
}

/** What the database has of the rows that were looked up: digests by key, and ids; both as text, since ids exceed what a double holds. */
interface Stored {
  digests: ReadonlyMap<string, string | null>
  ids: ReadonlySet<string>
}

const CHUNK_ROWS = 2000
/** Hashing a password takes long; what has been hashed is kept soon. */
const CHUNK_PASSWORDS = 100
const CHUNK_CHARACTERS = 8_000_000
const MOST_ERRORS = 100
/** Of one body; a file of something else is not kept row by row. */
const MOST_SET_ASIDE = 1000
const TRIES = 3
const FIRST_WAIT_MILLISECONDS = 100

/** Stores rows of a kind. While the database is at work on a chunk, the next one is read. */
export async function load(kind: Kind, entries: AsyncIterable<readonly Entry[]>, database: Database, batch: Batch): Promise<Outcome> {
  const outcome: Outcome = { received: 0, stored: 0, unchanged: 0, rejected: 0, errors: [] }
  let upTo = 0
  const store = async (chunk: Chunk) => {
    const room = MOST_SET_ASIDE - outcome.rejected
    const { stored, refused } = await insist(() => storeChunk(kind, chunk, database, batch, room)).catch((error: Error) => {
      throw error instanceof DatabaseError && upTo > 0 ? interrupted(upTo, error) : error
    })
    upTo = chunk.last
    outcome.received += chunk.received
    outcome.stored += stored
    outcome.unchanged += chunk.received - stored - refused.length
    outcome.rejected += refused.length
    const told = refused.slice(0, MOST_ERRORS - outcome.errors.length)
    outcome.errors.push(...told.map(({ line, detail }) => ({ line, detail })))
  }
  let storing: Promise<void> = Promise.resolve()
  try {
    for await (const chunk of inChunks(kind, entries)) {
      await storing
      storing = store(chunk)
      // Awaited above or below; this avoids an unhandled rejection until then.
      storing.catch(() => {})
    }
  } finally {
    await storing
  }
  return outcome
}

/** What came before the failure stays. */
const interrupted = (upTo: number, cause: DatabaseError) =>
  Object.assign(problems.unavailable('The database', `All lines or rows up to ${upTo} are stored`), { cause })

/** Repeats what the database refused: every write of this room may be repeated. */
async function insist<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof DatabaseError) || attempt === TRIES) throw error
      const wait = FIRST_WAIT_MILLISECONDS * 3 ** (attempt - 1) * (0.5 + Math.random())
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}

/** Reads rows. If the body breaks, what came before is still told. */
async function* inChunks(kind: Kind, entries: AsyncIterable<readonly Entry[]>): AsyncGenerator<Chunk> {
  let chunk: Chunk = { last: 0, received: 0, rows: [], refused: [] }
  let characters = 0
  const mostRows = kind.digest === undefined ? CHUNK_ROWS : CHUNK_PASSWORDS
  let failure: { error: unknown } | undefined
  try {
    for await (const some of entries) {
      for (const entry of some) {
        take(kind, entry, chunk)
        characters += entry.text.length
        if (chunk.received < mostRows && characters < CHUNK_CHARACTERS) continue
        yield chunk
        chunk = { last: 0, received: 0, rows: [], refused: [] }
        characters = 0
      }
    }
  } catch (error) {
    failure = { error }
  }
  if (chunk.received > 0) yield chunk
  if (failure) throw failure.error
}

function take(kind: Kind, entry: Entry, chunk: Chunk): void {
  const { line, text } = entry
  const values = 'detail' in entry ? entry.detail : readRow(kind, entry.json)
  if (typeof values === 'string') chunk.refused.push({ line, text, detail: values })
  else chunk.rows.push({ line, text, values })
  chunk.received++
  chunk.last = line
}

async function storeChunk(
  kind: Kind,
  chunk: Chunk,
  database: Database,
  batch: Batch,
  room: number,
): Promise<{ stored: number; refused: Refused[] }> {
  const refused = [...chunk.refused]
  const stored = await lookUp(kind, chunk.rows, database)
  const merged = merge(kind, chunk.rows, stored, refused)
  refused.sort((a, b) => a.line - b.line)
  const whole = grantIds(kind, await hashPasswords(kind, merged, stored), stored)
  const settled = whole.map((row) => cutTexts(kind, row))
  const cut = settled.filter((row, at) => row !== whole[at])
  await makeKnown(kind, settled, database)
  const parts = {
    counted: kind.counted && settled.length > 0 ? countStatements(kind, settled, batch) : [],
    upserted: settled.length > 0 ? upsert(kind, settled) : [],
    claimed: claimStatements(kind, settled),
    cut: rememberCut(cut.map((row) => row[kind.key] as Value)),
    rejected: kind.counted ? await setAside(refused.slice(0, Math.max(room, 0)), batch.at) : [],
  }
  if (Object.values(parts).every(({ length }) => length === 0)) return { stored: 0, refused }
  const { upserted } = await transact(database, parts)
  return { stored: upserted.reduce((sum, { changes }) => sum + changes, 0), refused }
}

function keyOf(kind: Kind, values: Values<Value | Password>): string {
  const key = values[kind.key]
  if (key instanceof Password) throw new Error('A password is no key')
  return String(key)
}

const missing = (kind: Kind, values: Values<Value | Password>) =>
  kind.columns.find((column, index) => column.required && values[index] === undefined)

const STORED = fixedFor(({ table, columns, key, wishedId, digest }: Kind) => {
  const named = columns[key]!.column
  const id = columns[wishedId ?? key]!.column
  return query
    .select({
      key: asText<string>(named).as('key'),
      id: asText<string>(id).as('id'),
      digest: sql<string | null>`${digest === undefined ? null : columns[digest]!.column}`.as('digest'),
    })
    .from(table)
    .where(or(inArray(named, among('keys')), inArray(id, among('ids'))))
})

/** Reads what is stored of the rows that cannot be written without knowing it: incomplete ones, passwords, wished ids. */
async function lookUp(kind: Kind, rows: readonly Row[], database: Database): Promise<Stored> {
  const idOf = (values: Values<Value | Password>) => (kind.wishedId === undefined ? undefined : values[kind.wishedId])
  const unclear = rows
    .map(({ values }) => values)
    .filter((values) => idOf(values) !== undefined || missing(kind, values) || values.some((value) => value instanceof Password))
  if (unclear.length === 0) return { digests: new Map(), ids: new Set() }
  const keys = unclear.map((values) => values[kind.key] as Value)
  const ids = unclear.map(idOf).filter((id) => id !== undefined) as Value[]
  const found = await read(database, STORED(kind)({ keys, ids }))
  return { digests: new Map(found.map(({ key, digest }) => [key, digest])), ids: new Set(found.map(({ id }) => id)) }
}

/** Makes rows with the same key one: what the later has wins. Refuses rows that would be new and are incomplete. */
function merge(kind: Kind, rows: readonly Row[], stored: Stored, refused: Refused[]): Map<string, Values<Value | Password>> {
  const merged = new Map<string, Values<Value | Password>>()
  for (const { line, text, values } of rows) {
    const key = keyOf(kind, values)
    const earlier = merged.get(key)
    const lacking = earlier || stored.digests.has(key) ? undefined : missing(kind, values)
    if (lacking) refused.push({ line, text, detail: `${lacking.name} is missing, and there is no such row yet.` })
    else merged.set(key, earlier ? values.map((value, index) => (value === undefined ? earlier[index] : value)) : values)
  }
  return merged
}

/** Turns passwords into digests; the stored digest stays if it is the password's. */
async function hashPasswords(kind: Kind, rows: ReadonlyMap<string, Values<Value | Password>>, stored: Stored): Promise<Values[]> {
  const { digest } = kind
  if (digest === undefined) return [...rows.values()] as Values[]
  const hashed: Values[] = []
  for (const [key, values] of rows) {
    const password = values[digest]
    hashed.push((password instanceof Password ? values.with(digest, await digestOf(password, stored.digests.get(key))) : values) as Values)
  }
  return hashed
}

async function digestOf({ text }: Password, kept: string | null | undefined): Promise<string> {
  return typeof kept === 'string' && (await verifyPassword(text, kept)) ? kept : hashPassword(text)
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
