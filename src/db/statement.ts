// Every statement has one bound parameter: a JSON object of its values, met in SQL by their names: `(?1->>'duration_gteq')`. So no statement
// meets D1's limit of 100 parameters, an integer stays an integer (D1 binds every number as REAL), and ids beyond 2^53 arrive whole.
import { is, Placeholder, sql, type SQL, type SQLWrapper, type WithSubquery } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'
import { QueryBuilder, SQLiteAsyncDialect, type SQLiteColumn } from 'drizzle-orm/sqlite-core'

/** What may be bound. A bigint is written as the integer it is. */
export type Value = string | number | bigint | null

/** Values by the names of their slots. */
export type Values = Record<string, Value>

/** SQL text and the JSON that it takes as `?1`. */
export interface Statement {
  sql: string
  values: string
}

/** The name of a value that stands in a query itself. */
const inPlace = (index: number) => `value${index}`

class OneParameter extends SQLiteAsyncDialect {
  override escapeParam(index: number, given?: unknown): string {
    return `(?1->>'${is(given, Placeholder) ? given.name : inPlace(index)}')`
  }
}

const dialect = new OneParameter({ casing: 'snake_case' })

/** Begins a query of Drizzle's. */
export const query = new QueryBuilder(dialect)

/** Where a value stands in a statement, by its name. Names are ours, never a client's. */
export const slot = (name: string) => sql.placeholder(name)

/** A query with its values: those of its slots, and those that stand in itself. */
export function toStatement(built: SQLWrapper, slots: Values = {}): Statement {
  const { sql: text, params } = dialect.sqlToQuery(built.getSQL())
  const values = { ...slots }
  for (const [index, param] of params.entries()) if (!is(param, Placeholder)) values[inPlace(index)] = param as Value
  return { sql: text, values: toJson(values) }
}

/** The text of a query that has all its values in slots: it is the same whatever they are. */
export function toText(built: SQLWrapper): string {
  const { sql: text, params } = dialect.sqlToQuery(built.getSQL())
  if (!params.every((param) => is(param, Placeholder))) throw new Error(`Values stand in a text that is kept: ${text}`)
  return text
}

/** A table of a WITH clause. */
export const defined = (table: WithSubquery) => sql`${table} as (${table._.sql})`

/** The same, made once however often it is read: SQLite would else put it in place of its name. */
export const madeOnce = (table: WithSubquery) => sql`${table} as materialized (${table._.sql})`

/** Joins conditions by AND or OR as a balanced tree: D1 refuses expressions more than 100 deep, and a flat chain is as deep as it is long. */
export function nest(conditions: readonly SQL[], operator: 'AND' | 'OR'): SQL {
  if (conditions.length <= 2) return sql.join([...conditions], sql.raw(` ${operator} `))
  const half = Math.ceil(conditions.length / 2)
  return sql`(${nest(conditions.slice(0, half), operator)}) ${sql.raw(operator)} (${nest(conditions.slice(half), operator)})`
}

const casing = new CasingCache('snake_case')

/** The names of columns without their table's, as INSERT and SET want them. */
export const namesOf = (...columns: readonly SQLiteColumn[]) =>
  sql.join(
    columns.map((column) => sql.identifier(casing.getColumnCasing(column))),
    sql`, `,
  )

const isBig = (value: Value) => typeof value === 'bigint'
const write = (value: Value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value))

/** A JSON object of values. */
export const toJson = (values: Values) =>
  Object.values(values).some(isBig)
    ? `{${Object.entries(values)
        .map(([name, value]) => `"${name}":${write(value)}`)
        .join(',')}}`
    : JSON.stringify(values)

/** A JSON list of values, for `json_each`. */
export const toJsonArray = (values: readonly Value[]) => (values.some(isBig) ? `[${values.map(write).join(',')}]` : JSON.stringify(values))

/** The values of a JSON list, as rows. */
export const eachOf = (json: SQLWrapper) => sql`(SELECT value FROM json_each(${json}))`
