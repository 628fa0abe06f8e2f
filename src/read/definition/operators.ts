// What an operator is: how many values it takes, and its SQL. Rows with NULL in the column match none of them (contract E.3).
import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { fold, foldedColumn } from '../../db/fold.ts'
import { list, nest, toJsonArray, type Value } from '../../db/statement.ts'

export type Operator = (
  | { takes: 'one'; sql: (column: SQLiteColumn, value: Value) => SQL }
  | { takes: 'many'; sql: (column: SQLiteColumn, values: readonly Value[]) => SQL }
) & {
  /** Whether it leaves only rows with the given values, so that an index on the column leads straight to them. */
  pins?: boolean
  /** Whether it searches in the folded text of the column, which each row has to be asked for. */
  folds?: boolean
}

const compare = (symbol: string): Operator => ({
  takes: 'one',
  sql: (column, value) => sql`${column} ${sql.raw(symbol)} ${value}`,
  pins: symbol === '=',
})

const within = (symbol: string): Operator => ({
  takes: 'many',
  sql: (column, values) => sql`${column} ${sql.raw(symbol)} ${list(values)}`,
  pins: symbol === 'IN',
})

const folded = (value: Value) => fold(String(value))

/** As SQLite counts: code points. */
const lengthOf = (text: string) => Array.from(text).length

export const operators = {
  eq: compare('='),
  not_eq: compare('<>'),
  gt: compare('>'),
  gteq: compare('>='),
  lt: compare('<'),
  lteq: compare('<='),
  in: within('IN'),
  not_in: within('NOT IN'),
  // Text is searched by instr and substr: D1 refuses LIKE patterns over 50 bytes, and a client's % is a % (contract E.3).
  cont: { takes: 'one', folds: true, sql: (column, value) => sql`instr(${foldedColumn(column)}, ${folded(value)}) > 0` },
  start: {
    takes: 'one',
    folds: true,
    sql: (column, value) => sql`substr(${foldedColumn(column)}, 1, ${lengthOf(folded(value))}) = ${folded(value)}`,
  },
  end: {
    takes: 'one',
    folds: true,
    sql: (column, value) => sql`substr(${foldedColumn(column)}, ${-lengthOf(folded(value))}) = ${folded(value)}`,
  },
  cont_any: { takes: 'many', folds: true, sql: containsAny },
} satisfies Record<string, Operator>

export type OperatorName = keyof typeof operators

/** Values to search for that are spelled out. D1 takes statements of 100 KB, and bills a row for each value read of a longer list. */
const SPELLED_OUT = 100

/** Whether a text contains one of several values. It is folded once for each row, and the list is parsed once for the statement: LIMIT sees to both. */
function containsAny(column: SQLiteColumn, values: readonly Value[]): SQL {
  const sought = [...new Set(values.map(folded))]
  const text = sql`(SELECT ${foldedColumn(column)} AS text LIMIT 1)`
  if (sought.length > SPELLED_OUT) {
    return sql`EXISTS (SELECT 1 FROM ${text} CROSS JOIN (SELECT value FROM json_each(${toJsonArray(sought)}) LIMIT -1) WHERE instr(text, value))`
  }
  const found = sought.map((value) => sql`instr(text, ${value})`)
  return sql`(SELECT ${nest(found, 'OR')} FROM ${text})`
}

/** The operators of a uuid that names a row of another table: what is compared is the row's internal id. */
export const relatedOperators = (key: SQLiteColumn, uuid: SQLiteColumn): ReadonlyMap<OperatorName, Operator> => {
  const ids = (values: readonly Value[]) => sql`(SELECT ${key} FROM ${key.table} WHERE ${uuid} IN ${list(values)})`
  // NOT IN an empty list holds for NULL too, and a uuid that nobody has gives an empty list.
  const notAmong = (column: SQLiteColumn, values: readonly Value[]) => sql`(${column} IS NOT NULL AND ${column} NOT IN ${ids(values)})`
  return new Map<OperatorName, Operator>([
    // A single value keeps the order of an index that goes on with the time; a list of one would not.
    ['eq', { takes: 'one', sql: (column, value) => sql`${column} = ${ids([value])}`, pins: true }],
    ['not_eq', { takes: 'one', sql: (column, value) => notAmong(column, [value]) }],
    ['in', { takes: 'many', sql: (column, values) => sql`${column} IN ${ids(values)}`, pins: true }],
    ['not_in', { takes: 'many', sql: notAmong }],
  ])
}
