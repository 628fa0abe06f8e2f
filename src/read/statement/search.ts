// A search (`search.ts`) as one statement. It begins with an estimate of its work, and looks at no row where that is beyond the operator's budget.
import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { nameOf, nest, render, toJsonArray, type Statement } from '../../db/statement.ts'
import { VIEWER, viewerOf } from '../../db/viewer.ts'
import { countOf, estimateOf } from './count.ts'
import type { ListPlan, Order } from '../plan/plan.ts'
import { foundBy, type Search } from '../plan/search.ts'
import { scopeOf } from './scope.ts'
import { HEAD_WIDTH, joins, limitText, offsetOf, offsetText, orderBy, padding, pageSelect, renderConditions, table, toSql } from './sql.ts'

/** A list that looks at every row of its range. */
export interface SearchPlan extends ListPlan {
  search: Search
}

/** Whether a list is a search. */
export const isSearch = (plan: ListPlan): plan is SearchPlan => plan.search !== undefined

/** Rows: the viewer (may listen, count of all that match, work in comparisons), then the page. Beyond the budget no count, and no page. */
export const searchStatement = (plan: SearchPlan): Statement => (plan.search.keeps === 'nothing' ? lookedThrough(plan) : gathered(plan))

/** The rows that a page has: none beyond the last one that matches, so that nobody looks for more of them. */
const pageLimit = (plan: SearchPlan) => `coalesce((SELECT max(0, min(${plan.page.size}, n - ${offsetText(plan)})) FROM total), 0)`

/**
 * The beginning of a search: the viewer, then its work, in comparisons. `total` has the count of all that match, NULL where the work is beyond
 * the budget; `gathered` are tables that the count is made of.
 */
function head(plan: SearchPlan, gathered: SQL, count: SQL): SQL {
  const { range, weight, budget } = plan.search
  return sql`WITH viewer AS (${viewerOf(plan.subject)}), work AS MATERIALIZED (SELECT ${estimateOf(range)} * ${weight} AS work FROM viewer)${gathered},
    total AS MATERIALIZED (SELECT CASE WHEN work <= ${budget} THEN ${count} END AS n, work FROM work)
    SELECT ${sql.raw(VIEWER)}, n AS c1, work AS c2${sql.raw(padding(plan, HEAD_WIDTH))} FROM viewer, total`
}

/** The rows of a page, to follow a head, from a query that finds their internal ids as `key`. */
function rowsOf(plan: SearchPlan, keys: string): string {
  const { resource, projection, order } = plan
  const shown = `${projection.columns.join(', ')}${padding(plan, projection.columns.length)}`
  const from = `FROM (${keys}) CROSS JOIN ${table(resource)} ON ${nameOf(resource.definition.key)} = key`
  return ` UNION ALL SELECT * FROM (SELECT ${shown} ${from}${joins(resource, projection.included)} ORDER BY ${orderBy(resource, order)})`
}

/**
 * The rows of a page among those that a condition leaves. Sorting keeps all that come before the end of the page: beyond the first page it keeps
 * their internal ids only, since whole rows would take ten times as long.
 */
function cutPage(plan: SearchPlan, where: string): string {
  const { resource, order, page } = plan
  if (page.number === 1n) return pageSelect(plan, where, offsetText(plan), pageLimit(plan))
  const cut = `ORDER BY ${orderBy(resource, order)} LIMIT ${pageLimit(plan)} OFFSET ${offsetText(plan)}`
  return rowsOf(plan, `SELECT ${nameOf(resource.definition.key)} AS key FROM ${table(resource)} WHERE ${where} ${cut}`)
}

/** Counts what matches in one pass, and reads the page in another, which ends with the page. */
function lookedThrough(plan: SearchPlan): Statement {
  const { resource, conditions, counted } = plan
  const filters = renderConditions(conditions, 0)
  const by = foundBy(resource, conditions)
  const scope = scopeOf(resource)
  const count = counted
    ? countOf(counted, plan.nowMicroseconds)
    : sql.raw(`(SELECT count(*) FROM ${table(resource)} WHERE ${scope[by]}${filters.text})`)
  const begun = render(head(plan, sql``, count), filters.values.length)
  const ways = counted && by === 'listed' ? scope.ordered : [scope[by]]
  return {
    sql: begun.text + ways.map((way) => cutPage(plan, `${way}${filters.text}`)).join(''),
    values: toJsonArray([...filters.values, ...begun.values]),
  }
}

/**
 * Counts and reads the page in one pass over the rows, and keeps of those that match the internal id and what the page is ordered by. In the order
 * of time it keeps them up to the end of the page, and counts the rest from there on; in any other order it keeps them all.
 */
function gathered(plan: SearchPlan): Statement {
  const { resource, order, conditions } = plan
  const { key, table: rows } = resource.definition
  const names = new Map<SQLiteColumn, string>(order.map(({ column }, at) => [column, `order${at}`])).set(key, 'key')
  const matching = sql`FROM ${rows} WHERE ${sql.raw(scopeOf(resource)[foundBy(resource, conditions)])} AND (${nest(conditions.map(toSql), 'AND')})`
  const kept = sql.raw([...names].map(([column, name]) => `${nameOf(column)} AS ${name}`).join(', '))
  const { cut, also, count } =
    plan.search.keeps === 'page'
      ? upToPage(plan, matching)
      : { cut: allowed(plan, '-1'), also: sql``, count: sql`(SELECT count(*) FROM found)` }
  const found = sql`, found AS MATERIALIZED (SELECT ${kept} ${matching} ${cut})${also}`
  const { text, values } = render(head(plan, found, count))
  const ordered = `ORDER BY ${orderBy(resource, order, (column) => names.get(column)!)} LIMIT ${pageLimit(plan)} OFFSET ${offsetText(plan)}`
  return { sql: text + rowsOf(plan, `SELECT key FROM found ${ordered}`), values: toJsonArray(values) }
}

/** A LIMIT of a table that is made for the count: nothing where the work is beyond the budget. */
const allowed = ({ search: { budget } }: SearchPlan, limit: string) =>
  sql`LIMIT coalesce((SELECT CASE WHEN work <= ${budget} THEN ${sql.raw(limit)} END FROM work), 0)`

/** Keeps the rows up to the end of the page. If there may be more, those of the last one's time are counted again with the rest. */
function upToPage(plan: SearchPlan, matching: SQL): { cut: SQL; also: SQL; count: SQL } {
  const { resource, order, page } = plan
  const [{ column: time, descending }] = order as [Order]
  const end = limitText(offsetOf(page) + BigInt(page.size))
  const [earliest, beyond] = descending ? [sql`min`, sql`<=`] : [sql`max`, sql`>=`]
  return {
    cut: sql`ORDER BY ${sql.raw(orderBy(resource, order))} ${allowed(plan, end)}`,
    also: sql`, last AS MATERIALIZED (SELECT count(*) AS kept, ${earliest}(order0) AS at FROM found)`,
    count: sql`(SELECT CASE WHEN kept < ${sql.raw(end)} THEN kept
      ELSE kept - (SELECT count(*) FROM found WHERE order0 = at) + (SELECT count(*) ${matching} AND ${time} ${beyond} at) END FROM last)`,
  }
}
