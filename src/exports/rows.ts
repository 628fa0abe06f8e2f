// Which rows an export has, and in what pages they are read: those that `GET /cdrs` lists to the owner of its account, newest first.
import { sql, type SQL } from 'drizzle-orm'
import type { Cell, Database } from '../db/database.ts'
import { account, cdr, cdrExport } from '../db/schema.ts'
import { nest, toStatement } from '../db/statement.ts'
import type { Condition } from '../read/filters.ts'
import { operators } from '../read/operators.ts'
import { scopeOfAccount } from '../read/scope.ts'
import { toSql } from '../read/sql.ts'
import { cdrs } from '../resources/cdrs.ts'
import { EXPORT_FILTERS } from '../resources/cdr-exports.ts'
import { EXPORT_COLUMNS, type Column } from './columns.ts'

/** What was ordered, as it stood when the job began. Ids are decimal texts: they may exceed what a double holds. */
export interface Job {
  accountId: string
  customerId: string
  /** JSON. */
  filters: string
  fields: string[]
  timeFormat: string
  timeZone: string
}

/** The last row of a page: the next page is what comes after it. */
export interface Cursor {
  /** Microseconds, as decimal text. */
  time: string
  id: string
}

export interface Page {
  /** The rows to be exported; cells beyond those of the columns mean nothing. */
  rows: Cell[][]
  /** Undefined where nothing comes after. */
  last: Cursor | undefined
}

/** What a pending export wants; undefined if there is none of this uuid, or its account has no owner who could see it. */
export async function readJob(database: Database, uuid: string): Promise<Job | undefined> {
  const owned = sql`${cdrExport} JOIN ${account} ON ${account.id} = ${cdrExport.customerAccountId} AND ${account.customerId} IS NOT NULL`
  const [row] = await database.rows(
    toStatement(sql`
      SELECT CAST(${account.id} AS TEXT) AS account, CAST(${account.customerId} AS TEXT) AS customer, ${cdrExport.filters},
        ${cdrExport.fields}, ${cdrExport.timeFormat}, ${cdrExport.timeZoneName}
      FROM ${owned} WHERE ${cdrExport.uuid} = ${uuid} AND ${cdrExport.status} = 'Pending'`),
  )
  if (!row) return undefined
  const [accountId, customerId, filters, fields, timeFormat, timeZone] = row.map((cell) => (cell === null ? '' : String(cell)))
  return {
    accountId: accountId!,
    customerId: customerId!,
    filters: filters || '{}',
    fields: fields ? (JSON.parse(fields) as string[]) : [...EXPORT_COLUMNS],
    timeFormat: timeFormat!,
    timeZone: timeZone!,
  }
}

/** The conditions of an export, by the operators that lists are filtered with, on the values that `filters` shows. */
function conditionsOf(filters: string): NonNullable<Condition>[] {
  const given = new Map(Object.entries((JSON.parse(filters) ?? {}) as Record<string, unknown>))
  return [...EXPORT_FILTERS].flatMap(([name, cast]) => {
    const value = cast(given.get(name))
    const filter = cdrs.filters.get(name)
    if (value === null || filter?.kind !== 'typed') return []
    const stored = typeof value === 'string' ? (filter.type.read(value) ?? null) : Number(value)
    return [{ column: filter.column, operator: filter.operator, values: [stored] }]
  })
}

const all = (conditions: readonly SQL[]) => (conditions.length === 0 ? sql`1` : nest(conditions, 'AND'))

/**
 * Reads the page after a row. The scope and the time decide which rows are read, the other filters only which of them are exported: so a page
 * costs the same however few there are, and no statement keeps the database from everybody else for long.
 */
export async function readPage(
  database: Database,
  job: Job,
  columns: readonly Column[],
  after: Cursor | undefined,
  size: number,
): Promise<Page> {
  const conditions = conditionsOf(job.filters)
  const times = conditions.filter(({ column }) => column === cdr.timeStart)
  const others = conditions.filter(({ column }) => column !== cdr.timeStart).map(toSql)
  // SQLite begins at one upper bound only: with both it might choose that of the order, and pass over all earlier pages each time.
  const bounds = after
    ? [
        ...times.filter(({ operator }) => operator !== operators.lt).map(toSql),
        sql`(${cdr.timeStart}, ${cdr.id}) < (${BigInt(after.time)}, ${BigInt(after.id)})`,
      ]
    : times.map(toSql)
  const where = all([scopeOfAccount(cdrs, BigInt(job.customerId), BigInt(job.accountId)), ...bounds])
  const selected = columns.map((column, at) => sql`${column.sql} AS ${sql.raw(`c${at}`)}`)
  const cursor = [sql`CAST(${cdr.timeStart} AS TEXT) AS time`, sql`CAST(${cdr.id} AS TEXT) AS id`, sql`${all(others)} AS wanted`]
  const found = await database.rows(
    toStatement(sql`
      SELECT ${sql.join([...selected, ...cursor], sql`, `)} FROM ${cdr} WHERE ${where}
      ORDER BY ${cdr.timeStart} DESC, ${cdr.id} DESC LIMIT ${sql.raw(String(size))}`),
  )
  const last = found.length < size ? undefined : found.at(-1)
  return {
    rows: found.filter((row) => row.at(-1) === 1),
    last: last && { time: String(last[columns.length]), id: String(last[columns.length + 1]) },
  }
}
