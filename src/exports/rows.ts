// Which rows an export has, and in what pages they are read: those that `GET /cdrs` lists to the owner of its account, newest first.
import { NonRetryableError } from 'cloudflare:workflows'
import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import type { Cell, Database } from '../db/database.ts'
import { account, cdr, cdrExport } from '../db/schema.ts'
import { nest, query, toStatement, type Values } from '../db/statement.ts'
import { isList, parseJson } from '../jsonapi/json.ts'
import { bind, operators, roomOfStatement, type Operator } from '../read/definition/operators.ts'
import type { Comparison } from '../read/definition/resource.ts'
import type { Condition } from '../read/plan/filters.ts'
import { rowsOfAccount } from '../read/statement/scope.ts'
import { isBlank } from '../resources/cdr-exports.ts'
import { cdrs } from '../resources/cdrs.ts'
import { columnsOf, EXPORT_COLUMNS, type Column } from './columns.ts'
import { conditionsOf, FILTERS, type Owner } from './filters.ts'
import { isTimeZone } from './zones.ts'

/** What was ordered, as it stood when the job began. */
export interface Job extends Owner {
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

/** What was read of the database, in rows and characters. */
export interface Read {
  rows: number
  length: number
}

export interface Page {
  /** The rows to be exported; cells beyond those of the columns mean nothing. */
  rows: Cell[][]
  /** All that were looked at. */
  read: Read
  /** Undefined where nothing comes after. */
  last: Cursor | undefined
}

/** Whether an export waits for its file. In the text, not bound: the index of those that wait is found by it. */
export const isPending = sql`${cdrExport.status} = 'Pending'`

/** Reads what a pending export wants. Throws where no file can be made of it: it is of no use to try again. */
export async function readJob(database: Database, uuid: string): Promise<Job> {
  const [row] = await database.rows(
    toStatement(
      query
        .select({
          account: sql`cast(${account.id} as text)`.as('account'),
          customer: sql`cast(${account.customerId} as text)`.as('customer'),
          filters: cdrExport.filters,
          fields: cdrExport.fields,
          timeFormat: cdrExport.timeFormat,
          timeZoneName: cdrExport.timeZoneName,
        })
        .from(cdrExport)
        .leftJoin(account, and(eq(account.id, cdrExport.customerAccountId), eq(account.customerId, cdrExport.customerId)))
        .where(and(eq(cdrExport.uuid, uuid), isPending)),
    ),
  )
  if (!row) throw new NonRetryableError('No pending export has this id')
  const [accountId, customerId, filters, fields, timeFormat, timeZone] = row.map((cell) => (cell === null ? '' : String(cell)))
  if (!accountId || !customerId) throw new NonRetryableError('Its account is not that of the customer who ordered it')
  const job = {
    accountId,
    customerId,
    filters: filters || '{}',
    fields: readFields(fields || JSON.stringify(EXPORT_COLUMNS)),
    timeFormat: timeFormat!,
    timeZone: isBlank(timeZone) ? '' : timeZone!,
  }
  conditionsOf(job.filters, job)
  if (columnsOf(job.fields, String).length === 0) throw new NonRetryableError('None of its fields is a column of an export')
  if (job.timeZone !== '' && !isTimeZone(job.timeZone)) throw new NonRetryableError(`There is no time zone ${job.timeZone}`)
  return job
}

function readFields(json: string): string[] {
  const fields = parseJson(json)
  if (!isList(fields)) throw new NonRetryableError('Its fields are not a JSON list')
  return fields.map(String)
}

const BOUNDS: ReadonlySet<Operator> = new Set([operators.eq, operators.gt, operators.gteq, operators.lt, operators.lteq])
const UPPER_BOUNDS: ReadonlySet<Operator> = new Set([operators.lt, operators.lteq])

/** A condition in SQL, with what it compares. */
interface Compared extends Comparison {
  sql: SQL
}

/** The conditions of a job, their values in `slots`. Two of them may be by one filter, which the switch calls by two names. */
function compare(conditions: readonly NonNullable<Condition>[], slots: Values): Compared[] {
  const room = roomOfStatement()
  return conditions.map(({ name, values }, at) => {
    const { column, operator } = FILTERS.get(name)!
    const slot = `filter${at}`
    return { column, operator, sql: operator.sql(column, slot, bind(operator, slot, values, slots, room)) }
  })
}

const isBound = ({ column, operator }: Comparison) => column === cdr.timeStart && BOUNDS.has(operator)

const all = (conditions: readonly Compared[]) =>
  conditions.length === 0
    ? sql`1`
    : nest(
        conditions.map((condition) => condition.sql),
        'AND',
      )

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
  const slots: Values = {}
  const conditions = compare(conditionsOf(job.filters, job), slots)
  const times = conditions.filter(isBound)
  const others = conditions.filter((condition) => !isBound(condition))
  // SQLite begins at one upper bound only: with both it might choose that of the order, and pass over all earlier pages each time.
  const bounds = after ? times.filter(({ operator }) => !UPPER_BOUNDS.has(operator)) : times
  const next = after && sql`(${cdr.timeStart}, ${cdr.id}) < (${BigInt(after.time)}, ${BigInt(after.id)})`
  const cells = Object.fromEntries(columns.map((column, at) => [`c${at}`, column.sql.as(`c${at}`)]))
  const cursor = {
    time: sql`cast(${cdr.timeStart} as text)`.as('time'),
    id: sql`cast(${cdr.id} as text)`.as('id'),
    wanted: sql`(${all(others)})`.as('wanted'),
  }
  const found = await database.rows(
    toStatement(
      query
        .select({ ...cells, ...cursor })
        .from(cdr)
        .where(and(rowsOfAccount(cdrs, sql`${BigInt(job.customerId)}`, sql`${BigInt(job.accountId)}`), all(bounds), next))
        .orderBy(desc(cdr.timeStart), desc(cdr.id))
        .limit(size),
      slots,
    ),
  )
  const last = found.length < size ? undefined : found.at(-1)
  return {
    rows: found.filter((row) => row.at(-1) === 1),
    read: { rows: found.length, length: found.reduce((sum, row) => sum + lengthOf(row), 0) },
    last: last && { time: String(last[columns.length]), id: String(last[columns.length + 1]) },
  }
}

const lengthOf = (row: readonly Cell[]) =>
  row.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : NUMBER_LENGTH), 0)
const NUMBER_LENGTH = 4
