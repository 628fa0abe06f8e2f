// From rows to statements, without a look at the database. Rows that have the same columns share a statement, whose one value is a JSON list
// of them: a list per row, in the order of its columns. Where hardly two rows have the same columns, all share one, and each is an object.
// Every row has a key of its own, so the order of the rows decides nothing.
import { Buffer } from 'node:buffer'
import { foldedTexts } from '../db/fold.ts'
import { toJsonArray, type Statement, type Value } from '../db/statement.ts'
import type { Column, Kind, Values } from './schema.ts'
import { text } from './types.ts'

/** D1 takes values up to 2 MB. */
const MOST_BYTES = 1_500_000

/** D1 takes a thousand statements a request; a body has any number of chunks. */
const MOST_GROUPS = 8

/**
 * The statements that store rows, no two with the same key: new rows whole, of stored ones the columns that they have. A row that is stored
 * as it is stays untouched. A required column may be absent only where the row is stored.
 */
export function upsert(kind: Kind, rows: readonly Values[]): Statement[] {
  const groups = Map.groupBy(rows, presenceOf)
  return groups.size > MOST_GROUPS ? upsertMixed(kind, rows) : [...groups.values()].flatMap((group) => upsertAlike(kind, group))
}

/** The statement that deletes the row of a key, if there is one. */
export const deletion = ({ table, columns, key }: Kind, value: Value): Statement => ({
  sql: `DELETE FROM ${table} WHERE ${columns[key]!.name} = ?1->>0`,
  values: toJsonArray([value]),
})

/** Rows with the same columns have the same. */
const presenceOf = (values: Values) => (values.includes(undefined) ? values.map((value) => (value === undefined ? '-' : '+')).join('') : '')

function upsertAlike(kind: Kind, rows: readonly Values[]): Statement[] {
  const present = kind.columns.filter((_, index) => rows[0]![index] !== undefined)
  const folds = kind.folded && present.some(isText)
  const bound = rows.map((row) => {
    const values = row.filter((value) => value !== undefined)
    return toJsonArray(folds ? [...values, toFolded(present, values)] : values)
  })
  const sql = toSql(kind, present, folds)
  return inLists(bound).map((values) => ({ sql, values }))
}

/** Rows are read once: each look at the `value` of json_each would write the row out anew, which takes longer than all else. */
const GIVEN = 'WITH given AS MATERIALIZED (SELECT value FROM json_each(?1))'

const isText = (column: Column) => column.type === text

function toFolded(present: readonly Column[], values: readonly Value[]): string | null {
  const texts: [string, string][] = []
  for (const [index, column] of present.entries()) {
    const value = values[index]
    if (typeof value === 'string' && isText(column)) texts.push([column.name, value])
  }
  const folded = foldedTexts(texts)
  return folded && JSON.stringify(folded)
}

function toSql(kind: Kind, present: readonly Column[], folds: boolean): string {
  const { table, columns, key } = kind
  const keyName = columns[key]!.name
  const keyPlace = present.indexOf(columns[key]!)
  const missing = columns.filter((column) => column.required && !present.includes(column))
  const derived = derivedOf(kind, present)
  const given = [...present.map(({ name }) => name), ...(folds ? ['folded'] : [])]
  const names = derived ? [...given, derived.name] : given
  const values = given.map((_, place) => `given.value->>${place}`)
  if (derived) values.push(derived.toSql(`given.value->>${present.findIndex(({ name }) => name === derived.from)}`))
  // SQLite looks at NOT NULL before it looks for the conflict, so a stored row's own value stands in.
  const kept = missing.map(({ name }) => `(SELECT ${name} FROM ${table} WHERE ${keyName} = given.value->>${keyPlace})`)
  return [
    GIVEN,
    `INSERT INTO ${table} (${[...names, ...missing.map(({ name }) => name)].join(', ')})`,
    // Without a WHERE, SQLite takes the ON of the conflict for that of a join.
    `SELECT ${[...values, ...kept].join(', ')} FROM given WHERE true`,
    onConflict(kind, present, folds ? mergedFolded(kind, present) : undefined),
  ].join(' ')
}

/** What the database fills in, where what it follows from is at hand. */
const derivedOf = ({ derived }: Kind, present: readonly Column[]) =>
  derived && present.some(({ name }) => name === derived.from) ? derived : undefined

/** What happens to a row that is stored: the columns at hand are replaced, if any of them differs. */
function onConflict(kind: Kind, present: readonly Column[], folded: string | undefined): string {
  const { table, columns, key, wishedId } = kind
  const derived = derivedOf(kind, present)
  const changing = present.filter((column) => column !== columns[key] && (wishedId === undefined || column !== columns[wishedId]))
  const assigned = changing.map(({ name }) => `${name} = excluded.${name}`)
  if (derived) assigned.push(`${derived.name} = excluded.${derived.name}`)
  if (folded !== undefined) assigned.push(`folded = ${folded}`)
  const compared = [...changing.map(({ name }) => name), ...(derived ? [derived.name] : [])]
  const stored = compared.map((name) => `${table}.${name}`).join(', ')
  const given = compared.map((name) => `excluded.${name}`).join(', ')
  const action = changing.length === 0 ? 'NOTHING' : `UPDATE SET ${assigned.join(', ')} WHERE (${stored}) IS NOT (${given})`
  return `ON CONFLICT (${columns[key]!.name}) DO ${action}`
}

/** The folded texts of a stored row with those of the columns at hand replaced. */
function mergedFolded({ table, columns }: Kind, present: readonly Column[]): string {
  if (columns.every((column) => !isText(column) || present.includes(column))) return 'excluded.folded'
  const cleared = JSON.stringify(Object.fromEntries(present.filter(isText).map(({ name }) => [name, null])))
  const others = `json_patch(coalesce(${table}.folded, '{}'), '${cleared}')`
  return `nullif(json_patch(${others}, coalesce(excluded.folded, '{}')), '{}')`
}

/** Rows as objects; where a row leaves out a column, the stored row's own value stands in, or what a new row has. */
function upsertMixed(kind: Kind, rows: readonly Values[]): Statement[] {
  const { table, columns, key, derived } = kind
  const keyName = columns[key]!.name
  const values = columns.map((column, index) => (index === kind.wishedId ? `given.value->>'${column.name}'` : givenOrStored(column)))
  if (kind.folded) values.push(`nullif(json_patch(coalesce(stored.folded, '{}'), coalesce(given.value->>'folded', '{}')), '{}')`)
  if (derived) values.push(derived.toSql(givenOrStored(columns.find(({ name }) => name === derived.from)!)))
  const names = [...columns.map(({ name }) => name), ...(kind.folded ? ['folded'] : []), ...(derived ? [derived.name] : [])]
  const sql = [
    GIVEN,
    `INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')}`,
    `FROM given LEFT JOIN ${table} AS stored ON stored.${keyName} = given.value->>'${keyName}' WHERE true`,
    onConflict(kind, columns, kind.folded ? 'excluded.folded' : undefined),
  ].join(' ')
  return inLists(rows.map((row) => toObject(kind, row))).map((values) => ({ sql, values }))
}

function givenOrStored({ name, whenNull }: Column): string {
  const otherwise = whenNull === null || whenNull === undefined ? `stored.${name}` : `coalesce(stored.${name}, ${toLiteral(whenNull)})`
  return `iif(json_type(given.value, '$.${name}') IS NULL, ${otherwise}, given.value->>'${name}')`
}

const toLiteral = (value: string | number | bigint) => (typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value))

function toObject(kind: Kind, row: Values): string {
  const members: string[] = []
  const folded: Record<string, string | null> = {}
  for (const [index, value] of row.entries()) {
    if (value === undefined) continue
    const column = kind.columns[index]!
    members.push(`"${column.name}":${toJsonArray([value]).slice(1, -1)}`)
    // A text that needs no folded form takes away that of the stored one.
    if (isText(column)) folded[column.name] = null
  }
  if (kind.folded) {
    const present = kind.columns.filter((_, index) => row[index] !== undefined)
    const texts = toFolded(
      present,
      row.filter((value) => value !== undefined),
    )
    members.push(`"folded":${JSON.stringify({ ...folded, ...(JSON.parse(texts ?? '{}') as object) })}`)
  }
  return `{${members.join(',')}}`
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
