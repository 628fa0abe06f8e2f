// Every statement has one bound parameter: a JSON array of its values, met in SQL as `(?1->>0)`, `(?1->>1)`, …
// So no statement meets D1's limit of 100 parameters, an integer stays an integer (D1 binds every number as REAL), and ids beyond 2^53 arrive whole.
import { sql, type SQL } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'
import { SQLiteAsyncDialect, type SQLiteColumn } from 'drizzle-orm/sqlite-core'

/** What may be bound. A bigint is written as the integer it is. */
export type Value = string | number | bigint | null

/** SQL text and the JSON array that it takes as `?1`. */
export interface Statement {
  sql: string
  values: string
}

const dialect = new SQLiteAsyncDialect({ casing: 'snake_case' })
const casing = new CasingCache('snake_case')

/** Renders SQL whose values stand in the bound array from `start` on. */
export function render(query: SQL, start = 0): { text: string; values: Value[] } {
  const { sql: text, params } = query.toQuery({
    casing,
    escapeName: (name) => dialect.escapeName(name),
    escapeParam: (index) => `(?1->>${start + index})`,
    escapeString: (value) => dialect.escapeString(value),
  })
  return { text, values: params as Value[] }
}

/** SQL as D1 takes it. */
export function toStatement(query: SQL): Statement {
  const { text, values } = render(query)
  return { sql: text, values: toJsonArray(values) }
}

/** Renders SQL that has no values: what is the same for every request is rendered once. */
export function renderConstant(query: SQL): string {
  const { text, values } = render(query)
  if (values.length > 0) throw new Error(`Constant SQL takes no values: ${text}`)
  return text
}

const columnNames = new WeakMap<SQLiteColumn, string>()

/** The quoted name of a column, with its table's. */
export function nameOf(column: SQLiteColumn): string {
  let name = columnNames.get(column)
  if (name === undefined) columnNames.set(column, (name = renderConstant(sql`${column}`)))
  return name
}

/** Joins conditions by AND or OR as a balanced tree: D1 refuses expressions more than 100 deep, and a flat chain is as deep as it is long. */
export function nest(conditions: readonly SQL[], operator: 'AND' | 'OR'): SQL {
  if (conditions.length <= 2) return sql.join([...conditions], sql.raw(` ${operator} `))
  const half = Math.ceil(conditions.length / 2)
  return sql`(${nest(conditions.slice(0, half), operator)}) ${sql.raw(operator)} (${nest(conditions.slice(half), operator)})`
}

/** A JSON array of values as text; also what `list` binds. */
export const toJsonArray = (values: readonly Value[]) =>
  values.some((value) => typeof value === 'bigint')
    ? `[${values.map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value))).join(',')}]`
    : JSON.stringify(values)

/** The longest list that is spelled out; a longer one is one value, read by json_each (which D1 bills at three rows a value). */
const SPELLED_OUT = 8

/** A parenthesised list for IN, of any length. */
export function list(values: readonly Value[]): SQL {
  if (values.length > SPELLED_OUT) return sql`(SELECT value FROM json_each(${toJsonArray(values)}))`
  return sql`(${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )})`
}
