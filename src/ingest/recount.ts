// Counters can be counted anew from the CDRs, a slice of ids with each request, and held against those that were kept. The sum so far stands
// beside them as sides 2 and 3. CDRs that come in meanwhile have higher ids and are met later; if one that was counted already may have
// changed, the recount begins again. So what it tells in the end, in one transaction with the last slice, is exact while CDRs come in.
import { and, between, count, gt, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { asText, commas, fixed, read, setTo, transact } from '../db/query.ts'
import { namesOf, query, slot } from '../db/statement.ts'
import { cdr, incomingVendor, ingestState } from '../db/schema.ts'
import { addUp, allCounters, cellOf, counted, countsOf, type Counters } from './counters.ts'
import { hasWrongMark, MAKE_ALL_KNOWN } from './incoming.ts'
import { endOfSlice, HIGHEST, inSlice, LOWEST } from './slice.ts'

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

const { cdrs, recountFrom, recounted, recountSpoiled, recountRepairs, recountWrongMarks } = ingestState

const STATE = fixed(() =>
  query.select({ from: asText<string | null>(recountFrom), recounted, spoiled: recountSpoiled, repairs: recountRepairs }).from(ingestState),
)

async function readState(database: Database): Promise<Progress | 'idle' | 'spoiled'> {
  const [state] = await read(database, STATE())
  if (!state || state.from === null) return 'idle'
  return state.spoiled === 1 ? 'spoiled' : { from: BigInt(state.from), recounted: state.recounted, repairs: state.repairs === 1 }
}

const BEGIN = fixed(() =>
  query.update(ingestState).set({
    recountFrom: setTo('from'),
    recounted: 0,
    recountSpoiled: 0,
    recountRepairs: setTo('repairs'),
    recountWrongMarks: 0,
  }),
)

async function begin(database: Database, repair: boolean): Promise<Progress> {
  await transact(database, {
    cleared: CLEAR.map((clear) => clear()),
    known: repair ? [MAKE_ALL_KNOWN({ from: LOWEST })] : [],
    begun: BEGIN({ from: LOWEST, repairs: repair ? 1 : 0 }),
  })
  return { from: LOWEST, recounted: 0, repairs: repair }
}

/** The same statement for each table of counters. */
const ofEach = <Query extends SQLWrapper>(build: (counters: Counters) => Query) =>
  allCounters.map((counters) => fixed(() => build(counters)))

/** Whether the recount is still where it was: another request may have gone on with it. */
const undisturbed = sql`(select ${recountFrom} is ${slot('first')} and not ${recountSpoiled} from ${ingestState})`

const clear = (condition?: SQL) => ofEach((counters) => query.delete(counters).where(and(gt(counters.side, 1), condition)))

const CLEAR = clear()
const CLEAR_AT_END = clear(undisturbed)

const countOf = (condition?: SQL) => query.select({ n: count() }).from(cdr).where(and(inSlice, condition))

const COUNT = fixed(() =>
  query
    .update(ingestState)
    .set({ recounted: sql`${recounted} + ${countOf()}`, recountWrongMarks: sql`${recountWrongMarks} + ${countOf(hasWrongMark())}` })
    .where(undisturbed),
)

/** Adds the sum of a slice to sides 2 and 3. */
const SUM = ofEach((counters) => {
  const rows = query.select(counted).from(cdr).where(and(inSlice, undisturbed))
  const [side, ...others] = cellOf(counters)
  return addUp(
    counters,
    sql`select ${namesOf(side!)} + 2 as ${namesOf(side!)}, ${namesOf(...others, counters.n)} from (${countsOf(counters, rows)})`,
  )
})

const repairs = sql`(select ${recountRepairs} from ${ingestState})`

const SET_MARKS = fixed(() =>
  query
    .update(cdr)
    .set({ isIncoming: sql`not ${cdr.isIncoming}` })
    .where(and(inSlice, hasWrongMark(), undisturbed, repairs)),
)

/** The CDRs of vendors that were marked up to this slice are now marked to its end. */
const ADVANCE_MARKED = fixed(() =>
  query
    .update(incomingVendor)
    .set({ unmarkedFrom: sql`case when ${slot('last')} < ${sql.raw(String(HIGHEST))} then ${slot('last')} + 1 end` })
    .where(and(between(incomingVendor.unmarkedFrom, slot('first'), slot('last')), undisturbed, repairs)),
)

/** What is done with each slice, while `recountFrom` is where it begins. */
function slice(first: bigint, last: bigint) {
  const values = { first, last }
  return { slice: [COUNT(values), ...SUM.map((sum) => sum(values)), SET_MARKS(values), ADVANCE_MARKED(values)] }
}

const ADVANCE = fixed(() =>
  query
    .update(ingestState)
    .set({ recountFrom: setTo('next') })
    .where(undisturbed),
)

const addSlice = (database: Database, first: bigint, last: bigint) =>
  transact(database, { ...slice(first, last), advanced: ADVANCE({ first, next: last + 1n }) })

/** The cells in which what was kept and what was recounted differ. */
const differences = (counters: Counters) => {
  const { side, n } = counters
  const cell = cellOf(counters)
  const sums = sql`sum(iif(${side} < 2, ${n}, 0)) as counted, sum(iif(${side} < 2, 0, ${n})) as recounted`
  const names = commas(cell.map((column) => (column === side ? sql`${side} % 2 as ${namesOf(side)}` : namesOf(column))))
  const places = sql.raw(cell.map((_, at) => at + 1).join(', '))
  return sql`(select ${names}, ${sums} from ${counters} where ${undisturbed} group by ${places} having counted <> recounted)`
}

const TOTAL = fixed(() => query.select({ cdrs, recounted, wrongMarks: recountWrongMarks }).from(ingestState).where(undisturbed))

const TELL = ofEach((counters) =>
  query
    .select({
      side: sql<number>`${namesOf(counters.side)}`,
      owner_id: sql<number>`${namesOf(counters.ownerId)}`,
      account_id: 'accountId' in counters ? sql<number>`${namesOf(counters.accountId)}` : sql<null>`null`,
      unit: sql<number>`${namesOf(counters.unit)}`,
      start: sql<number>`${namesOf(counters.start)}`,
      counted: sql<number>`counted`,
      recounted: sql<number>`recounted`,
      cells: sql<number>`count(*) over ()`,
    })
    .from(differences(counters))
    .limit(MOST_EXAMPLES),
)

const CORRECT = ofEach((counters) =>
  addUp(counters, sql`select ${namesOf(...cellOf(counters))}, recounted - counted as ${namesOf(counters.n)} from ${differences(counters)}`),
)

const end = (repair: boolean) =>
  fixed(() =>
    query
      .update(ingestState)
      .set({ recountFrom: null, cdrs: repair ? recounted : undefined })
      .where(undisturbed),
  )

const END = end(false)
const END_REPAIRED = end(true)

/** Counts the last slice, compares and clears away, all at once. */
async function finish(database: Database, { from: first }: Progress, repair: boolean): Promise<Recount> {
  const { total, told } = await transact(database, {
    ...slice(first, HIGHEST),
    total: TOTAL({ first }),
    told: TELL.map((tell) => tell({ first })),
    corrected: repair ? CORRECT.map((correct) => correct({ first })) : [],
    cleared: CLEAR_AT_END.map((clear) => clear({ first })),
    ended: (repair ? END_REPAIRED : END)({ first }),
  })
  const [totals] = total.rows
  if (!totals) return { done: false, recounted: 0, restarted: true }
  const totalWrong = totals.cdrs === totals.recounted ? 0 : 1
  return {
    done: true,
    recounted: totals.recounted,
    wrong: told.reduce((sum, { rows }) => sum + (rows[0]?.cells ?? 0), totalWrong),
    wrong_marks: totals.wrongMarks,
    repaired: repair,
    examples: told.flatMap(({ rows }) => rows.map(({ cells: _cells, ...cell }) => cell)),
  }
}
