// Step three: a plan becomes one SQL statement; this cannot fail. Every statement begins with the viewer (`scope.ts`): no viewer, no row at
// all, 401. A page and its count come in one statement, as rows of one table: first the viewer with the count, then the page. One statement is
// one round trip whose rows arrive as plain arrays; a batch would give objects (D1 offers `raw()` for single statements only).
import { getTableName, sql, type SQL } from 'drizzle-orm'
import { nameOf, nest, render, toJsonArray, type Statement, type Value } from '../../db/statement.ts'
import { VIEWER, viewerOf, type Subject } from '../../db/viewer.ts'
import { countOf } from './count.ts'
import type { Condition } from '../plan/filters.ts'
import type { ColumnsPlan, LinkagePlan, ListPlan, Order, RelatedPlan, ShowPlan, Page } from '../plan/plan.ts'
import { idColumn, type Included, type Projection } from '../plan/projection.ts'
import type { Relationship, Resource } from '../definition/resource.ts'
import { foundBy } from '../plan/search.ts'
import { linkedScope, scopeOf } from './scope.ts'

export const table = (resource: Resource) => `"${getTableName(resource.definition.table)}"`

/** A condition in SQL. */
export const toSql = (condition: Condition): SQL => {
  if (condition === null) return sql`0`
  const { column, operator, values } = condition
  return operator.takes === 'one' ? operator.sql(column, values[0] ?? null) : operator.sql(column, values)
}

/**
 * NULLs come last ascending and first descending, as in PostgreSQL; equal rows come in the order of their internal id, newest first. `named` gives
 * the name of a column, where it is not the table's own.
 */
export function orderBy(resource: Resource, order: readonly Order[], named = nameOf): string {
  const terms = order.map(({ column, descending }) => {
    const direction = descending ? 'DESC' : 'ASC'
    return `${named(column)} ${direction}${column.notNull ? '' : ` NULLS ${descending ? 'FIRST' : 'LAST'}`}`
  })
  const { id, key } = resource.definition
  // A public id leaves no two rows equal, and without another key an index gives the order.
  const decided = order.some(({ column }) => column === id.column || column === key)
  return (decided ? terms : [...terms, `${named(key)} DESC`]).join(', ')
}

export const joins = (resource: Resource, included: readonly Included[]) =>
  included.map(({ relationship }) => join(resource, relationship)).join('')

const joinTexts = new WeakMap<Relationship, string>()

/** A join has no values, so its text is made once. */
function join(resource: Resource, relationship: Relationship): string {
  let text = joinTexts.get(relationship)
  if (text === undefined) {
    const { to, column } = relationship
    text = ` LEFT JOIN ${table(to)} ON ${nameOf(to.definition.key)} = ${nameOf(column)}${linkedScope(resource, relationship)}`
    joinTexts.set(relationship, text)
  }
  return text
}

/** SQLite's own limit of an integer; a page so far out is empty. */
const FARTHEST = 2n ** 63n - 1n

/** Rows: the viewer (may listen, count of all that match), then the page. */
export function listStatement(plan: ListPlan): Statement {
  const { resource, subject, conditions, counted } = plan
  const filters = renderConditions(conditions, 0)
  const total = counted ? render(countOf(counted, plan.nowMicroseconds), filters.values.length) : undefined
  const access = render(viewerOf(subject), filters.values.length + (total?.values.length ?? 0))
  const scope = scopeOf(resource)
  const by = foundBy(resource, conditions)
  const found = scope[by]
  const count = total?.text ?? `(SELECT count(*) FROM ${table(resource)} WHERE ${found}${filters.text})`
  const ways = counted && by === 'listed' ? scope.ordered : [found]
  return {
    sql:
      `WITH viewer AS (${access.text}) SELECT ${VIEWER}, ${count} AS c1${padding(plan, 2)} FROM viewer` +
      ways.map((way) => pageSelect(plan, `${way}${filters.text}`, offsetText(plan))).join(''),
    values: toJsonArray([...filters.values, ...(total?.values ?? []), ...access.values]),
  }
}

export const limitText = (rows: bigint) => String(rows > FARTHEST ? FARTHEST : rows)

export const offsetText = ({ page }: ListPlan) => limitText(offsetOf(page))

/** How many rows come before a page. */
export const offsetOf = ({ number, size }: Page) => (number - 1n) * BigInt(size)

/** Conditions to follow a scope. */
export function renderConditions(conditions: readonly Condition[], start: number): { text: string; values: Value[] } {
  if (conditions.length === 0) return { text: '', values: [] }
  const { text, values } = render(nest(conditions.map(toSql), 'AND'), start)
  return { text: ` AND (${text})`, values }
}

/** A document may have fewer columns than the head of a list. */
export const HEAD_WIDTH = 3

/** NULLs to fill up a row from a column on. */
export const padding = ({ projection }: ListPlan, from: number) =>
  Array.from({ length: Math.max(projection.columns.length, HEAD_WIDTH) - from }, (_, at) => `, NULL AS c${from + at}`).join('')

/** The rows of a page, to follow a head of the same width. Other objects are joined when the page is cut: skipped rows join nothing. */
export function pageSelect(plan: ListPlan, where: string, offset: string, limit = String(plan.page.size)): string {
  const { resource, projection, order } = plan
  const name = table(resource)
  const columns = `${projection.columns.join(', ')}${padding(plan, projection.columns.length)}`
  const cut = `FROM ${name} WHERE ${where} ORDER BY ${orderBy(resource, order)} LIMIT ${limit} OFFSET ${offset}`
  if (projection.included.length === 0) return ` UNION ALL SELECT * FROM (SELECT ${columns} ${cut})`
  return ` UNION ALL SELECT * FROM (SELECT ${columns} FROM (SELECT * ${cut}) AS ${name}${joins(resource, projection.included)})`
}

/** One row: whether the viewer may listen, then the columns; the id among them is NULL where nothing was found. */
function single(resource: Resource, subject: Subject, id: Value, columns: readonly string[], linked: string): Statement {
  const { definition } = resource
  const access = render(viewerOf(subject), 1)
  const found = definition.singleton
    ? `${nameOf(definition.key)} = viewer.${definition.singleton}`
    : `${nameOf(definition.id.column)} = (?1->>0) AND ${scopeOf(resource).single}`
  const named = columns.map((column, at) => `${column} AS c${at + 1}`).join(', ')
  return {
    sql: `WITH viewer AS (${access.text}) SELECT ${VIEWER}, ${named} FROM viewer LEFT JOIN ${table(resource)} ON ${found}${linked}`,
    values: toJsonArray([id, ...access.values]),
  }
}

const shownTexts = new WeakMap<Projection, string>()

/** One row: the viewer, then the object. For an access the text is the same each time, so it is made once for each projection. */
export function showStatement({ resource, subject, projection, id }: ShowPlan): Statement {
  const known = subject.kind === 'access' ? shownTexts.get(projection) : undefined
  if (known !== undefined && subject.kind === 'access') return { sql: known, values: toJsonArray([id.value, subject.id]) }
  const statement = single(resource, subject, id.value, projection.columns, joins(resource, projection.included))
  if (subject.kind === 'access') shownTexts.set(projection, statement.sql)
  return statement
}

/** One row: the viewer, the id of the parent, then the object that it links to. */
export const relatedStatement = ({ resource, subject, relationship, projection, id }: RelatedPlan) =>
  single(resource, subject, id.value, [idColumn(resource), ...projection.columns], join(resource, relationship))

/** One row: the viewer, the public id, then the id that it links to. */
export function linkageStatement({ resource, subject, relationship, id }: LinkagePlan): Statement {
  const byRow = relationship.linkage === 'row'
  const linked = byRow ? idColumn(relationship.to) : nameOf(relationship.column)
  return single(resource, subject, id.value, [idColumn(resource), linked], byRow ? join(resource, relationship) : '')
}

/** One row: the viewer, the public id, then the columns. */
export const columnsStatement = ({ resource, subject, columns, id }: ColumnsPlan) =>
  single(resource, subject, id.value, [idColumn(resource), ...columns.map(nameOf)], '')

/**
 * A statement on one row that the asker may see, by its public id: `WITH viewer AS (…) <verb> … FROM viewer JOIN <row>`. Without such a row it
 * does nothing.
 */
export function onVisibleRow(resource: Resource, subject: Subject, id: Value, statement: (from: SQL) => SQL): Statement {
  const { definition } = resource
  const from = sql`viewer JOIN ${definition.table} ON ${definition.id.column} = ${id} AND ${sql.raw(scopeOf(resource).single)}`
  const { text, values } = render(sql`WITH viewer AS (${viewerOf(subject)}) ${statement(from)}`)
  return { sql: text, values: toJsonArray(values) }
}
