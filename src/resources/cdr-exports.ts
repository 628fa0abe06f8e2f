import { sql } from 'drizzle-orm'
import { account, cdrExport } from '../db/schema.ts'
import type { Cell } from '../db/database.ts'
import { readTime, toMilliseconds } from '../db/time.ts'
import { text } from '../jsonapi/document.ts'
import { numeral, type Json } from '../jsonapi/json.ts'
import { isBlank as isBlankText } from '../read/filters.ts'
import { defineResource } from '../read/resource.ts'
import { oneOf } from '../read/types.ts'
import { accounts } from './accounts.ts'

type Cast = (value: unknown) => string | number | boolean | null

/** Nothing, or nothing but white space. */
export const isBlank = (value: unknown) => value === null || value === undefined || (typeof value === 'string' && isBlankText(value))

/** A time as it is shown: ISO, milliseconds, UTC. */
const castTime: Cast = (value) => {
  // 1 BC, which the reference reads, is the year 0 of ISO 8601; earlier years have no four digits there.
  const time = typeof value === 'string' ? readTime(value.trim().replace(/^0001(-.+) BC$/, '0000$1')) : undefined
  return time === undefined ? null : new Date(toMilliseconds(Number(time))).toISOString()
}

/** The leading integer, else 0. */
const castInteger: Cast = (value) => {
  if (isBlank(value)) return null
  const written = typeof value === 'string' ? value : (numeral(value as Json) ?? '')
  return Number(/^\s*[+-]?\d+/.exec(written)?.[0] ?? (value === true ? 1 : 0))
}

const FALSE = new Set<unknown>([false, 0, '0', 'f', 'F', 'false', 'FALSE', 'off', 'OFF'])
const castBoolean: Cast = (value) => (value === null || value === undefined || value === '' ? null : !FALSE.has(value))

const castText: Cast = (value) => {
  if (isBlank(value)) return null
  if (typeof value === 'boolean') return value ? 't' : 'f'
  return typeof value === 'string' ? value : JSON.stringify(value)
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
  const filters = new Map(Object.entries((JSON.parse(String(stored ?? '{}')) ?? {}) as Record<string, unknown>))
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
