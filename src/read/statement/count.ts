// The count of a list from counters, as one SQL expression. What to add up is known from the range (`plan/range.ts`); whose counters they are
// only the viewer tells, so the expression has both forms and SQLite evaluates the one that is needed.
import { and, gte, lt, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { accountCounter, ownerCounter } from '../../db/schema.ts'
import { query } from '../../db/statement.ts'
import type { Counted, Resource } from '../definition/resource.ts'
import { cellsOfAccounts, cellsOfOwner, DAYS, HOURS, rowsOfAccounts, rowsOfOwner, seesAll, type Unit } from './scope.ts'
import { slotOf, type ConditionShape, type SpanShape, type SumShape } from './shape.ts'

/** A column within a range of which only the bounds are values. */
function within(column: SQLiteColumn, { from, to }: SpanShape): SQL | undefined {
  const [lower, upper] = [slotOf(from), slotOf(to)]
  return and(lower && gte(column, lower), upper && lt(column, upper))
}

const sumOf = (n: SQLiteColumn) => ({ n: sql`coalesce(sum(${n}), 0)` })
const rowCount = { n: sql`count(*)` }

/** Adds up: sub-selects of counters and of rows. */
const add = ({ hours, days, rows }: SumShape, cells: (unit: Unit, span: SpanShape) => SQL, among: (span: SpanShape) => SQL) =>
  sql.join([
    sql`0`,
    ...hours.map((span) => sql` + ${cells(HOURS, span)}`),
    ...days.map((span) => sql` + ${cells(DAYS, span)}`),
    ...rows.map((span) => sql`${sql.raw(span.sign < 0 ? ' - ' : ' + ')}${among(span)}`),
  ])

const addByOwner = (counted: Counted, sum: SumShape, whole = false) =>
  add(
    sum,
    (unit, span) =>
      sql`${query
        .select(sumOf(ownerCounter.n))
        .from(ownerCounter)
        .where(and(cellsOfOwner(counted, unit, whole), within(ownerCounter.start, span)))}`,
    (span) =>
      sql`${query
        .select(rowCount)
        .from(counted.table)
        .where(and(rowsOfOwner(counted), within(counted.time, span)))}`,
  )

const addByAccounts = (resource: Resource, counted: Counted, sum: SumShape, named: ConditionShape | undefined) =>
  add(
    sum,
    (unit, span) =>
      sql`${query
        .select(sumOf(accountCounter.n))
        .from(accountCounter)
        .where(and(cellsOfAccounts(resource, counted, unit, named), within(accountCounter.start, span)))}`,
    (span) =>
      sql`${query
        .select(rowCount)
        .from(counted.table)
        .where(and(rowsOfAccounts(resource, counted, named), within(counted.time, span)))}`,
  )

/** What counts the rows of a resource. */
export function countersOf({ type, counted }: Resource): Counted {
  if (!counted) throw new Error(`Nothing counts ${type}`)
  return counted
}

/** The count of all rows in a range: `named` is the condition on accounts, if the list has one. */
export function countOf(resource: Resource, sum: SumShape, named: ConditionShape | undefined): SQL {
  const counted = countersOf(resource)
  const byAccounts = addByAccounts(resource, counted, sum, named)
  return named ? sql`(${byAccounts})` : sql`case when ${seesAll} then ${addByOwner(counted, sum)} else ${byAccounts} end`
}

/** How many rows the counters know in the hours that a range touches: at least those of the range. Of the accounts that it names, or of the owner. */
export function estimateOf(resource: Resource, sum: SumShape, named: ConditionShape | undefined): SQL {
  const counted = countersOf(resource)
  return sql`(${named ? addByAccounts(resource, counted, sum, named) : addByOwner(counted, sum, true)})`
}

/** Counters of one unit by their start, added up over accounts: `start`, `n`. */
export function cellsOf(resource: Resource, unit: Unit, span: SpanShape, named: ConditionShape | undefined): SQL {
  const counted = countersOf(resource)
  const byAccount = query
    .select({ start: accountCounter.start, n: sql<number>`sum(${accountCounter.n})`.as('n') })
    .from(accountCounter)
    .where(and(cellsOfAccounts(resource, counted, unit, named), within(accountCounter.start, span)))
    .groupBy(accountCounter.start)
  if (named) return byAccount.getSQL()
  const byOwner = query
    .select({ start: ownerCounter.start, n: ownerCounter.n })
    .from(ownerCounter)
    .where(and(cellsOfOwner(counted, unit), within(ownerCounter.start, span)))
  return sql`${byOwner.getSQL()} union all ${byAccount.getSQL()}`
}
