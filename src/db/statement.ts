// Every statement has one bound parameter: a JSON array of its values, met in SQL as `(?1->>0)`, `(?1->>1)`, …
// So no statement meets D1's limit of 100 parameters, an integer stays an integer (D1 binds every number as REAL), and ids beyond 2^53 arrive whole.
import { sql, type SQL } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'

/** What may be bound. A bigint is written as the integer it is. */
export type Value = string | number | bigint | null

/** SQL text and the JSON array that it takes as `?1`. */
export interface Statement {
  sql: string
  values: string
}

class OneParameterDialect extends SQLiteAsyncDialect {
  override escapeParam(index: number): string {
    return `(?1->>${index})`
  }
}

const dialect = new OneParameterDialect({ casing: 'snake_case' })

/** Renders a whole statement. */
export function compile(query: SQL): Statement {
  const { sql: text, params } = dialect.sqlToQuery(query)
  return { sql: text, values: toJsonArray(params as Value[]) }
}

/** Renders a constant piece of SQL once, so that requests need not render it again. */
export function constant(query: SQL): SQL {
  const { sql: text, params } = dialect.sqlToQuery(query)
  if (params.length > 0) throw new Error(`A constant piece of SQL takes no values: ${text}`)
  return sql.raw(text)
}

/** Joins conditions by AND or OR as a balanced tree: D1 refuses expressions more than 100 deep, and a flat chain is as deep as it is long. */
export function nest(conditions: readonly SQL[], operator: 'AND' | 'OR'): SQL {
  if (conditions.length <= 2) return sql.join([...conditions], sql.raw(` ${operator} `))
  const half = Math.ceil(conditions.length / 2)
  return sql`(${nest(conditions.slice(0, half), operator)}) ${sql.raw(operator)} (${nest(conditions.slice(half), operator)})`
}

/** A JSON array of values as text; also what `list` binds. */
export const toJsonArray = (values: readonly Value[]) =>
  `[${values.map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value))).join(',')}]`

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
