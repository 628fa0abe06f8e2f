// Counters can be counted anew from the CDRs, a slice of ids with each request, and held against those that were kept. The sum so far stands
// beside them as sides 2 and 3. CDRs that come in meanwhile have higher ids and are met later; if one that was counted already may have
// changed, the recount begins again. So what it tells in the end, in one transaction with the last slice, is exact while CDRs come in.
import type { Database } from '../db/database.ts'
import { toJsonArray, type Statement, type Value } from '../db/statement.ts'
import { accountCounters, addUp, allCounters, countsOf, ownerCounters, type Counters } from './counters.ts'
import { HAS_WRONG_MARK, makeAllKnown } from './incoming.ts'
import { endOfSlice, HIGHEST, LOWEST } from './slice.ts'

const SLICE_ROWS = 20_000
const SLICES = 5
const MOST_EXAMPLES = 20

/** A cell whose counter is not what its CDRs say. */
interface WrongCell {
  side: number
  owner_id: number
  account_id: number | null
  unit: number
  start: number
  counted: number
  recounted: number
}

/** How far a recount is, and at its end what it found. */
export type Recount =
  | { done: false; recounted: number; restarted: boolean }
  | { done: true; recounted: number; wrong: number; wrong_marks: number; repaired: boolean; examples: WrongCell[] }

interface Progress {
  from: bigint
  recounted: number
  /** Whether marks are set right on the way. */
  repairs: boolean
}

/**
 * Goes on with the recount, or begins one; at its end tells the wrong counters, and sets them right if asked to. It looks at the marks of CDRs
 * that vendors find them by (`incoming.ts`) as well, and sets those right on the way: so one that is of the other kind begins anew.
 */
export async function recount(database: Database, repair: boolean): Promise<Recount> {
  const state = await readState(database)
  const fits = typeof state !== 'string' && state.repairs === repair
  const restarted = !fits && state !== 'idle'
  let progress = fits ? state : await begin(database, repair)
  for (let slice = 0; slice < SLICES; slice++) {
    const last = await endOfSlice(database, progress.from, SLICE_ROWS)
    if (last === undefined) return finish(database, progress, repair)
    await addSlice(database, progress.from, last)
    const now = await readState(database)
    if (typeof now === 'string') return { done: false, recounted: 0, restarted: true }
    progress = now
  }
  return { done: false, recounted: progress.recounted, restarted }
}

async function readState(database: Database): Promise<Progress | 'idle' | 'spoiled'> {
  const sql =
    'SELECT CAST(recount_from AS TEXT) AS recount_from, recounted, recount_spoiled, recount_repairs FROM ingest_state WHERE ?1 IS NOT NULL'
  const [row = []] = await database.rows({ sql, values: '[]' })
  const [from, recounted, spoiled, repairs] = row
  if (typeof from !== 'string') return 'idle'
  return spoiled === 1 ? 'spoiled' : { from: BigInt(from), recounted: Number(recounted), repairs: repairs === 1 }
}

const BEGIN =
  'UPDATE ingest_state SET recount_from = ?1->>0, recounted = 0, recount_spoiled = 0, recount_repairs = ?1->>1, recount_wrong_marks = 0'

async function begin(database: Database, repair: boolean): Promise<Progress> {
  await database.write([
    ...clear('?1 IS NOT NULL', '[]'),
    ...(repair ? [makeAllKnown] : []),
    { sql: BEGIN, values: toJsonArray([LOWEST, repair ? 1 : 0]) },
  ])
  return { from: LOWEST, recounted: 0, repairs: repair }
}

const clear = (condition: string, values: string): Statement[] =>
  allCounters.map(({ table }) => ({ sql: `DELETE FROM ${table} WHERE side > 1 AND ${condition}`, values }))

/** Whether the recount is still where it was: another request may have gone on with it. */
const UNDISTURBED = '(SELECT recount_from IS ?1->>0 AND NOT recount_spoiled FROM ingest_state)'

const SLICE = 'id BETWEEN ?1->>0 AND ?1->>1'

/** The sum of a slice, to be added to sides 2 and 3. */
const sumSlice = (counters: Counters) => {
  const names = counters.names.map((name) => (name === 'side' ? 'side + 2 AS side' : name)).join(', ')
  return addUp(counters, `SELECT ${names}, n FROM (${countsOf(counters, `(SELECT * FROM cdrs WHERE ${SLICE} AND ${UNDISTURBED})`)})`)
}

const REPAIRS = '(SELECT recount_repairs FROM ingest_state)'

/** What is done with each slice, while `recount_from` is where it begins. */
const ADD_SLICE = [
  [
    `UPDATE ingest_state SET recounted = recounted + (SELECT count(*) FROM cdrs WHERE ${SLICE}),`,
    `recount_wrong_marks = recount_wrong_marks + (SELECT count(*) FROM cdrs WHERE ${SLICE} AND ${HAS_WRONG_MARK}) WHERE ${UNDISTURBED}`,
  ].join(' '),
  ...allCounters.map(sumSlice),
  [`UPDATE cdrs SET is_incoming = NOT is_incoming WHERE ${SLICE} AND ${HAS_WRONG_MARK} AND ${UNDISTURBED}`, `AND ${REPAIRS}`].join(' '),
  // The CDRs of vendors that were marked up to this slice are now marked to its end.
  [
    `UPDATE incoming_vendors SET unmarked_from = CASE WHEN ?1->>1 < ${HIGHEST} THEN (?1->>1) + 1 END`,
    `WHERE unmarked_from BETWEEN ?1->>0 AND ?1->>1 AND ${UNDISTURBED} AND ${REPAIRS}`,
  ].join(' '),
]

async function addSlice(database: Database, from: bigint, last: bigint): Promise<void> {
  const values = toJsonArray([from, last, last + 1n])
  const advance = `UPDATE ingest_state SET recount_from = ?1->>2 WHERE ${UNDISTURBED}`
  await database.write([...ADD_SLICE, advance].map((sql) => ({ sql, values })))
}

/** The cells in which what was kept and what was recounted differ. */
const differences = ({ table, names }: Counters) => {
  const [, ...others] = names
  const cell = ['side', ...others].join(', ')
  const both = `SELECT side % 2 AS side, ${others.join(', ')}, iif(side < 2, n, 0) AS kept, iif(side < 2, 0, n) AS found FROM ${table}`
  return `SELECT ${cell}, sum(kept) AS counted, sum(found) AS recounted FROM (${both} WHERE ${UNDISTURBED}) GROUP BY ${cell} HAVING sum(kept) <> sum(found)`
}

const TELL = [ownerCounters, accountCounters].map(
  (counters) => `SELECT *, count(*) OVER () AS cells FROM (${differences(counters)}) LIMIT ${MOST_EXAMPLES}`,
)

const CORRECT = [ownerCounters, accountCounters].map((counters) =>
  addUp(counters, `SELECT ${counters.names.join(', ')}, recounted - counted AS n FROM (${differences(counters)})`),
)

/** Counts the last slice, compares and clears away, all at once. */
async function finish(database: Database, { from }: Progress, repair: boolean): Promise<Recount> {
  const values = toJsonArray([from, HIGHEST])
  const told = `SELECT cdrs AS counted, recounted, recount_wrong_marks FROM ingest_state WHERE ${UNDISTURBED}`
  const ended = `UPDATE ingest_state SET ${repair ? 'cdrs = recounted, ' : ''}recount_from = NULL WHERE ${UNDISTURBED}`
  const statements = [...ADD_SLICE, told, ...TELL, ...(repair ? CORRECT : []), ...clear(UNDISTURBED, values).map(({ sql }) => sql), ended]
  const results = await database.write(statements.map((sql) => ({ sql, values })))
  const [total] = results[ADD_SLICE.length]!.rows
  if (!total) return { done: false, recounted: 0, restarted: true }
  const differing = results.slice(ADD_SLICE.length + 1, ADD_SLICE.length + 1 + TELL.length)
  const wrong = differing.flatMap(({ rows }) => rows)
  const totalWrong = total['counted'] === total['recounted'] ? 0 : 1
  const cells = differing.map(({ rows }) => Number(rows[0]?.['cells'] ?? 0))
  return {
    done: true,
    recounted: Number(total['recounted']),
    wrong: cells.reduce((sum, one) => sum + one, totalWrong),
    wrong_marks: Number(total['recount_wrong_marks']),
    repaired: repair,
    examples: wrong.map(toCell),
  }
}

const toCell = (row: Record<string, Value>): WrongCell => ({
  side: Number(row['side']),
  owner_id: Number(row['owner_id']),
  account_id: row['account_id'] === undefined ? null : Number(row['account_id']),
  unit: Number(row['unit']),
  start: Number(row['start']),
  counted: Number(row['counted']),
  recounted: Number(row['recounted']),
})
