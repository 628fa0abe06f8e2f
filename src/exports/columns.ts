// The columns of the CSV (contract M.2): which there may be, what each is called, how its values are read and written.
import { sql, type SQL } from 'drizzle-orm'
import { decodeDecimal } from '../db/decimal.ts'
import { decodeInet } from '../db/inet.ts'
import type { Type, TypeName } from '../read/definition/types.ts'
import { cdrs } from '../resources/cdrs.ts'

/** The columns of a new export, in their order. */
export const EXPORT_COLUMNS = [
  'time_start',
  'time_connect',
  'time_end',
  'success',
  'duration',
  'src_name_in',
  'src_prefix_in',
  'dst_prefix_in',
  'from_domain',
  'to_domain',
  'ruri_domain',
  'lega_disconnect_code',
  'lega_disconnect_reason',
  'auth_orig_ip',
  'auth_orig_port',
  'src_prefix_routing',
  'dst_prefix_routing',
  'destination_prefix',
  'destination_initial_interval',
  'destination_next_interval',
  'destination_initial_rate',
  'destination_next_rate',
  'destination_fee',
  'customer_price',
  'customer_duration',
  'orig_call_id',
  'local_tag',
  'lega_user_agent',
  'diversion_in',
] as const

export interface Column {
  header: string
  /** What is selected of a row. */
  sql: SQL
  /** Writes a stored value that is not null. */
  write: (stored: string | number) => string
}

/** The columns of an export by their names; what has no such column is left out. */
export function columnsOf(names: readonly string[], writeTime: (microseconds: string) => string): Column[] {
  const writers = new Map<TypeName | Type, Column['write']>([
    ['datetime', (stored) => writeTime(String(stored))],
    ['boolean', (stored) => (stored === 1 ? 't' : 'f')],
    ['decimal', (stored) => decodeDecimal(String(stored))],
    ['inet', (stored) => decodeInet(String(stored))],
  ])
  const known: readonly string[] = EXPORT_COLUMNS
  return names.flatMap((name) => {
    const field = cdrs.definition.fields[name]
    if (!known.includes(name) || !field || field.type === 'computed' || field.type === 'related') return []
    const { column, type } = field
    // As text: a double cannot hold the microseconds of a time beyond 2255.
    const selected = type === 'datetime' ? sql`CAST(${column} AS TEXT)` : sql`${column}`
    return [{ header: headerOf(name), sql: selected, write: writers.get(type) ?? String }]
  })
}

/** As Rails makes a title of a name: `orig_call_id` is "Orig Call". */
const headerOf = (name: string) =>
  name
    .replace(/_id$/, '')
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
