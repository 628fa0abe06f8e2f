// The count of a list from counters, as one SQL expression. What to add up is known from the range (`range.ts`); whose counters they are
// only the viewer tells, so the expression has both forms and SQLite evaluates the one that is needed.
import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { accountCounter, ownerCounter } from '../../db/schema.ts'
import { nameOf, renderConstant } from '../../db/statement.ts'
import type { Counted } from '../definition/resource.ts'
import { accountIds, customer, unlimitedCustomer } from './scope.ts'
import { planSum, touchedSpans, type CountedRange, type Sum, type TimeRange } from '../plan/range.ts'

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

/** How many rows the counters know in the hours that a range touches: at least those of the range. Of the accounts that it names, or of the owner. */
export const estimateOf = (range: CountedRange): SQL =>
  add({ ...touchedSpans(range), rows: [] }, range.accounts ? accountCells(range) : allCells(range), () => sql``)

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
  const name = nameOf(column)
  const lower = from === undefined ? sql`` : sql`${sql.raw(` AND ${name} >= `)}${from}`
  return to === undefined ? lower : sql`${lower}${sql.raw(` AND ${name} < `)}${to}`
}

/** What is the same for every list of a resource: without bounds, and without the accounts that a list names. */
interface Parts {
  ownerCells: Record<Unit, SQL>
  allCells: Record<Unit, SQL>
  accountCells: Record<Unit, SQL>
  ownerRows: SQL
  accountRows: SQL
}

const known = new WeakMap<Counted, Parts>()

/** Drizzle takes a tenth of a millisecond to write these out, so it does so once. */
function partsOf(counted: Counted): Parts {
  let parts = known.get(counted)
  if (!parts) {
    const { side, table, owner, only, foundBy } = counted
    const once = (query: SQL) => sql.raw(renderConstant(query))
    const number = (value: number) => sql.raw(String(value))
    const ofOwner = (unit: Unit, id: SQL) =>
      once(sql`FROM ${ownerCounter} WHERE ${ownerCounter.side} = ${number(side)} AND ${ownerCounter.ownerId} = ${id}
        AND ${ownerCounter.unit} = ${number(unit)}`)
    const ofAccounts = (unit: Unit) =>
      once(sql`FROM ${accountCounter} WHERE ${accountCounter.side} = ${number(side)} AND ${accountCounter.ownerId} = ${customer}
        AND ${accountCounter.unit} = ${number(unit)}`)
    const restricted = only ? sql` AND ${only}` : sql``
    // Where an index leads from the account, the `+` hides the owner from the planner, which would else prefer him.
    const hidden = sql.raw(foundBy === 'owner' ? '' : '+')
    parts = {
      ownerCells: { [HOURS]: ofOwner(HOURS, unlimitedCustomer), [DAYS]: ofOwner(DAYS, unlimitedCustomer) },
      allCells: { [HOURS]: ofOwner(HOURS, customer), [DAYS]: ofOwner(DAYS, customer) },
      accountCells: { [HOURS]: ofAccounts(HOURS), [DAYS]: ofAccounts(DAYS) },
      ownerRows: once(sql`FROM ${table} WHERE ${owner} = ${customer}${restricted}`),
      accountRows: once(sql`FROM ${table} WHERE ${hidden}${owner} = ${customer}${restricted}`),
    }
    known.set(counted, parts)
  }
  return parts
}

/** The counters of an owner; none for a viewer who may see only some accounts. */
export const ownerCells =
  ({ counted }: CountedRange): Cells =>
  (unit, span) =>
    sql`${partsOf(counted).ownerCells[unit]}${within(ownerCounter.start, span)}`

/** The counters of an owner, whatever the viewer may see of its rows. */
const allCells =
  ({ counted }: CountedRange): Cells =>
  (unit, span) =>
    sql`${partsOf(counted).allCells[unit]}${within(ownerCounter.start, span)}`

/** The counters of the accounts; none for a viewer who may see all, unless the list names accounts. */
export const accountCells =
  (range: CountedRange): Cells =>
  (unit, span) =>
    sql`${partsOf(range.counted).accountCells[unit]} AND ${amongAccounts(range, accountCounter.accountId)}${within(accountCounter.start, span)}`

/** The accounts that the list names, of those that the viewer may see; those that he may see where it names none. */
function amongAccounts({ accounts }: CountedRange, column: SQLiteColumn): SQL {
  const allowed = sql.raw(`${nameOf(column)} IN (SELECT value FROM json_each((SELECT account_ids FROM viewer)))`)
  if (!accounts) return allowed
  const { operator, values } = accounts
  const named = operator.takes === 'one' ? operator.sql(column, values[0] ?? null) : operator.sql(column, values)
  return sql`${named} AND (${accountIds} = '[]' OR ${allowed})`
}

const ownerRows = ({ counted }: CountedRange, span: TimeRange) => sql`${partsOf(counted).ownerRows}${within(counted.time, span)}`

const accountRows = (range: CountedRange, span: TimeRange) =>
  sql`${partsOf(range.counted).accountRows} AND ${amongAccounts(range, range.counted.account)}${within(range.counted.time, span)}`
