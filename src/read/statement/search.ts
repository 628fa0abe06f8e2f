// A search (`plan/search.ts`) as one statement. It begins with an estimate of its work, and looks at no row where that is beyond the budget.
import { and, count, eq, gte, lte, max, min, sql, type SQL, type WithSubquery } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { madeOnce, query, slot, toText, type Values } from '../../db/statement.ts'
import { viewer } from '../../db/viewer.ts'
import type { Resource } from '../definition/resource.ts'
import type { ListPlan } from '../plan/plan.ts'
import type { Search } from '../plan/search.ts'
import { countOf, estimateOf } from './count.ts'
import {
  conditionsOf,
  joined,
  namedAccounts,
  offsetOf,
  orderBy,
  pageOf,
  shapeOf,
  shownCells,
  united,
  waysOf,
  type Cut,
  type ListShape,
} from './list.ts'
import { project, type Projection } from './projection.ts'
import { bindSum, prepare, type Compiled, type Prepared, type SumShape } from './shape.ts'

/** A list that looks at every row of its range. */
export interface SearchPlan extends ListPlan {
  search: Search
}

/** Whether a list is a search. */
export const isSearch = (plan: ListPlan): plan is SearchPlan => plan.search !== undefined

interface SearchShape extends ListShape {
  /** The counters that tell how many rows it looks at. */
  estimate: SumShape
  byAccount: boolean
  keeps: Search['keeps']
  /** Whether it is for the first page. */
  first: boolean
}

/** Rows: the viewer, the count of all that match and the work in comparisons, then the page. Beyond the budget no count, and no page. */
export function searchStatement(resource: Resource, plan: SearchPlan): Prepared {
  const values: Values = {}
  const { rows, byAccount, weight, budget, keeps } = plan.search
  const shape = {
    ...shapeOf(resource, plan, values),
    estimate: bindSum(rows, 'estimate', values),
    byAccount,
    keeps,
    first: plan.page.number === 1n,
  }
  values['weight'] = weight
  values['budget'] = budget
  values['end'] = offsetOf(plan.page) + BigInt(plan.page.size)
  return prepare(resource, { kind: 'search', ...shape }, keeps === 'nothing' ? compileTwoPasses : compileOnePass, values)
}

/** The work of a search, in comparisons: `work`. */
const workOf = (resource: Resource, shape: SearchShape) => {
  const named = shape.byAccount ? namedAccounts(resource, shape) : undefined
  const estimate = estimateOf(resource, shape.estimate, named)
  return query.$with('work').as(query.select({ work: sql`${estimate} * ${slot('weight')}`.as('work') }).from(viewer))
}

/** The count of all that match, NULL where the work is beyond the budget, and that work: `n`, `work`. */
const totalOf = (work: ReturnType<typeof workOf>, counted: SQL) =>
  query
    .$with('total')
    .as(query.select({ n: sql`case when ${work.work} <= ${slot('budget')} then ${counted} end`.as('n'), work: work.work }).from(work))

/** One cell of a table that has one row. */
const cell = (column: SQL.Aliased | SQL, table: WithSubquery) => sql`${query.select({ cell: column }).from(table)}`

/** The rows that a page has: none beyond the last one that matches, so that nobody looks for more of them. */
const pageCut = (total: ReturnType<typeof totalOf>): Cut => ({
  limit: sql`coalesce(${cell(sql`max(0, min(${slot('size')}, ${total.n} - ${slot('offset')}))`, total)}, 0)`,
  offset: sql`${slot('offset')}`,
})

const finish = (
  shape: ListShape,
  projection: Projection,
  tables: WithSubquery[],
  total: ReturnType<typeof totalOf>,
  pages: SQL[],
): Compiled => ({
  projection,
  text: toText(
    united(shape, projection, [...tables, total].map(madeOnce), { total: sql`${total.n}`, work: sql`${total.work}`, known: total }, pages),
  ),
})

/** Counts what matches in one pass, and reads the page in another, which ends with the page. */
function compileTwoPasses(resource: Resource, shape: SearchShape): Compiled {
  const projection = project(resource, shape.shown)
  const where = conditionsOf(resource, shape)
  const ways = waysOf(resource, shape)
  const rows = query.select({ n: count() }).from(resource.definition.table).where(and(ways[0], where))
  const counted = shape.counted ? countOf(resource, shape.counted, namedAccounts(resource, shape)) : sql`${rows}`
  const work = workOf(resource, shape)
  const total = totalOf(work, counted)
  const pages = ways.map((way) => cutPage(resource, shape, projection, and(way, where)!, pageCut(total)))
  return finish(shape, projection, [work], total, pages)
}

/**
 * Counts and reads the page in one pass over the rows, and keeps of those that match the internal id and what the page is ordered by. In the order
 * of time it keeps them up to the end of the page, and counts the rest from there on; in any other order it keeps them all.
 */
function compileOnePass(resource: Resource, shape: SearchShape): Compiled {
  const projection = project(resource, shape.shown)
  const { key, table } = resource.definition
  const matching = and(waysOf(resource, shape)[0], conditionsOf(resource, shape))!
  const work = workOf(resource, shape)
  const columns = new Map<SQLiteColumn, string>(shape.order.map(({ name }, at) => [resource.sorts.get(name)!, `order${at}`])).set(
    key,
    'key',
  )
  const kept = Object.fromEntries([...columns].map(([column, name]) => [name, sql`${column}`.as(name)]))
  const allowed = (limit: SQL) =>
    sql`coalesce(${query.select({ limit: sql`case when ${work.work} <= ${slot('budget')} then ${limit} end` }).from(work)}, 0)`
  const rows = query.select(kept).from(table).$dynamic().where(matching)
  const upToPage = shape.keeps === 'page'
  const found = query
    .$with('found')
    .as(
      (upToPage
        ? rows.orderBy(...orderBy(resource, shape.order)).limit(allowed(sql`${slot('end')}`) as never)
        : rows.limit(allowed(sql`-1`) as never)) as never,
    ) as WithSubquery
  const named = (column: SQLiteColumn) => sql.identifier(columns.get(column)!) as unknown as SQL
  const { tables, counted } = upToPage
    ? countFromPage(resource, shape, found, matching)
    : { tables: [], counted: sql`${query.select({ n: count() }).from(found)}` }
  const total = totalOf(work, counted)
  const keys = keysOf(found, orderBy(resource, shape.order, named), pageCut(total))
  return finish(shape, projection, [work, found, ...tables], total, [rowsOf(resource, shape, projection, keys)])
}

/** The internal ids of a page, as `key`. */
const keysOf = (from: WithSubquery | SQLiteTable, order: readonly SQL[], { limit, offset }: Cut, key = sql`key`, where?: SQL) =>
  query
    .select({ key: sql`${key}`.as('key') })
    .from(from)
    .$dynamic()
    .where(where)
    .orderBy(...order)
    .limit(limit as never)
    .offset(offset as never)
    .as('page')

/** The rows of a page by their internal ids, which lead: they are few. */
function rowsOf(resource: Resource, { order }: ListShape, projection: Projection, keys: ReturnType<typeof keysOf>): SQL {
  const { key, table } = resource.definition
  const page = query.select(shownCells(projection)).from(keys).crossJoin(table).$dynamic()
  const ordered = page.where(eq(key, keys.key)).orderBy(...orderBy(resource, order))
  return joined(resource, ordered, projection.included)
}

/**
 * The rows of a page among those that a condition leaves. Sorting keeps all that come before the end of the page: beyond the first page it keeps
 * their internal ids only, since whole rows would take ten times as long.
 */
function cutPage(resource: Resource, shape: SearchShape, projection: Projection, where: SQL, cut: Cut): SQL {
  if (shape.first) return pageOf(resource, shape, projection, where, cut)
  const { key, table } = resource.definition
  return rowsOf(resource, shape, projection, keysOf(table, orderBy(resource, shape.order), cut, sql`${key}`, where))
}

/** Counts what was kept of a page. If there may be more, those of the last one's time are counted again with the rest. */
function countFromPage(resource: Resource, { order }: SearchShape, found: WithSubquery, matching: SQL) {
  const [{ name, descending } = { name: '', descending: true }] = order
  const time = resource.sorts.get(name)!
  const at = sql`order0`
  const last = query.$with('last').as(query.select({ kept: count().as('kept'), at: (descending ? min(at) : max(at)).as('at') }).from(found))
  const sameTime = query
    .select({ n: count() })
    .from(found)
    .where(sql`${at} = ${last.at}`)
  const rest = query
    .select({ n: count() })
    .from(resource.definition.table)
    .where(and(matching, descending ? lte(time, last.at) : gte(time, last.at)))
  const counted = query
    .select({ n: sql`case when ${last.kept} < ${slot('end')} then ${last.kept} else ${last.kept} - ${sameTime} + ${rest} end` })
    .from(last)
  return { tables: [last], counted: sql`${counted}` }
}
