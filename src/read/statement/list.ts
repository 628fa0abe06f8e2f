// A list: a page and its count come in one statement, as rows of one table: first the viewer with the count, then the page. One statement is one
// round trip whose rows arrive as plain arrays; a batch would give objects (D1 offers `raw()` for single statements only).
import { and, asc, desc, eq, getTableName, sql, type SQL, type WithSubquery } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { nest, query, slot, toText, type Values } from '../../db/statement.ts'
import { viewer, viewerCells, viewerTable, viewerValues, type SubjectKind } from '../../db/viewer.ts'
import type { Resource } from '../definition/resource.ts'
import type { ListPlan, Order, Page, Shown } from '../plan/plan.ts'
import { leadOf, type Lead } from '../plan/search.ts'
import { countOf } from './count.ts'
import { project, type Included, type Projection } from './projection.ts'
import { linkedRow, scopeOf, waysTo } from './scope.ts'
import { bindConditions, bindSum, prepare, type Compiled, type ConditionShape, type Prepared, type SumShape } from './shape.ts'

/** What every list is compiled from. */
export interface ListShape {
  viewer: SubjectKind
  shown: Shown
  conditions: readonly ConditionShape[]
  order: readonly Order[]
  lead: Lead
  /** Set where counters count the list. */
  counted: SumShape | undefined
}

/** The cells of a list's first row. */
export const HEAD = { viewer: 0, total: 2, work: 3, length: 4 }

/** Binds the values of a list. */
export function shapeOf(resource: Resource, plan: ListPlan, values: Values): ListShape {
  const { subject, shown, conditions, order, page, counted } = plan
  Object.assign(values, viewerValues(subject))
  values['size'] = page.size
  values['offset'] = offsetOf(page)
  return {
    viewer: subject.kind,
    shown,
    conditions: bindConditions(resource, conditions, values),
    order,
    lead: leadOf(resource, conditions),
    counted: counted && bindSum(counted.sum, 'sum', values),
  }
}

/** Rows: the viewer and the count of all that match, then the page. */
export function listStatement(resource: Resource, plan: ListPlan): Prepared {
  const values: Values = {}
  return prepare(resource, { kind: 'list', ...shapeOf(resource, plan, values) }, compileList, values)
}

export function compileList(resource: Resource, shape: ListShape): Compiled {
  const projection = project(resource, shape.shown)
  const where = conditionsOf(resource, shape)
  const ways = waysOf(resource, shape)
  const count = shape.counted ? countOf(resource, shape.counted, namedAccounts(resource, shape)) : countRows(resource, ways, where)
  const pages = ways.map((way) => pageOf(resource, shape, projection, and(way, where)!))
  return { projection, text: toText(united(shape, projection, [], { total: count }, pages)) }
}

/** The ways to the rows. They are in the order of time only where counters count: else each would be passed over for the count. */
export const waysOf = (resource: Resource, { lead, counted }: ListShape) => waysTo(resource, lead, counted !== undefined)

/** The condition on accounts of a list that counters count. */
export const namedAccounts = ({ filters, counted }: Resource, { conditions }: Pick<ListShape, 'conditions'>) =>
  conditions.find((condition) => condition && filters.get(condition[0])?.column === counted?.account) ?? undefined

/** The conditions of a list in SQL. */
export function conditionsOf({ filters }: Pick<Resource, 'filters'>, { conditions }: Pick<ListShape, 'conditions'>): SQL | undefined {
  if (conditions.length === 0) return undefined
  const compiled = conditions.map((condition) => {
    if (condition === null) return sql`0`
    const [name, count] = condition
    const { column, operator } = filters.get(name)!
    return operator.sql(column, name, count)
  })
  return sql`(${nest(compiled, 'AND')})`
}

const countRows = ({ definition: { table } }: Resource, [way]: readonly SQL[], where: SQL | undefined) =>
  sql`${query
    .select({ n: sql`count(*)` })
    .from(table)
    .where(and(way, where))}`

/** SQLite's own limit of an integer; a page so far out is empty. */
const FARTHEST = 2n ** 63n - 1n

/** How many rows come before a page. */
export function offsetOf({ number, size }: Page): bigint {
  const offset = (number - 1n) * BigInt(size)
  return offset > FARTHEST ? FARTHEST : offset
}

/** Cells with the names that they have in a united table. */
const numbered = (cells: readonly SQL[], length: number) =>
  Object.fromEntries(Array.from({ length }, (_, at) => [`c${at}`, (cells[at] ?? sql`null`).as(`c${at}`)]))

/** The number of columns of a list: its first row may be longer than those of the page. */
const widthOf = ({ cells }: Projection) => Math.max(cells.length, HEAD.length)

/** A first row of the viewer and what is known of all rows, then pages; `tables` are what those are made of, `known` the one that it is read from. */
export function united(
  { viewer: kind }: Pick<ListShape, 'viewer'>,
  projection: Projection,
  tables: readonly SQL[],
  { total, work = sql`null`, known }: { total: SQL; work?: SQL; known?: WithSubquery },
  pages: readonly SQL[],
): SQL {
  const first = [viewerCells.listens, viewerCells.customer].map(({ sql }) => sql)
  const row = query.select(numbered([...first, total, work], widthOf(projection))).from(viewer)
  const head = known ? row.crossJoin(known) : row
  return sql.join(
    [sql`${viewerTable(kind, ...tables)} ${head.getSQL()}`, ...pages.map((page) => sql`select * from (${page})`)],
    sql` union all `,
  )
}

/** Where a page begins and ends. */
export interface Cut {
  limit: SQL
  offset: SQL
}

const PAGE: Cut = { limit: sql`${slot('size')}`, offset: sql`${slot('offset')}` }

/** The rows of a page. Other objects are joined when it is cut: rows that are skipped join nothing. */
export function pageOf(resource: Resource, { order }: Pick<ListShape, 'order'>, projection: Projection, where: SQL, cut = PAGE): SQL {
  const { definition } = resource
  const shown = shownCells(projection)
  const cutRows = (fields: Record<string, SQLiteColumn | SQL.Aliased>): SQL =>
    query
      .select(fields)
      .from(definition.table)
      .$dynamic()
      .where(where)
      .orderBy(...orderBy(resource, order))
      // Expressions, which SQLite takes and the builder's types do not know of.
      .limit(cut.limit as never)
      .offset(cut.offset as never)
      .getSQL()
  if (projection.included.length === 0) return cutRows(shown)
  // What comes along is joined by the cells of its relationships, and held against the owner.
  const own = [...projection.cells.map(({ column }) => column).filter(({ table }) => table === definition.table), scopeOf(resource).owner]
  const needed = Object.fromEntries(own.map((column) => [column.name, column]))
  const page = sql`(${cutRows(needed)}) as ${sql.identifier(getTableName(definition.table))}`
  return joined(resource, query.select(shown).from(page).$dynamic(), projection.included)
}

/** What a page shows, by its names in a united table. */
export const shownCells = (projection: Projection) =>
  numbered(
    projection.cells.map((cell) => cell.sql),
    widthOf(projection),
  )

interface Joinable {
  leftJoin: (table: never, on: SQL) => Joinable
  getSQL: () => SQL
}

/** Adds the objects that come along. */
export function joined(resource: Resource, rows: Joinable, included: readonly Included[]): SQL {
  let all = rows
  for (const { relationship } of included) {
    const { to, column } = relationship
    all = all.leftJoin(to.definition.table as never, and(eq(to.definition.key, column), linkedRow(resource, relationship))!)
  }
  return all.getSQL()
}

/** NULLs come last ascending and first descending, as in PostgreSQL. */
const inOrder = (column: SQL | SQLiteColumn, descending: boolean, notNull: boolean) =>
  notNull ? (descending ? desc(column) : asc(column)) : sql`${column} ${sql.raw(descending ? 'desc nulls first' : 'asc nulls last')}`

/**
 * The order of rows; equal ones come by their internal id, newest first. `named` gives another name of a column, where the rows are not the
 * table's own.
 */
export function orderBy(
  resource: Resource,
  order: readonly Order[],
  named: (column: SQLiteColumn) => SQL | SQLiteColumn = (column) => column,
): SQL[] {
  const { id, key } = resource.definition
  const columns = order.map(({ name }) => resource.sorts.get(name)!)
  const terms = columns.map((column, at) => inOrder(named(column), order[at]!.descending, column.notNull))
  // A public id leaves no two rows equal, and without another key an index gives the order.
  return columns.some((column) => column === id.column || column === key) ? terms : [...terms, desc(named(key))]
}
