// Old CDRs are deleted by going through all of them by id, a slice at a time: there is no index by time alone, and each index is paid for
// with every CDR. Where a run ends the next one goes on; after the last CDR it is the turn of the first again.
import { and, asc, count, eq, gte, inArray, lt, sql } from 'drizzle-orm'
import { Database } from '../db/database.ts'
import { asText, fixed, read, setTo, transact } from '../db/query.ts'
import { query, slot } from '../db/statement.ts'
import { cdr, cutCdr, ingestState, rejectedCdr } from '../db/schema.ts'
import { DAY_MILLISECONDS } from '../db/time.ts'
import { addUp, allCounters, counted, countsOf, isBehindRecount } from './counters.ts'
import { inSlice, LOWEST } from './slice.ts'

const SLICE_ROWS = 5000
const SLICES = 40

/** Deletes CDRs that began more than so many days ago, and with them what they counted; 0 keeps all. */
export async function deleteOldCdrs(env: Env, days: number, nowMilliseconds: number): Promise<void> {
  if (days === 0) return
  const before = Math.floor(nowMilliseconds - days * DAY_MILLISECONDS) * 1000
  const database = new Database(env.DB, false)
  await transact(database, { forgotten: FORGET_REJECTED({ before }) })
  for (let slice = 0; slice < SLICES; slice++) if (!(await deleteSlice(database, before))) return
}

const FORGET_REJECTED = fixed(() => query.delete(rejectedCdr).where(sql`${rejectedCdr.rejectedAt} < ${slot('before')}`))

const LOOK = fixed(() => {
  const sweepFrom = query.select({ from: ingestState.sweepFrom }).from(ingestState)
  const { id, timeStart } = cdr
  const from = sql`coalesce(${sweepFrom}, ${sql.raw(String(LOWEST))})`
  const slice = query.select({ id, timeStart }).from(cdr).where(gte(id, from)).orderBy(asc(id)).limit(SLICE_ROWS).as('slice')
  return query
    .select({
      first: asText<string | null>(sql`min(${slice.id})`),
      last: asText<string | null>(sql`max(${slice.id})`),
      old: sql<number>`coalesce(sum(${slice.timeStart} < ${slot('before')}), 0)`,
    })
    .from(slice)
})

const old = and(inSlice, lt(cdr.timeStart, slot('before')))

const UNCOUNT = [
  ...allCounters.map((counters) => fixed(() => addUp(counters, countsOf(counters, query.select(counted).from(cdr).where(old), '-')))),
  fixed(() => {
    const { cdrs, recountSpoiled } = ingestState
    const olds = query.select({ n: count() }).from(cdr).where(old)
    const spoiled = sql`${recountSpoiled} or ${isBehindRecount(slot('first'))}`
    return query.update(ingestState).set({ cdrs: sql`${cdrs} - ${olds}`, recountSpoiled: spoiled })
  }),
]

const DELETE = [
  fixed(() => query.delete(cutCdr).where(inArray(cutCdr.id, query.select({ id: cdr.id }).from(cdr).where(old)))),
  fixed(() => query.delete(cdr).where(old)),
]

/** Counters that have come down to nothing. */
const DROP_EMPTY = allCounters.map((counters) => fixed(() => query.delete(counters).where(eq(counters.n, 0))))

const SWEEP_FROM = fixed(() => query.update(ingestState).set({ sweepFrom: setTo('from') }))

/** Deletes what is old in the next slice; false after the last. */
async function deleteSlice(database: Database, before: number): Promise<boolean> {
  const [slice] = await read(database, LOOK({ before }))
  if (!slice || slice.first === null || slice.last === null) {
    await transact(database, { dropped: DROP_EMPTY.map((drop) => drop()), restarted: SWEEP_FROM({ from: null }) })
    return false
  }
  const [first, last] = [BigInt(slice.first), BigInt(slice.last)]
  const deletion = slice.old === 0 ? [] : [...UNCOUNT, ...DELETE].map((statement) => statement({ first, last, before }))
  await transact(database, { deletion, advanced: SWEEP_FROM({ from: last + 1n }) })
  return true
}
