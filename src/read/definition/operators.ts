// What an operator is: how many values it takes, what is bound of them, and its SQL, in which they stand by name. Rows with NULL in the column match
// none of them (contract E.3).
import { eq, gt, gte, inArray, lt, lte, ne, notInArray, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { fold, foldedColumn } from '../../db/fold.ts'
import { eachOf, nest, query, slot, toJsonArray, type Value, type Values } from '../../db/statement.ts'

export interface Operator {
  takes: 'one' | 'many'
  /** Its condition. The values stand in the slots that `bind` fills for the same name and count. */
  sql: (column: SQLiteColumn, name: string, count: number) => SQL
  /** What is compared in place of the values given. */
  prepare?: (values: readonly Value[]) => readonly Value[]
  /** Lists up to this length are spelled out, if there is room; any other is one value, read by json_each (which D1 bills at three rows a value). */
  spelledOut: number
  /** Whether it leaves only rows with the given values, so that an index on the column leads straight to them. */
  pins?: boolean
  /** Whether it searches in the folded text of the column, which each row has to be asked for. */
  folds?: boolean
}

/** How many values of lists a statement may still spell out: D1 takes statements of 100 KB, in which each condition stands twice. */
export interface Room {
  left: number
}

export const roomOfStatement = (): Room => ({ left: 100 })

/** The count of a list that is one value. */
const LISTED = 0

/** Puts the values of a condition into the slots of its operator; tells how many slots they have, `LISTED` for a list that is one value. */
export function bind(operator: Operator, name: string, given: readonly Value[], slots: Values, room: Room): number {
  const values = operator.prepare?.(given) ?? given
  if (operator.takes === 'one') {
    slots[name] = values[0] ?? null
    return 1
  }
  if (values.length > Math.min(operator.spelledOut, room.left)) {
    slots[name] = toJsonArray(values)
    return LISTED
  }
  room.left -= values.length
  for (const [at, value] of values.entries()) slots[`${name}.${at}`] = value
  return values.length
}

const slots = (name: string, count: number) => Array.from({ length: count }, (_, at) => slot(`${name}.${at}`))

const one = (compare: (column: SQLiteColumn, value: SQL) => SQL, pins = false): Operator => ({
  takes: 'one',
  spelledOut: 1,
  pins,
  sql: (column, name) => compare(column, sql`${slot(name)}`),
})

const SPELLED_OUT = 8

/** A list in parentheses. */
const list = (name: string, count: number) => (count === LISTED ? eachOf(slot(name)) : slots(name, count))

const many = (compare: (column: SQLiteColumn, values: SQL) => SQL, pins = false): Operator => ({
  takes: 'many',
  spelledOut: SPELLED_OUT,
  pins,
  sql: (column, name, count) => compare(column, list(name, count) as SQL),
})

const folded = (values: readonly Value[]) => values.map((value) => fold(String(value)))

// Text is searched by instr and substr: D1 refuses LIKE patterns over 50 bytes, and a client's % is a % (contract E.3).
const search = (compare: (text: SQL, value: SQL) => SQL): Operator => ({
  takes: 'one',
  spelledOut: 1,
  folds: true,
  prepare: folded,
  sql: (column, name) => compare(foldedColumn(column), sql`${slot(name)}`),
})

/** Whether a text contains one of several values. It is folded once for each row, and the list is parsed once for the statement: LIMIT sees to both. */
function containsAny(column: SQLiteColumn, name: string, count: number): SQL {
  const text = sql`(select ${foldedColumn(column)} as text limit 1)`
  if (count === LISTED) {
    return sql`exists (select 1 from ${text} cross join (select value from json_each(${slot(name)}) limit -1) where instr(text, value))`
  }
  const found = slots(name, count).map((value) => sql`instr(text, ${value})`)
  return sql`(select ${nest(found, 'OR')} from ${text})`
}

export const operators = {
  eq: one(eq, true),
  not_eq: one(ne),
  gt: one(gt),
  gteq: one(gte),
  lt: one(lt),
  lteq: one(lte),
  in: many(inArray, true),
  not_in: many(notInArray),
  cont: search((text, value) => sql`instr(${text}, ${value}) > 0`),
  // SQLite counts code points.
  start: search((text, value) => sql`substr(${text}, 1, length(${value})) = ${value}`),
  end: search((text, value) => sql`substr(${text}, -length(${value})) = ${value}`),
  cont_any: {
    takes: 'many',
    spelledOut: 100,
    folds: true,
    prepare: (values) => [...new Set(folded(values))],
    sql: containsAny,
  },
} satisfies Record<string, Operator>

export type OperatorName = keyof typeof operators

/** The operators of a uuid that names a row of another table: what is compared is the row's internal id. */
export const relatedOperators = (key: SQLiteColumn, uuid: SQLiteColumn): ReadonlyMap<OperatorName, Operator> => {
  const ids = (uuids: SQL) => query.select({ key }).from(key.table).where(uuids) as unknown as SQL
  const idOf = (name: string) => ids(eq(uuid, slot(name)))
  const idsOf = (name: string, count: number) => ids(inArray(uuid, list(name, count) as SQL))
  // NOT IN an empty list holds for NULL too, and a uuid that nobody has gives an empty list.
  const notAmong = (column: SQLiteColumn, values: SQL) => sql`(${column} is not null and ${notInArray(column, values)})`
  return new Map<OperatorName, Operator>([
    // A single value keeps the order of an index that goes on with the time; a list of one would not.
    ['eq', { ...operators.eq, sql: (column, name) => eq(column, idOf(name)) }],
    ['not_eq', { ...operators.not_eq, sql: (column, name) => notAmong(column, idOf(name)) }],
    ['in', { ...operators.in, sql: (column, name, count) => inArray(column, idsOf(name, count)) }],
    ['not_in', { ...operators.not_in, sql: (column, name, count) => notAmong(column, idsOf(name, count)) }],
  ])
}
