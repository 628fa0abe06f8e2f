// How many CDRs there are of each owner, by hours and days, is kept by statements that stand in the same transaction as the change itself, before
// it: what the rows count now is taken off, what they will count is added, one figure a cell. Where the two are the same nothing is written, so
// a row sent twice changes nothing, and neither the order of batches nor their repetition matters.
import { and, eq, getTableColumns, gt, isNotNull, or, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { commas, each, excluded, fixed, given, item, type Typed } from '../db/query.ts'
import { accountCounter, cdr, ingestState, ownerCounter } from '../db/schema.ts'
import { nameOf, namesOf, query, slot, type Bound, type Value } from '../db/statement.ts'
import { DAY_MICROSECONDS, HOUR_MICROSECONDS } from '../db/time.ts'
import type { Kind, Values } from './schema.ts'

const { customerId, customerAccId, vendorId, vendorAccId, isLastCdr, timeStart } = cdr

/** The columns that decide where a CDR is counted. */
export const counted = { customerId, customerAccId, vendorId, vendorAccId, isLastCdr, timeStart }

const COUNTED: readonly SQLiteColumn[] = Object.values(counted)

/** A table of counters. */
export type Counters = typeof ownerCounter | typeof accountCounter

export const allCounters: readonly Counters[] = [ownerCounter, accountCounter]

/** The columns that make a cell of counters: all but the figure, which is the last. */
export const cellOf = (counters: Counters): SQLiteColumn[] => Object.values<SQLiteColumn>(getTableColumns(counters)).slice(0, -1)

/** The two sides and two units by which a CDR is counted. */
const CELLS = sql.raw(
  `(select 0 as side, 0 as unit, ${HOUR_MICROSECONDS} as span union all select 0, 1, ${DAY_MICROSECONDS} union all select 1, 0, ${HOUR_MICROSECONDS} union all select 1, 1, ${DAY_MICROSECONDS})`,
)

const ofSide = (customer: SQLiteColumn, vendor: SQLiteColumn) => sql`iif(cell.side = 0, ${namesOf(customer)}, ${namesOf(vendor)})`

/** What a CDR has in the columns of a cell. */
const CELL = new Map<SQLiteColumn, SQL>(
  allCounters.flatMap((counters) => [
    [counters.side, sql`cell.side`],
    [counters.ownerId, ofSide(customerId, vendorId)],
    [counters.unit, sql`cell.unit`],
    // Division cuts towards zero; an hour before 1970 begins before it.
    [counters.start, sql`${namesOf(timeStart)} / span - (${namesOf(timeStart)} % span < 0)`],
  ]),
).set(accountCounter.accountId, ofSide(customerAccId, vendorAccId))

/** What rows count: a cell and its figure in each row. The rows are a query that selects `counted`. */
export function countsOf(counters: Counters, rows: SQLWrapper, sign: '' | '-' = ''): SQL {
  const cell = cellOf(counters)
  const values = commas(cell.map((column) => sql`${CELL.get(column)} as ${namesOf(column)}`))
  const figure = sql`${sql.raw(sign)}count(*) as ${namesOf(counters.n)}`
  const owners = 'accountId' in counters ? [counters.ownerId, counters.accountId] : [counters.ownerId]
  const owned = and(...owners.map((owner) => isNotNull(namesOf(owner))))
  return sql`select ${values}, ${figure} from ${rows} as counted cross join ${CELLS} as cell where cell.side = 1 or ${namesOf(isLastCdr)} = 1 group by ${namesOf(...cell)} having ${owned}`
}

/** Adds figures to counters. The figures are a query that has a cell and `n` in each row. */
export function addUp(counters: Counters, figures: SQLWrapper): SQLWrapper {
  const cell = cellOf(counters)
  const names = namesOf(...cell)
  const sum = sql`sum(${namesOf(counters.n)})`
  return query
    .insert(counters)
    .select(sql`select ${names}, ${sum} from (${figures}) group by ${names} having ${sum} <> 0`)
    .onConflictDoUpdate({ target: cell, set: { n: sql`${counters.n} + ${excluded(counters.n)}` } })
}

/** Those of the rows that are stored: `ids` names them all. */
const stored = () => query.select(counted).from(each('ids')).innerJoin(cdr, eq(cdr.id, item))

/** Rows that leave out a counted column, with what is stored in its place. */
const patched = () => {
  const columns = COUNTED.map((column) => sql`iif(${given(column).isMissing}, ${column}, ${given(column).value}) as ${namesOf(column)}`)
  return sql`(select ${commas(columns)} from ${each('patches')} left join ${cdr} on ${cdr.id} = ${given(cdr.id).value})`
}

/** Counts rows anew in a table; `list` has the figures of those that are whole. */
const recount = (counters: Counters, list: string) => {
  const figures = sql`select ${commas([...cellOf(counters), counters.n].map((column, at) => sql`value->>${at} as ${namesOf(column)}`))} from ${each(list)}`
  return addUp(counters, sql.join([figures, countsOf(counters, stored(), '-'), countsOf(counters, patched())], sql` union all `))
}

const RECOUNT = [fixed(() => recount(ownerCounter, 'owners')), fixed(() => recount(accountCounter, 'accounts'))]

/** Whether a recount has passed an id, which spoils it. */
export const isBehindRecount = (id: SQLWrapper): SQL => sql`coalesce(${id} < ${ingestState.recountFrom}, 0)`

/** Counts all CDRs, remembers when the last new ones came, and tells a recount under way that it may have to begin again. */
const KEEP_STATE = fixed(() => {
  const { cdrs, lastBatchAt, lastBatchId, lastBatchCdrs, recountSpoiled } = ingestState
  const n = sql<number>`json_array_length(?1, '$.ids') - count(*)`.as('n')
  const fresh = query.select({ n }).from(each('ids')).innerJoin(cdr, eq(cdr.id, item)).as('fresh')
  const ifFresh = (then: SQLWrapper, otherwise: SQLWrapper) => sql`iif(${fresh.n} > 0, ${then}, ${otherwise})`
  const spoils = isBehindRecount(slot('lowest'))
  return query
    .update(ingestState)
    .set({
      cdrs: sql`${cdrs} + ${fresh.n}`,
      lastBatchAt: ifFresh(slot('at'), lastBatchAt),
      lastBatchId: ifFresh(slot('batch'), lastBatchId),
      lastBatchCdrs: ifFresh(fresh.n, lastBatchCdrs),
      recountSpoiled: sql`${recountSpoiled} or ${spoils}`,
    })
    .from(fresh)
    .where(or(gt(fresh.n, 0), and(spoils, sql`not ${recountSpoiled}`)))
})

/** When a batch came, in microseconds, and the number that Yeti gave it. */
export interface Batch {
  at: number
  id: number | null
}

/** The statements that keep the counters of CDRs which are about to be stored, no two with the same id. They stand before those that store. */
export function countStatements(kind: Kind, rows: readonly Values[], batch: Batch): Typed<unknown>[] {
  const names = COUNTED.map(nameOf)
  const places = names.map((name) => kind.columns.findIndex((column) => column.name === name))
  const [whole, patches] = [[], []] as [Values[], Bound[]]
  for (const row of rows) {
    const values = places.map((place) => row[place])
    if (!values.includes(undefined)) whole.push(values)
    else
      patches.push({
        id: row[kind.key]!,
        ...Object.fromEntries(names.flatMap((name, at) => (values[at] === undefined ? [] : [[name, values[at]]]))),
      })
  }
  const ids = rows.map((row) => row[kind.key] as number | bigint)
  const lowest = ids.reduce((least, id) => (id < least ? id : least))
  const { owners, accounts } = tally(whole as Value[][])
  return [
    ...RECOUNT.map((statement) => statement({ owners, accounts, patches, ids })),
    KEEP_STATE({ ids, lowest, at: batch.at, batch: batch.id }),
  ]
}

/** Figures by cell. */
class Tally {
  readonly #figures = new Map<string, { cell: Value[]; n: number }>()

  add(cell: Value[], n = 1): void {
    const key = cell.join()
    const found = this.#figures.get(key)
    if (found) found.n += n
    else this.#figures.set(key, { cell, n })
  }

  get figures() {
    return [...this.#figures.values()]
  }

  /** Each cell with its figure behind it. */
  get rows(): Value[][] {
    return this.figures.map(({ cell, n }) => [...cell, n])
  }
}

/** What whole rows count. First by account and hour, so that little is left to be added up to owners and days. */
function tally(rows: readonly (readonly Value[])[]): { owners: Value[][]; accounts: Value[][] } {
  const [finest, owners, accounts] = [new Tally(), new Tally(), new Tally()]
  for (const [customer, customerAccount, vendor, vendorAccount, isLast, time] of rows) {
    const hour = hourOf(time as number | bigint)
    if (isLast === 1 && customer !== null) finest.add([0, customer!, customerAccount!, hour])
    if (vendor !== null) finest.add([1, vendor!, vendorAccount!, hour])
  }
  for (const { cell, n } of finest.figures) {
    const [side, owner, account, hour] = cell as [number, Value, Value, number]
    for (const [unit, start] of [[0, hour] as const, [1, Math.floor(hour / 24)] as const]) {
      owners.add([side, owner, unit, start], n)
      if (account !== null) accounts.add([side, owner, account, unit, start], n)
    }
  }
  return { owners: owners.rows, accounts: accounts.rows }
}

/** The hour since 1970 in which a time lies. The remainder is exact where a quotient would round up to the next hour. */
function hourOf(time: number | bigint): number {
  const rest = Number(typeof time === 'bigint' ? time % BigInt(HOUR_MICROSECONDS) : time % HOUR_MICROSECONDS)
  const whole = typeof time === 'bigint' ? Number((time - BigInt(rest)) / BigInt(HOUR_MICROSECONDS)) : (time - rest) / HOUR_MICROSECONDS
  return rest < 0 ? whole - 1 : whole
}
