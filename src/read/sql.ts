// Step three: a plan becomes one SQL statement; this cannot fail. Whose rows may be seen enters here and nowhere else: every statement
// begins with the viewer, the access's own row, read anew each time, and each row is held against it. No viewer, no row at all: 401.
//
// A page and its count come in one statement, as rows of one table: first the viewer with the count, then the page. One statement is one
// round trip whose rows arrive as plain arrays; a batch would give objects (D1 offers `raw()` for single statements only).
import { getTableName, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { account } from '../db/schema.ts'
import { nameOf, nest, render, renderConstant, toJsonArray, type Statement, type Value } from '../db/statement.ts'
import { viewerOf, type Subject } from '../db/viewer.ts'
import type { Condition } from './filters.ts'
import type { LinkagePlan, ListPlan, Order, RelatedPlan, ShowPlan } from './plan.ts'
import { idColumn, type Included } from './projection.ts'
import type { Relationship, Resource, Scope } from './resource.ts'

const table = (resource: Resource) => `"${getTableName(resource.definition.table)}"`

/** In a list the viewer is looked up by sub-selects, which SQLite answers once; for a single row it is joined. */
const bySubSelect = (column: string) => sql.raw(`(SELECT "${column}" FROM viewer)`)
const byJoin = (column: string) => sql.raw(`viewer."${column}"`)

/** Whose rows these are, as a condition on the viewer. */
function scoped({ owner, account: accountId, only }: Scope, { of, pinned }: { of: (column: string) => SQL; pinned: boolean }): SQL {
  const customer = of('customer_id')
  const accountIds = of('account_ids')
  const conditions = [
    owner === 'account' ? ownAccount(accountId, customer, pinned) : sql`${sql.raw(pinned ? '+' : '')}${owner} = ${customer}`,
    ...(only ? [only] : []),
    sql`(${accountIds} = '[]' OR ${accountId} IN (SELECT value FROM json_each(${accountIds})))`,
  ]
  return sql.join(conditions, sql` AND `)
}

/** The rows of a customer's accounts: found by them, or, where the row is known already, held against its one account. */
const ownAccount = (accountId: SQLiteColumn, customer: SQL, pinned: boolean) =>
  pinned
    ? sql`EXISTS (SELECT 1 FROM ${account} WHERE ${account.id} = ${accountId} AND ${account.customerId} = ${customer})`
    : sql`${accountId} IN (SELECT ${account.id} FROM ${account} WHERE ${account.customerId} = ${customer})`

interface Scoped {
  /** For lists: the rows are found by their owner. */
  listed: string
  /** For lists that name their rows or account: SQLite would still start from the owner (a `+` hides its column from the planner). */
  pinned: string
  /** For single rows. */
  single: string
}

const scopes = new WeakMap<Scope, Scoped>()

/** A scope has no values of its own, so it is rendered once. */
function scopeOf(resource: Resource): Scoped {
  const { scope } = resource.definition
  if (!scope) throw new Error(`${resource.type} is only ever linked to`)
  let rendered = scopes.get(scope)
  if (!rendered) {
    rendered = {
      listed: renderConstant(scoped(scope, { of: bySubSelect, pinned: false })),
      pinned: renderConstant(scoped(scope, { of: bySubSelect, pinned: true })),
      single: renderConstant(scoped(scope, { of: byJoin, pinned: true })),
    }
    scopes.set(scope, rendered)
  }
  return rendered
}

/** Whether the conditions leave only rows that an index leads straight to: by public id, internal id or account. */
function isPinned({ definition: { id, key, scope } }: Resource, conditions: readonly Condition[]): boolean {
  const columns = [id.column, key, scope?.account]
  return conditions.some((condition) => condition !== null && condition.operator.pins === true && columns.includes(condition.column))
}

const toSql = (condition: Condition): SQL => {
  if (condition === null) return sql`0`
  const { column, operator, values } = condition
  return operator.takes === 'one' ? operator.sql(column, values[0] ?? null) : operator.sql(column, values)
}

/** NULLs come last ascending and first descending, as in PostgreSQL; equal rows come in the order of their internal id, newest first. */
function orderBy(resource: Resource, order: readonly Order[]): string {
  const terms = order.map(({ column, descending }) => {
    const direction = descending ? 'DESC' : 'ASC'
    return `${nameOf(column)} ${direction}${column.notNull ? '' : ` NULLS ${descending ? 'FIRST' : 'LAST'}`}`
  })
  return [...terms, `${nameOf(resource.definition.key)} DESC`].join(', ')
}

const joins = (included: readonly Included[]) => included.map(({ relationship }) => join(relationship)).join('')

const join = ({ to, column }: Relationship) => ` LEFT JOIN ${table(to)} ON ${nameOf(to.definition.key)} = ${nameOf(column)}`

/** SQLite's own limit of an integer; a page so far out is empty. */
const FARTHEST = 2n ** 63n - 1n

/** Rows: the viewer (may listen, count of all that match), then the page. */
export function listStatement({ resource, subject, projection, conditions, order, page }: ListPlan): Statement {
  const filters = conditions.length === 0 ? { text: '', values: [] } : render(nest(conditions.map(toSql), 'AND'))
  const access = render(viewerOf(subject), filters.values.length)
  const scope = scopeOf(resource)[isPinned(resource, conditions) ? 'pinned' : 'listed']
  const where = `WHERE ${scope}${filters.text === '' ? '' : ` AND (${filters.text})`}`
  const name = table(resource)
  const offset = (page.number - 1n) * BigInt(page.size)
  const limit = `ORDER BY ${orderBy(resource, order)} LIMIT ${page.size} OFFSET ${offset > FARTHEST ? FARTHEST : offset}`
  const width = Math.max(projection.columns.length, 2)
  const padding = (from: number) => Array.from({ length: width - from }, (_, at) => `, NULL AS c${from + at}`).join('')
  const columns = `${projection.columns.join(', ')}${padding(projection.columns.length)}`
  // Joined after the page is cut: rows that OFFSET skips join nothing.
  const from = projection.included.length === 0 ? '' : `(SELECT * FROM ${name} ${where} ${limit}) AS ${name}${joins(projection.included)}`
  const rows = from === '' ? `SELECT ${columns} FROM ${name} ${where} ${limit}` : `SELECT ${columns} FROM ${from}`
  return {
    sql:
      `WITH viewer AS (${access.text}) ` +
      `SELECT allow_listen_recording AS c0, (SELECT count(*) FROM ${name} ${where}) AS c1${padding(2)} FROM viewer ` +
      `UNION ALL SELECT * FROM (${rows})`,
    values: toJsonArray([...filters.values, ...access.values]),
  }
}

/** One row: whether the viewer may listen, then the columns; the id among them is NULL where nothing was found. */
function single(resource: Resource, subject: Subject, id: Value, columns: readonly string[], linked: string): Statement {
  const access = render(viewerOf(subject), 1)
  const named = columns.map((column, at) => `${column} AS c${at + 1}`).join(', ')
  return {
    sql:
      `WITH viewer AS (${access.text}) SELECT viewer.allow_listen_recording AS c0, ${named} FROM viewer ` +
      `LEFT JOIN ${table(resource)} ON ${nameOf(resource.definition.id.column)} = (?1->>0) AND ${scopeOf(resource).single}${linked}`,
    values: toJsonArray([id, ...access.values]),
  }
}

/** One row: the viewer, then the object. */
export const showStatement = ({ resource, subject, projection, id }: ShowPlan) =>
  single(resource, subject, id.value, projection.columns, joins(projection.included))

/** One row: the viewer, the id of the parent, then the object that it links to. */
export const relatedStatement = ({ resource, subject, relationship, projection, id }: RelatedPlan) =>
  single(resource, subject, id.value, [idColumn(resource), ...projection.columns], join(relationship))

/** One row: the viewer, the public id, then the id that it links to. */
export function linkageStatement({ resource, subject, relationship, id }: LinkagePlan): Statement {
  const byRow = relationship.linkage === 'row'
  const linked = byRow ? idColumn(relationship.to) : nameOf(relationship.column)
  return single(resource, subject, id.value, [idColumn(resource), linked], byRow ? join(relationship) : '')
}

/** One row if the access exists. */
export function viewerStatement(subject: Subject): Statement {
  const { text, values } = render(viewerOf(subject))
  return { sql: text, values: toJsonArray(values) }
}
