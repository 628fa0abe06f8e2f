// The count of a list from counters, as one SQL expression. What to add up is known from the range (`range.ts`); whose counters they are
// only the viewer tells, so the expression has both forms and SQLite evaluates the one that is needed.
import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { accountCounter, ownerCounter } from '../db/schema.ts'
import { unlimitedCustomer } from './scope.ts'
import { planSum, type CountedRange, type Sum, type TimeRange } from './range.ts'

const customer = sql.raw('(SELECT customer_id FROM viewer)')
const accountIds = sql.raw('(SELECT account_ids FROM viewer)')

/** Counters of hours and days, as they are kept. */
export const HOURS = 0
export const DAYS = 1
type Unit = typeof HOURS | typeof DAYS

/** The count of all rows in a range. `now` in microseconds. */
export function countOf(range: CountedRange, now: bigint): SQL {
  const sum = planSum(range, now)
  const byAccount = add(sum, accountCells(range), (span) => accountRows(range, span))
  if (range.accounts) return byAccount
  const byOwner = add(sum, ownerCells(range), (span) => ownerRows(range, span))
  return sql`CASE WHEN ${accountIds} = '[]' THEN ${byOwner} ELSE ${byAccount} END`
}

/** Table and conditions of the counters of a unit in a span, to be selected from. */
export type Cells = (unit: Unit, span: TimeRange) => SQL

function add(sum: Sum, cells: Cells, rows: (span: TimeRange) => SQL): SQL {
  const terms = [
    ...sum.hours.map((span) => sql` + (SELECT coalesce(sum(n), 0) ${cells(HOURS, span)})`),
    ...sum.days.map((span) => sql` + (SELECT coalesce(sum(n), 0) ${cells(DAYS, span)})`),
    ...sum.rows.map((span) => sql` ${sql.raw(span.sign < 0 ? '-' : '+')} (SELECT count(*) ${rows(span)})`),
  ]
  return sql`(0${sql.join(terms)})`
}

const within = (column: SQLiteColumn, { from, to }: TimeRange) => {
  const lower = from === undefined ? sql`` : sql` AND ${column} >= ${from}`
  return to === undefined ? lower : sql`${lower} AND ${column} < ${to}`
}

/** The counters of an owner; none for a viewer who may see only some accounts. */
export const ownerCells =
  ({ counted: { side } }: CountedRange): Cells =>
  (unit, span) => {
    const { ownerId, start, unit: unitColumn, side: sideColumn } = ownerCounter
    return sql`FROM ${ownerCounter} WHERE ${sideColumn} = ${side} AND ${ownerId} = ${unlimitedCustomer} AND ${unitColumn} = ${unit}${within(start, span)}`
  }

/** The counters of the accounts; none for a viewer who may see all, unless the list names accounts. */
export const accountCells =
  (range: CountedRange): Cells =>
  (unit, span) => {
    const { ownerId, accountId, start, unit: unitColumn, side } = accountCounter
    return sql`FROM ${accountCounter} WHERE ${side} = ${range.counted.side} AND ${ownerId} = ${customer} AND ${amongAccounts(range, accountId)} AND ${unitColumn} = ${unit}${within(start, span)}`
  }

/** The accounts that the list names, of those that the viewer may see; those that he may see where it names none. */
function amongAccounts({ accounts }: CountedRange, column: SQLiteColumn): SQL {
  const allowed = sql`${column} IN (SELECT value FROM json_each(${accountIds}))`
  if (!accounts) return allowed
  const { operator, values } = accounts
  const named = operator.takes === 'one' ? operator.sql(column, values[0] ?? null) : operator.sql(column, values)
  return sql`${named} AND (${accountIds} = '[]' OR ${allowed})`
}

const ownerRows = ({ counted: { table, owner, only, time } }: CountedRange, span: TimeRange) =>
  sql`FROM ${table} WHERE ${owner} = ${customer}${only ? sql` AND ${only}` : sql``}${within(time, span)}`

/** Where an index leads from the account, `+` hides the owner from the planner, which would else prefer him. */
function accountRows(range: CountedRange, span: TimeRange): SQL {
  const { table, owner, account, only, time, foundBy } = range.counted
  return sql`FROM ${table} WHERE ${sql.raw(foundBy === 'owner' ? '' : '+')}${owner} = ${customer}${only ? sql` AND ${only}` : sql``} AND ${amongAccounts(range, account)}${within(time, span)}`
}
