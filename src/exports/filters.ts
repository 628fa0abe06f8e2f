// What the stored filters of an export mean. An order of a customer has those of `EXPORT_FILTERS`. An export that the switch's staff ordered there,
// and that was loaded here, may have more, by the names that the switch stores (contract J.2). Each is applied as a list applies it, or the export
// cannot be made: with a filter passed over, the file would have rows that were not asked for.
import { NonRetryableError } from 'cloudflare:workflows'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { cdr } from '../db/schema.ts'
import type { Value } from '../db/statement.ts'
import { isList, isObject, numeral, parseJson, type Json } from '../jsonapi/json.ts'
import type { Condition } from '../read/plan/filters.ts'
import { operators } from '../read/definition/operators.ts'
import type { Filter, TypedFilter } from '../read/definition/resource.ts'
import { types, type Type } from '../read/definition/types.ts'
import { cdrs } from '../resources/cdrs.ts'
import { EXPORT_FILTERS, isBlank, isNothing } from '../resources/cdr-exports.ts'
import { incomingCdrs } from '../resources/incoming-cdrs.ts'

/** Whose calls an export has. Ids are decimal texts: they may exceed what a double holds. */
export interface Owner {
  customerId: string
  accountId: string
}

const ofInteger = (name: string, column: SQLiteColumn): [string, Filter][] =>
  types.integer.operators.map((operator) => [
    `${name}_${operator}`,
    { name: `${name}_${operator}`, kind: 'typed', column, type: types.integer, operator: operators[operator], nothing: 'ignored' },
  ])

/** Every filter by its name: those of both lists of calls, and those by vendor, which no customer has. */
export const FILTERS: ReadonlyMap<string, Filter> = new Map([
  ...ofInteger('vendor_id', cdr.vendorId),
  ...ofInteger('vendor_acc_id', cdr.vendorAccId),
  ...incomingCdrs.filters,
  ...cdrs.filters,
])

/** Operators that the switch's interface calls otherwise. */
const ALIASES = new Map([
  ['contains', 'cont'],
  ['starts_with', 'start'],
  ['ends_with', 'end'],
  ['equals', 'eq'],
])
const ALIAS = new RegExp(`(?<=_)(?:${[...ALIASES.keys()].join('|')})$`)

/** Reads stored filters, JSON, as conditions beside the scope of the export's owner. Throws what cannot be applied: it is of no use to try again. */
export function conditionsOf(filters: string, owner: Owner): NonNullable<Condition>[] {
  const given = parseJson(filters)
  if (given !== null && !isObject(given)) throw new NonRetryableError('Its filters are not a JSON object')
  return Object.entries(given ?? {}).flatMap(([name, value]) => {
    if (isNothing(value) || isScope(name, value, owner)) return []
    const filter = FILTERS.get(name.replace(ALIAS, (alias) => ALIASES.get(alias)!))
    if (filter?.kind !== 'typed') throw new NonRetryableError(`There is no way to filter its calls by ${name}`)
    return [conditionOf(name, filter, value)]
  })
}

/** Whether a filter only says what the scope says (contract J.2: an order stores its account). It may not ask for calls beyond the scope. */
function isScope(name: string, value: Json, { customerId, accountId }: Owner): boolean {
  const scope = new Map([
    ['customer_id_eq', [types.integer, customerId] as const],
    ['customer_acc_id_eq', [types.integer, accountId] as const],
    ['is_last_cdr_eq', [types.boolean, '1'] as const],
  ]).get(name)
  if (!scope) return false
  const [type, expected] = scope
  if (String(type.read(textOf(value, type) ?? '')) === expected) return true
  throw new NonRetryableError(`Its ${name} asks for calls that its account does not list`)
}

function conditionOf(name: string, filter: TypedFilter, value: Json): NonNullable<Condition> {
  const values = (list: readonly Json[]) => list.map((one) => read(name, filter, one))
  if (filter.operator.takes === 'one') return { name: filter.name, values: values([value]) }
  if (!isList(value)) throw new NonRetryableError(`Its ${name} is not a list`)
  return { name: filter.name, values: values(value.filter((element) => !isBlank(element))) }
}

function read(name: string, { type }: TypedFilter, value: Json): Value {
  // Of the times that `filters` shows, what is shown is what is meant: whole milliseconds (contract M.1).
  const meant = type === types.datetime ? (EXPORT_FILTERS.get(name)?.(value) ?? value) : value
  const text = textOf(meant, type)
  const stored = text === undefined ? undefined : type.read(type === types.string ? text : text.trim())
  if (stored === undefined) throw new NonRetryableError(`Its ${name} has a value of another kind: ${JSON.stringify(value)}`)
  return stored
}

/** A text or a number as text; a boolean only where one is wanted. */
const textOf = (value: unknown, type: Type) =>
  typeof value === 'string' || (typeof value === 'boolean' && type === types.boolean) ? String(value) : numeral(value as Json)
