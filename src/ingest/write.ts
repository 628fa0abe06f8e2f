// From rows to statements, without a look at the database. Rows that have the same columns share a statement, whose one value is a JSON list
// of them: a list per row, in the order of its columns. Every row has a key of its own, so the order of the rows decides nothing.
import { Buffer } from 'node:buffer'
import { foldedTexts } from '../db/fold.ts'
import { toJsonArray, type Statement, type Value } from '../db/statement.ts'
import type { Column, Kind, Values } from './schema.ts'
import { text } from './types.ts'

/** D1 takes values up to 2 MB. */
const MOST_BYTES = 1_500_000

/**
 * The statements that store rows, no two with the same key: new rows whole, of stored ones the columns that they have. A row that is stored
 * as it is stays untouched. A required column may be absent only where the row is stored.
 */
export function upsert(kind: Kind, rows: readonly Values[]): Statement[] {
  const groups = Map.groupBy(rows, (values) => values.map((value) => (value === undefined ? '-' : '+')).join(''))
  return [...groups.values()].flatMap((group) => {
    const present = kind.columns.filter((_, index) => group[0]![index] !== undefined)
    const folds = kind.folded && present.some(isText)
    const bound = group.map((row) => {
      const values = row.filter((value) => value !== undefined)
      return toJsonArray(folds ? [...values, toFolded(present, values)] : values)
    })
    const sql = toSql(kind, present, folds)
    return split(bound).map((values) => ({ sql, values }))
  })
}

const isText = (column: Column) => column.type === text

function toFolded(present: readonly Column[], values: readonly Value[]): string | null {
  const texts: [string, string][] = []
  for (const [index, column] of present.entries()) {
    const value = values[index]
    if (isText(column) && typeof value === 'string') texts.push([column.name, value])
  }
  const folded = foldedTexts(texts)
  return folded && JSON.stringify(folded)
}

function toSql({ table, columns, key, wishedId }: Kind, present: readonly Column[], folds: boolean): string {
  const keyName = columns[key]!.name
  const keyPlace = present.indexOf(columns[key]!)
  const missing = columns.filter((column) => column.required && !present.includes(column))
  const names = [...present.map(({ name }) => name), ...(folds ? ['folded'] : [])]
  const values = names.map((_, place) => `given.value->>${place}`)
  // SQLite looks at NOT NULL before it looks for the conflict, so a stored row's own value stands in.
  const kept = missing.map(({ name }) => `(SELECT ${name} FROM ${table} WHERE ${keyName} = given.value->>${keyPlace})`)
  const changing = present.filter((column) => column !== columns[key] && (wishedId === undefined || column !== columns[wishedId]))
  const assigned = changing.map(({ name }) => `${name} = excluded.${name}`)
  if (folds) assigned.push(`folded = ${mergedFolded(table, columns, present)}`)
  const stored = changing.map(({ name }) => `${table}.${name}`).join(', ')
  const given = changing.map(({ name }) => `excluded.${name}`).join(', ')
  return [
    `INSERT INTO ${table} (${[...names, ...missing.map(({ name }) => name)].join(', ')})`,
    // Without a WHERE, SQLite takes the ON of the conflict for that of a join.
    `SELECT ${[...values, ...kept].join(', ')} FROM json_each(?1) AS given WHERE true`,
    `ON CONFLICT (${keyName}) DO`,
    changing.length === 0 ? 'NOTHING' : `UPDATE SET ${assigned.join(', ')} WHERE (${stored}) IS NOT (${given})`,
  ].join(' ')
}

/** The folded texts of a stored row with those of the columns at hand replaced. */
function mergedFolded(table: string, columns: readonly Column[], present: readonly Column[]): string {
  if (columns.every((column) => !isText(column) || present.includes(column))) return 'excluded.folded'
  const cleared = JSON.stringify(Object.fromEntries(present.filter(isText).map(({ name }) => [name, null])))
  const others = `json_patch(coalesce(${table}.folded, '{}'), '${cleared}')`
  return `nullif(json_patch(${others}, coalesce(excluded.folded, '{}')), '{}')`
}

/** Joins rows to JSON lists that D1 can take. */
function split(rows: readonly string[]): string[] {
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
