// Every statement has one bound parameter: a JSON object of its values, met in SQL by their names: `(?1->>'duration_gteq')`. So no statement
// meets D1's limit of 100 parameters, an integer stays an integer (D1 binds every number as REAL), and ids beyond 2^53 arrive whole.
import { is, Placeholder, sql, type Column, type SQL, type SQLWrapper, type WithSubquery } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'
import { BaseSQLiteDatabase, SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'

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

/** Begins a query of Drizzle's. It has no session: it builds queries, and runs none. */
export const query = new BaseSQLiteDatabase<'async', unknown>('async', dialect, undefined as never, undefined)

/** Where a value stands in a statement, by its name. Names are ours, never a client's. */
export const slot = (name: string) => sql.placeholder(name)

/** A query with its values: those of its slots, and those that stand in itself. */
export function toStatement(built: SQLWrapper, slots: Values = {}): Statement {
  const { sql: text, params } = dialect.sqlToQuery(built.getSQL())
  const values = { ...slots }
  for (const [index, param] of params.entries()) if (!is(param, Placeholder)) values[inPlace(index)] = param as Value
  return { sql: text, values: toJson(values) }
}

/** The text of a query with the values that stand in it written out: only those of its slots are bound. */
export const toInlineText = (built: SQLWrapper): string => dialect.sqlToQuery(built.getSQL().inlineParams()).sql

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

/** The name of a column in the database. */
export const nameOf = (column: Column): string => casing.getColumnCasing(column)

/** The names of columns without their table's, as INSERT and SET want them. */
export const namesOf = (...columns: readonly Column[]): SQL =>
  sql.join(
    columns.map((column) => sql.identifier(nameOf(column))),
    sql`, `,
  )

/** What JSON is made of. */
export type Bound = Value | readonly Bound[] | { readonly [name: string]: Bound }

const isBig = (value: Bound): boolean =>
  typeof value === 'bigint' || (typeof value === 'object' && value !== null && Object.values(value).some(isBig))

/** JSON of values; for the slots of a statement, of an object by their names. */
export function toJson(value: Bound): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null || !isBig(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, member]) => [JSON.stringify(name), toJson(member)] as const)
  return Array.isArray(value)
    ? `[${members.map(([, json]) => json).join(',')}]`
    : `{${members.map((member) => member.join(':')).join(',')}}`
}

/** A JSON list of values, for `json_each`. */
export const toJsonArray = (values: readonly Value[]) => toJson(values)

/** The values of a JSON list, as rows. */
export const eachOf = (json: SQLWrapper) => sql`(SELECT value FROM json_each(${json}))`
