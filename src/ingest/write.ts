// From rows to statements, without a look at the database. Rows that have the same columns share a statement, whose one value is a JSON list
// of them: a list per row, in the order of its columns. Where hardly two rows have the same columns, all share one, and each is an object.
// Every row has a key of its own, so the order of the rows decides nothing.
import { Buffer } from 'node:buffer'
import { eq, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { foldedTexts } from '../db/fold.ts'
import { commas, each, excluded, fixed, fixedFor, given, insertInto, type Fixed, type Typed } from '../db/query.ts'
import { nameOf, namesOf, query, slot, toJson, toJsonArray, type Value } from '../db/statement.ts'
import type { Column, Kind, Values } from './schema.ts'
import { text } from './types.ts'

/** D1 takes values up to 2 MB. */
const MOST_BYTES = 1_500_000

/** D1 takes a thousand statements a request; a body has any number of chunks. */
const MOST_GROUPS = 8

/** How many statements of a kind are kept: which columns rows have is up to the operator's system. */
const MOST_KEPT = 50

const kept = new WeakMap<Kind, Map<string, Fixed<unknown>>>()

/**
 * The statements that store rows, no two with the same key: new rows whole, of stored ones the columns that they have. A row that is stored
 * as it is stays untouched. A required column may be absent only where the row is stored.
 */
export function upsert(kind: Kind, rows: readonly Values[]): Typed<unknown>[] {
  const groups = Map.groupBy(rows, presenceOf)
  if (groups.size > MOST_GROUPS) {
    const statement = keep(kind, 'mixed', () => upsertMixed(kind))
    return inLists(rows.map((row) => toObject(kind, row))).map((list) => statement(list))
  }
  return [...groups].flatMap(([presence, group]) => {
    const present = kind.columns.filter((_, index) => group[0]![index] !== undefined)
    const statement = keep(kind, presence, () => upsertAlike(kind, present))
    return inLists(group.map((row) => toList(kind, present, row))).map((list) => statement(list))
  })
}

function keep(kind: Kind, shape: string, build: () => SQL): Fixed<unknown> {
  const statements = kept.get(kind) ?? new Map<string, Fixed<unknown>>()
  const found = statements.get(shape)
  if (found) return found
  if (statements.size >= MOST_KEPT) statements.clear()
  const statement = fixed(build)
  kept.set(kind, statements.set(shape, statement))
  return statement
}

/** The statement that deletes the row of a key, if there is one. */
export const deletion = fixedFor(({ table, columns, key }: Kind) => query.delete(table).where(eq(columns[key]!.column, slot('key'))))

/** Rows with the same columns have the same. */
const presenceOf = (values: Values) => (values.includes(undefined) ? values.map((value) => (value === undefined ? '-' : '+')).join('') : '')

const isText = (column: Column) => column.type === text

const folds = ({ folded }: Kind, present: readonly Column[]) => (present.some(isText) ? folded : undefined)

function toList(kind: Kind, present: readonly Column[], row: Values): string {
  const values = row.filter((value) => value !== undefined)
  return toJsonArray(folds(kind, present) ? [...values, toFolded(present, values)] : values)
}

function toFolded(present: readonly Column[], values: readonly Value[]): string | null {
  const texts: [string, string][] = []
  for (const [index, column] of present.entries()) {
    const value = values[index]
    if (typeof value === 'string' && isText(column)) texts.push([column.name, value])
  }
  const folded = foldedTexts(texts)
  return folded && JSON.stringify(folded)
}

/** Rows as lists, all with the same columns. */
function upsertAlike(kind: Kind, present: readonly Column[]): SQL {
  const { table, columns, derived } = kind
  const key = columns[kind.key]!
  const folded = folds(kind, present)
  const at = (place: number) => sql`value->>${place}`
  const values = new Map(present.map(({ column }, place) => [column, at(place)]))
  const isGiven = sql`${key.column} = ${values.get(key.column)}`
  const source = derived && values.get(derived.from)
  if (folded) values.set(folded, at(present.length))
  if (source) values.set(derived.column, derived.toSql(source))
  // SQLite looks at NOT NULL before it looks for the conflict, so a stored row's own value stands in.
  for (const { column } of columns.filter((column) => column.required && !present.includes(column))) {
    const own = query.select({ column }).from(table).where(isGiven)
    values.set(column, sql`${own}`)
  }
  return insert(kind, values, sql`given`, present, folded && mergedFolded(kind, folded, present))
}

/** The folded texts of a stored row with those of the columns at hand replaced. */
function mergedFolded({ columns }: Kind, folded: SQLiteColumn, present: readonly Column[]): SQL {
  if (columns.every((column) => !isText(column) || present.includes(column))) return excluded(folded)
  const cleared = JSON.stringify(Object.fromEntries(present.filter(isText).map(({ name }) => [name, null])))
  return patchFolded(sql`json_patch(coalesce(${folded}, '{}'), ${cleared})`, excluded(folded))
}

const patchFolded = (stored: SQL, patch: SQL) => sql`nullif(json_patch(${stored}, coalesce(${patch}, '{}')), '{}')`

/** Rows as objects; where a row leaves out a column, the stored row's own value stands in, or what a new row has. */
function upsertMixed(kind: Kind): SQL {
  const { table, columns, wishedId, folded, derived } = kind
  const key = columns[kind.key]!.column
  const stored = (column: SQLiteColumn) => sql`stored.${namesOf(column)}`
  const values = new Map(
    columns.map(({ column, whenNull }, index) => {
      if (index === wishedId) return [column, given(column).value]
      const otherwise = whenNull === null || whenNull === undefined ? stored(column) : sql`coalesce(${stored(column)}, ${whenNull})`
      return [column, sql`iif(${given(column).isMissing}, ${otherwise}, ${given(column).value})`]
    }),
  )
  const source = derived && values.get(derived.from)
  if (folded) values.set(folded, patchFolded(sql`coalesce(${stored(folded)}, '{}')`, given(folded).value))
  if (source) values.set(derived.column, derived.toSql(source))
  const from = sql`given left join ${table} as stored on ${stored(key)} = ${given(key).value}`
  return insert(kind, values, from, columns, folded && excluded(folded))
}

/** Inserts rows; of those that are stored, the columns at hand are replaced if any of them differs. */
function insert(kind: Kind, values: ReadonlyMap<SQLiteColumn, SQL>, from: SQL, present: readonly Column[], folded: SQL | undefined): SQL {
  const { table, columns, key, wishedId, derived } = kind
  const fixed = [columns[key], wishedId === undefined ? undefined : columns[wishedId]]
  const compared = present.filter((column) => !fixed.includes(column)).map(({ column }) => column)
  const changes = compared.length > 0
  if (derived && values.has(derived.column)) compared.push(derived.column)
  const assigned = compared.map((column) => sql`${namesOf(column)} = ${excluded(column)}`)
  if (kind.folded && folded) assigned.push(sql`${namesOf(kind.folded)} = ${folded}`)
  const update = sql`update set ${commas(assigned)} where (${commas(compared)}) is not (${commas(compared.map(excluded))})`
  return sql.join(
    [
      // Rows are read once: each look at the `value` of json_each would write the row out anew, which takes longer than all else.
      sql`with given as materialized (select value from ${each()})`,
      insertInto(table, [...values.keys()]),
      // Without a WHERE, SQLite takes the ON of the conflict for that of a join.
      sql`select ${commas([...values.values()])} from ${from} where true`,
      sql`on conflict (${namesOf(columns[key]!.column)}) do ${changes ? update : sql`nothing`}`,
    ],
    sql` `,
  )
}

function toObject(kind: Kind, row: Values): string {
  const present = kind.columns.filter((_, index) => row[index] !== undefined)
  const values = row.filter((value) => value !== undefined)
  const members = Object.fromEntries(present.map(({ name }, at) => [name, values[at]!]))
  if (!kind.folded) return toJson(members)
  // A text that needs no folded form takes away that of the stored one.
  const cleared = Object.fromEntries(present.filter(isText).map(({ name }) => [name, null]))
  const folded = { ...cleared, ...(JSON.parse(toFolded(present, values) ?? '{}') as Record<string, string>) }
  return toJson({ ...members, [nameOf(kind.folded)]: folded })
}

/** Joins rows to JSON lists that D1 can take. */
export function inLists(rows: readonly string[]): string[] {
  const lists: string[] = []
  let list: string[] = []
  let bytes = 0
  for (const row of rows) {
    const rowBytes = Buffer.byteLength(row) + 1
    if (bytes + rowBytes > MOST_BYTES) {
      lists.push(`[${list.join(',')}]`)
      list = []
      bytes = 0
    }
    list.push(row)
    bytes += rowBytes
  }
  return [...lists, `[${list.join(',')}]`]
}
