// Statements that are the same but for their values are built once, from the tables; transactions tell by names what came of each. And the
// pieces of SQL that SQLite has and Drizzle's builder lacks.
import { sql, type Column, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Cell, Database } from './database.ts'
import { nameOf, namesOf, slot, toInlineText, toJson, type Bound, type Statement } from './statement.ts'

/** The list of a name, or the list that is bound alone, as a table with the column `value`. */
export const each = (name?: string): SQL => sql.raw(name === undefined ? 'json_each(?1)' : `json_each(?1, '$.${name}')`)

/** What `each` lists. */
export const item = sql`value`

/** The list, for IN. */
export const among = (name?: string): SQL => sql`(select value from ${each(name)})`

/** What an object that `each` lists gives for a column, and whether it gives nothing. */
export function given(column: Column): { value: SQL; isMissing: SQL } {
  const name = sql.raw(nameOf(column))
  return { value: sql`value->>'${name}'`, isMissing: sql`json_type(value, '$.${name}') is null` }
}

/** A slot in SET, where Drizzle's types want SQL. */
export const setTo = (name: string): SQL => sql`${slot(name)}`

/** In ON CONFLICT: what the row that could not be inserted has in a column. */
export const excluded = (column: Column): SQL => sql`excluded.${namesOf(column)}`

/** An id as text, since it may exceed what a double holds. */
export const asText = <Type extends string | null>(id: SQLWrapper): SQL<Type> => sql<Type>`cast(${id} as text)`

/** Pieces of SQL with commas between them. */
export const commas = (items: readonly SQLWrapper[]): SQL => sql.join([...items], sql`, `)

/** The beginning of an INSERT that leaves out columns, which Drizzle's has in full. */
export const insertInto = (table: SQLiteTable, columns: readonly Column[]): SQL => sql`insert into ${table} (${namesOf(...columns)})`

/** A statement, and the names of what it selects: the rows are objects of the type `Row`. */
export interface Typed<Row> extends Statement {
  fields: readonly string[]
  row?: Row
}

type RowOf<Query> = Query extends { readonly _: { readonly result: (infer Row)[] } } ? Row : unknown

/** Makes a statement of the values of its slots; a list that is bound alone is given as JSON. */
export type Fixed<Row> = (values?: string | Readonly<Record<string, Bound>>) => Typed<Row>

/** A statement that is the same but for its values: built when it is first wanted, and kept. */
export function fixed<Query extends SQLWrapper>(build: () => Query): Fixed<RowOf<Query>> {
  let kept: ReturnType<typeof compile> | undefined
  return (values = {}) => {
    const { sql, fields, slots } = (kept ??= compile(build()))
    if (typeof values === 'string') return { sql, values, fields }
    const missing = slots.find((name) => values[name] === undefined)
    if (missing !== undefined) throw new Error(`${missing} has no value in ${sql}`)
    return { sql, values: toJson(values), fields }
  }
}

/** Such a statement for each of a few keys. */
export function fixedFor<Key, Query extends SQLWrapper>(build: (key: Key) => Query): (key: Key) => Fixed<RowOf<Query>> {
  const statements = new Map<Key, Fixed<RowOf<Query>>>()
  return (key) => {
    const statement = statements.get(key) ?? fixed(() => build(key))
    statements.set(key, statement)
    return statement
  }
}

const SLOT = /\?1(?:->>'|, '\$\.)(\w+)'/g

function compile(query: SQLWrapper) {
  const sql = toInlineText(query)
  const { _: { selectedFields = {} } = {} } = query as { _?: { selectedFields?: object } }
  return { sql, fields: Object.keys(selectedFields), slots: Array.from(sql.matchAll(SLOT), ([, name]) => name!) }
}

/** D1 gives rows of a transaction as objects: where two columns have one name, a cell is missing. */
function toRow<Row>({ sql, fields }: Typed<Row>, cells: readonly Cell[]): Row {
  if (cells.length !== fields.length) throw new Error(`Two columns have the same name in ${sql}`)
  return Object.fromEntries(fields.map((name, at) => [name, cells[at]])) as Row
}

/** The rows that a statement selects. */
export async function read<Row>(database: Database, statement: Typed<Row>): Promise<Row[]> {
  return (await database.rows(statement)).map((cells) => toRow(statement, cells))
}

/** What came of a statement: how many rows it changed, and those that it selected. */
interface Result<Row> {
  changes: number
  rows: Row[]
}

type ResultOf<Part> = Part extends readonly Typed<infer Row>[] ? Result<Row>[] : Part extends Typed<infer Row> ? Result<Row> : never

type Part = Typed<unknown> | readonly Typed<unknown>[]

/** Runs statements, alone or in lists, as one transaction. What came of each is found by the name that it was given. */
export async function transact<Parts extends Readonly<Record<string, Part>>>(
  database: Database,
  parts: Parts,
): Promise<{ [Name in keyof Parts]: ResultOf<Parts[Name]> }> {
  const results = (await database.write(Object.values(parts).flat())).values()
  const take = (statement: Typed<unknown>): Result<unknown> => {
    const { changes, rows } = results.next().value!
    return { changes, rows: rows.map((row) => toRow(statement, Object.values(row))) }
  }
  const named = Object.entries(parts).map(([name, part]) => [name, 'sql' in part ? take(part) : part.map(take)])
  return Object.fromEntries(named) as { [Name in keyof Parts]: ResultOf<Parts[Name]> }
}
