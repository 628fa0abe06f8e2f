// Whose rows may be seen: the one place where this enters the SQL. Every statement begins with the viewer (`db/viewer.ts`), the access's own
// row, read anew each time; each row is held against it.
import { sql, type SQL } from 'drizzle-orm'
import { renderConstant, type Value } from '../../db/statement.ts'
import type { Relationship, Resource, Scope } from '../definition/resource.ts'

/** In a list the viewer is looked up by sub-selects, which SQLite answers once; for a single row it is joined. */
export const customer = sql.raw('(SELECT customer_id FROM viewer)')
export const accountIds = sql.raw('(SELECT account_ids FROM viewer)')
/** NULL where the viewer may see only some accounts: an index leads nowhere from that, while a condition would be asked of every row. */
export const unlimitedCustomer = sql.raw("(SELECT customer_id FROM viewer WHERE account_ids = '[]')")
const joinedCustomer = sql.raw('viewer.customer_id')
const joinedAccountIds = sql.raw('viewer.account_ids')

/** The rows of the viewer, for each way in which a statement finds them. */
interface Scoped {
  /** Found by their owner. */
  listed: string
  /** In the order of time: one or several lists, of which all but one are empty at once for any viewer. */
  ordered: readonly string[]
  /** Found by the accounts that the list names, where an index leads there. */
  named: string
  /** Found by id, as the list says. */
  pinned: string
  /** One row, with the viewer joined. */
  single: string
}

const scopes = new WeakMap<Scope, Scoped>()

/** A scope has no values of its own, so it is rendered once. */
export function scopeOf({ type, definition: { scope } }: Resource): Scoped {
  if (!scope) throw new Error(`${type} has no rows of its own`)
  let rendered = scopes.get(scope)
  if (!rendered) {
    const { account: accountId, foundBy } = scope
    const among = (ids: SQL) => sql`${accountId} IN (SELECT value FROM json_each(${ids}))`
    const allowed = (ids: SQL) => sql`(${ids} = '[]' OR ${among(ids)})`
    const render = (...conditions: SQL[]) => renderConstant(sql.join([...conditions, ...(scope.only ? [scope.only] : [])], sql` AND `))
    const listed = render(ownedBy(scope, customer), allowed(accountIds))
    const pinned = render(knownToBeOf(scope, customer), allowed(accountIds))
    // Who may see all is led to the rows by himself, who may not by his accounts.
    const owned = render(ownedBy(scope, unlimitedCustomer))
    const limited = render(knownToBeOf(scope, customer), among(accountIds))
    rendered = {
      listed,
      ordered: foundBy === 'owner' ? [listed] : [owned, limited],
      named: foundBy === 'owner' ? listed : pinned,
      pinned,
      single: render(knownToBeOf(scope, joinedCustomer), allowed(joinedAccountIds)),
    }
    scopes.set(scope, rendered)
  }
  return rendered
}

/** Leads to the rows of an owner. */
const ownedBy = ({ owner }: Scope, id: SQL) => sql`${owner} = ${id}`

/**
 * What a row links to is there only for its own customer, which a row that may be seen has in its owner: asking for it by that column costs no
 * row more. What belongs to nobody in particular is there for all.
 */
export function linkedScope({ definition: { scope } }: Resource, { to }: Relationship): string {
  const linked = to.definition.scope
  return scope && linked ? ` AND ${renderConstant(knownToBeOf(linked, sql`${scope.owner}`))}` : ''
}

/** Holds a row that is found otherwise against its owner. The `+` hides the column from the planner, which would still start from it. */
const knownToBeOf = ({ owner }: Scope, id: SQL) => sql`+${owner} = ${id}`

/** The rows of one account as its owner may see them, found by the account: for jobs, which no viewer waits for. */
export function scopeOfAccount({ type, definition: { scope } }: Resource, customerId: Value, accountId: Value): SQL {
  if (!scope) throw new Error(`${type} has no rows of its own`)
  const conditions = [sql`${scope.account} = ${accountId}`, knownToBeOf(scope, sql`${customerId}`), ...(scope.only ? [scope.only] : [])]
  return sql.join(conditions, sql` AND `)
}
