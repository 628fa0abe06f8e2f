import { sql } from 'drizzle-orm'
import { account, cdrExport } from '../db/schema.ts'
import type { Cell } from '../db/database.ts'
import { readTime, toMilliseconds } from '../db/time.ts'
import { text } from '../jsonapi/document.ts'
import { inspectJson, isList, isObject, numeral, parseJson, type Json } from '../jsonapi/json.ts'
import { isBlank as isBlankText } from '../read/plan/filters.ts'
import { defineResource } from '../read/definition/resource.ts'
import { oneOf } from '../read/definition/types.ts'
import { accounts } from './accounts.ts'

type Cast = (value: Json | undefined) => Json

/** Nothing, or nothing but white space. */
export const isBlank = (value: unknown) => value === null || value === undefined || (typeof value === 'string' && isBlankText(value))

/** Also a list of nothing, or an object without members: as forms send them for a filter that is not set. */
export const isNothing = (json: Json | undefined) =>
  isBlank(json) || (isList(json) && json.every(isBlank)) || (isObject(json) && Object.keys(json).length === 0)

/** A time as it is shown: ISO, milliseconds, UTC. */
const castTime: Cast = (value) => {
  // 1 BC, which the reference reads, is the year 0 of ISO 8601; earlier years have no four digits there.
  const time = typeof value === 'string' ? readTime(value.trim().replace(/^0001(-.+) BC$/, '0000$1')) : undefined
  return time === undefined ? null : new Date(toMilliseconds(time)).toISOString()
}

/** The leading integer of a text, else 0; the whole of a number. Lists and objects are none. */
const castInteger: Cast = (value) => {
  if (isBlank(value)) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return readWhole(/^\s*([+-]?\d+)/.exec(value)?.[1] ?? '0')
  const written = numeral(value!)
  if (written === undefined) return null
  if (!/[.e]/i.test(written)) return readWhole(written)
  const whole = Math.trunc(Number(written))
  return Number.isFinite(whole) ? readWhole(String(BigInt(whole))) : null
}

/** An integer of any size, to the digit. */
function readWhole(digits: string): Json {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(String(BigInt(digits.replace('+', ''))))
}

const FALSE = new Set<unknown>([false, 0, '0', 'f', 'F', 'false', 'FALSE', 'off', 'OFF'])
const castBoolean: Cast = (value = null) => (value === '' || isList(value) || isObject(value) || value === null ? null : !FALSE.has(value))

const castText: Cast = (value = null) => {
  if (isBlank(value)) return null
  if (typeof value === 'boolean') return value ? 't' : 'f'
  return typeof value === 'string' ? value : inspectJson(value)
}

/** What an export may be filtered by, in the order in which it is shown, and how its values are read (contract D.3, J.2). */
export const EXPORT_FILTERS: ReadonlyMap<string, Cast> = new Map([
  ['time_start_gteq', castTime],
  ['time_start_lt', castTime],
  ['success_eq', castBoolean],
  ['duration_eq', castInteger],
  ['duration_gteq', castInteger],
  ['duration_lteq', castInteger],
  ['src_prefix_routing_eq', castText],
  ['dst_prefix_routing_eq', castText],
])

const EXPORT_STATUSES = ['Pending', 'Completed', 'Failed', 'Deleted'] as const
export const TIME_FORMATS = ['with_timezone', 'without_timezone', 'round_to_seconds'] as const

/** Shows of the stored filters only those that a customer may give. */
function writeFilters([stored]: readonly Cell[]): string {
  const given = parseJson(String(stored ?? '{}'))
  const filters = new Map(isObject(given) ? Object.entries(given) : [])
  const shown: string[] = []
  for (const [name, cast] of EXPORT_FILTERS) {
    const value = cast(filters.get(name))
    if (value !== null) shown.push(`${text(name)}:${JSON.stringify(value)}`)
  }
  return `{${shown.join(',')}}`
}

/** The CSV files that a customer ordered. */
export const cdrExports = defineResource({
  type: 'cdr-exports',
  table: cdrExport,
  key: cdrExport.id,
  id: { form: 'uuid', column: cdrExport.uuid },
  fields: {
    filters: { type: 'computed', columns: [cdrExport.filters], write: writeFilters },
    status: { type: oneOf(EXPORT_STATUSES), column: cdrExport.status },
    rows_count: { type: 'integer', column: cdrExport.rowsCount },
    created_at: { type: 'datetime', column: cdrExport.createdAt },
    updated_at: { type: 'datetime', column: cdrExport.updatedAt },
    time_format: { type: oneOf(TIME_FORMATS), column: cdrExport.timeFormat, filter: 'list' },
    time_zone_name: { type: 'string', column: cdrExport.timeZoneName },
    account_id: { type: 'related', column: cdrExport.customerAccountId, key: account.id, uuid: account.uuid },
  },
  relationships: {
    account: { to: accounts, column: cdrExport.customerAccountId, linkage: 'row' },
  },
  sort: '-created_at',
  scope: {
    owner: cdrExport.customerId,
    account: cdrExport.customerAccountId,
    // An account may have moved to another customer (deviation 29).
    only: sql`EXISTS (SELECT 1 FROM ${account} WHERE ${account.id} = ${cdrExport.customerAccountId} AND ${account.customerId} = ${cdrExport.customerId})`,
  },
  latest: true,
})
