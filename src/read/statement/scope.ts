// Whose rows may be seen: the one place where this enters the SQL, of rows and of counters. Every statement begins with the viewer
// (`db/viewer.ts`), the access's own row, read anew each time; each row is held against it.
import { and, eq, inArray, or, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { accountCounter, ownerCounter } from '../../db/schema.ts'
import { eachOf, query } from '../../db/statement.ts'
import { viewer } from '../../db/viewer.ts'
import type { Counted, Relationship, Resource, Scope } from '../definition/resource.ts'
import type { Lead } from '../plan/search.ts'
import type { ConditionShape } from './shape.ts'

// In a list the viewer is looked up by sub-selects, which SQLite answers once; for a single row it is joined.
const customer = sql`${query.select({ id: viewer.customerId }).from(viewer)}`
const accountIds = sql`${query.select({ ids: viewer.accountIds }).from(viewer)}`
const isUnlimited = sql`${viewer.accountIds} = '[]'`
/** NULL where the viewer may see only some accounts: an index leads nowhere from that, while a condition would be asked of every row. */
const unlimitedCustomer = sql`${query.select({ id: viewer.customerId }).from(viewer).where(isUnlimited)}`

/** Whether the viewer may see all accounts of the customer. */
export const seesAll = sql`${accountIds} = '[]'`

const amongAllowed = (account: SQLiteColumn, ids = accountIds) => inArray(account, eachOf(ids))
const allowed = (account: SQLiteColumn) => or(seesAll, amongAllowed(account))!

/** Holds a row that is found otherwise against its owner. The `+` hides the column from the planner, which would still start from it. */
const heldBy = ({ owner }: Scope, id: SQL) => sql`+${owner} = ${id}`

const all = (...conditions: (SQL | undefined)[]) => and(...conditions)!

export function scopeOf({ type, definition: { scope } }: Resource): Scope {
  if (!scope) throw new Error(`${type} has no rows of its own`)
  return scope
}

/**
 * The ways to the rows of the viewer: several lists, of which all but one are empty at once for any viewer. In order, an index gives the order of
 * time: for who may see all, and for who may see one account.
 */
export function waysTo(resource: Resource, lead: Lead, inOrder: boolean): SQL[] {
  const scope = scopeOf(resource)
  const { owner, account, only, foundBy } = scope
  if (lead === 'id' || (lead === 'account' && foundBy !== 'owner')) return [all(heldBy(scope, customer), allowed(account), only)]
  if (!inOrder || foundBy === 'owner') return [all(eq(owner, customer), allowed(account), only)]
  return [all(eq(owner, unlimitedCustomer), only), all(heldBy(scope, customer), amongAllowed(account), only)]
}

/** One row that is found by its id, with the viewer joined. */
export function visibleRow(resource: Resource): SQL {
  const scope = scopeOf(resource)
  const ids = sql`${viewer.accountIds}`
  return all(heldBy(scope, sql`${viewer.customerId}`), or(isUnlimited, amongAllowed(scope.account, ids)), scope.only)
}

/**
 * What a row links to is there only for its own customer, which a row that may be seen has in its owner: asking for it by that column costs no
 * row more. What belongs to nobody in particular is there for all.
 */
export function linkedRow({ definition: { scope } }: Resource, { to }: Relationship): SQL | undefined {
  const linked = to.definition.scope
  return scope && linked ? heldBy(linked, sql`${scope.owner}`) : undefined
}

/** The rows of one account as its owner may see them, found by the account: for jobs, which no viewer waits for. */
export function rowsOfAccount(resource: Resource, customerId: SQL, accountId: SQL): SQL {
  const scope = scopeOf(resource)
  return all(eq(scope.account, accountId), heldBy(scope, customerId), scope.only)
}

/** The accounts that the list names, of those that the viewer may see; those that the viewer may see where it names none. */
function amongNamed({ filters }: Resource, named: ConditionShape | undefined, column: SQLiteColumn): SQL {
  if (!named) return amongAllowed(column)
  const [name, count] = named
  return all(filters.get(name)!.operator.sql(column, name, count), allowed(column))
}

/** Rows by which the counters are completed: those of the owner, for who may see all. */
export const rowsOfOwner = ({ owner, only }: Counted) => all(eq(owner, customer), only)

/** Rows by which the counters are completed: those of the accounts. */
export const rowsOfAccounts = (resource: Resource, { owner, account, only, foundBy }: Counted, named: ConditionShape | undefined) =>
  // Where an index leads from the account, the planner would still prefer the owner.
  all(foundBy === 'owner' ? eq(owner, customer) : sql`+${owner} = ${customer}`, only, amongNamed(resource, named, account))

/** Counters of hours and days, as they are kept. */
export const HOURS = 0
export const DAYS = 1
export type Unit = typeof HOURS | typeof DAYS

/** A number of ours in SQL: it is the same in every statement of a shape. */
const literal = (number: number) => sql.raw(String(number))

/** The counters of the owner: none for a viewer who may see only some accounts, unless the rows are looked at `whole`. */
export const cellsOfOwner = ({ side }: Counted, unit: Unit, whole = false) =>
  all(
    eq(ownerCounter.side, literal(side)),
    eq(ownerCounter.ownerId, whole ? customer : unlimitedCustomer),
    eq(ownerCounter.unit, literal(unit)),
  )

/** The counters of the accounts: none for a viewer who may see all, unless the list names accounts. */
export const cellsOfAccounts = (resource: Resource, { side }: Counted, unit: Unit, named: ConditionShape | undefined) =>
  all(
    eq(accountCounter.side, literal(side)),
    eq(accountCounter.ownerId, customer),
    eq(accountCounter.unit, literal(unit)),
    amongNamed(resource, named, accountCounter.accountId),
  )
