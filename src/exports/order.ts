// What a customer orders with POST /cdr-exports: the body is first held against the form that JSON:API gives it (contract J.1), one refusal
// at a time, then its values against the rules of an export (J.3), all at once.
import { UUID } from '../db/uuid.ts'
import { isObject, inspectJson, parseJson, type Json, type JsonObject } from '../jsonapi/json.ts'
import { underscore } from '../jsonapi/parse.ts'
import { Problem, problems } from '../jsonapi/problem.ts'
import { EXPORT_FILTERS, isBlank, isNothing, TIME_FORMATS } from '../resources/cdr-exports.ts'
import { isTimeZone } from './zones.ts'

/** The parts of a body that has the right form. */
export interface ExportForm {
  attributes: ReadonlyMap<string, Json>
  /** The uuid of the account, as typed; null where none is given. */
  accountId: string | null
}

const MEMBERS = new Set(['filters', 'account', 'time-format', 'time-zone-name'])

/** Holds a body against its form. Throws the first refusal of J.1, steps 4 to 11. */
export function readForm(body: JsonObject): ExportForm {
  const data = body['data'] ?? null
  if (isEmpty(data)) throw problems.parameterMissing('data')
  if (!isObject(data)) throw problems.dataInvalid('Data')
  const type = data['type'] ?? null
  if (type === null) throw problems.parameterMissing('type')
  const typeName = typeof type === 'string' ? type : inspectJson(type)
  if (underscore(typeName) !== 'cdr_exports') throw problems.resourceInvalid(typeName)
  const attributes = new Map<string, Json>()
  let account: Json | undefined
  for (const [name, value] of Object.entries(data)) {
    if (name === 'attributes') {
      for (const [attribute, given] of membersOf('Attributes', value)) {
        if (attribute === 'account') throw problems.parameterNotAllowed(attribute)
        attributes.set(attribute, given)
      }
    } else if (name === 'relationships') {
      for (const [relationship, given] of membersOf('Relationships', value)) if (relationship === 'account') account = given
    } else if (name !== 'type') {
      throw problems.parameterNotAllowed(name)
    }
  }
  return { attributes, accountId: readLinkage(account) }
}

const isEmpty = (json: Json) =>
  json === null || (typeof json === 'string' && isBlank(json)) || (typeof json === 'object' && Object.keys(json).length === 0)

function membersOf(what: string, json: Json): [string, Json][] {
  if (!isObject(json)) throw problems.dataInvalid(what)
  const members = Object.entries(json)
  const unknown = members.find(([name]) => !MEMBERS.has(name))
  if (unknown) throw problems.parameterNotAllowed(unknown[0])
  return members
}

function readLinkage(account: Json | undefined): string | null {
  if (account === undefined || account === null) return null
  if (!isObject(account)) throw problems.linkageInvalid()
  const linkage = account['data'] ?? null
  if (linkage === null) return null
  if (!isObject(linkage) || Object.keys(linkage).length !== 2 || !('type' in linkage) || !('id' in linkage)) throw problems.linkageInvalid()
  const { type = null, id = null } = linkage
  const typeName = underscore(type === null ? '' : typeof type === 'string' ? type : inspectJson(type))
  if (typeName !== 'accounts') throw problems.typeMismatch(typeName)
  if (id === null) return null
  const shown = typeof id === 'string' ? id : inspectJson(id)
  if (!UUID.test(shown)) throw problems.fieldValueInvalid(shown, 'id')
  return shown.toLowerCase()
}

/** An export as it is stored, but for what the database knows of it. */
export interface ExportOrder {
  filters: JsonObject
  timeFormat: string
  timeZoneName: string | null
}

/** What is wrong with a value: which attribute, and what about it. */
interface Complaint {
  attribute: 'filters' | 'time-format' | 'time-zone-name' | 'account'
  message: string
}

/** Known to the reference's store, and not for customers. In its order. */
const FOREIGN_FILTERS = (
  'time_start_lteq customer_id_eq customer_external_id_eq customer_acc_id_eq customer_acc_external_id_eq vendor_id_eq ' +
  'vendor_external_id_eq vendor_acc_id_eq vendor_acc_external_id_eq is_last_cdr_eq customer_auth_id_eq customer_auth_external_id_eq ' +
  'failed_resource_type_id_eq src_prefix_in_contains src_prefix_in_eq dst_prefix_in_contains dst_prefix_in_eq src_prefix_routing_contains ' +
  'dst_prefix_routing_contains src_prefix_out_contains src_prefix_out_eq dst_prefix_out_contains dst_prefix_out_eq src_country_id_eq ' +
  'dst_country_id_eq routing_tag_ids_include routing_tag_ids_exclude routing_tag_ids_empty orig_gw_id_eq orig_gw_external_id_eq ' +
  'term_gw_id_eq term_gw_external_id_eq customer_auth_external_type_eq customer_auth_external_type_not_eq customer_auth_external_id_in ' +
  'dst_country_iso_in src_country_iso_in'
).split(' ')

/** Reads the values of an order. `account` tells what is known of the account: absent, not the customer's, or fine. */
export function validate(form: ExportForm, account: 'absent' | 'foreign' | 'own'): { order: ExportOrder; refusal: Problem | null } {
  const given = readFilters(form.attributes.get('filters'))
  const filters = new Map<string, Json>()
  for (const [name, cast] of EXPORT_FILTERS) {
    const value = cast(given.get(name))
    if (value !== null) filters.set(name, value)
  }
  const timeFormat = form.attributes.has('time-format') ? (form.attributes.get('time-format') ?? null) : 'with_timezone'
  const timeZoneName = form.attributes.get('time-zone-name') ?? null
  const complaints = [
    ...complainOfFilters(given, filters),
    ...complainOfZone(timeZoneName),
    ...(account === 'own' ? [] : [{ attribute: 'account', message: account === 'absent' ? BLANK : 'is invalid' } as const]),
    ...complainOfForeignFilters(given),
    ...complainOfFormat(timeFormat),
  ]
  return {
    order: {
      filters: Object.fromEntries(filters),
      timeFormat: typeof timeFormat === 'string' ? timeFormat : 'with_timezone',
      timeZoneName: typeof timeZoneName === 'string' ? timeZoneName : null,
    },
    refusal: complaints.length === 0 ? null : toProblem(complaints),
  }
}

const BLANK = "can't be blank"

/** Filters as an object, or as text that holds one; anything else is none. */
function readFilters(json: Json | undefined): ReadonlyMap<string, Json> {
  const object = typeof json === 'string' ? parseJson(json) : json
  return new Map(isObject(object) ? Object.entries(object) : [])
}

function complainOfFilters(given: ReadonlyMap<string, Json>, filters: ReadonlyMap<string, Json>): Complaint[] {
  const foreign = FOREIGN_FILTERS.map((name) => given.get(name) ?? null)
  // As in the reference, false is as good as nothing.
  if ([...filters.values(), ...foreign].every((value) => value === false || isNothing(value)))
    return [{ attribute: 'filters', message: BLANK }]
  const unknown = [...given.keys()].filter((name) => !EXPORT_FILTERS.has(name) && !FOREIGN_FILTERS.includes(name))
  const complaints: Complaint[] = []
  if (unknown.length > 0) complaints.push({ attribute: 'filters', message: `${unknown.join(', ')} not allowed` })
  if (!filters.has('time_start_gteq')) complaints.push({ attribute: 'filters', message: 'requires time_start_gteq' })
  if (!filters.has('time_start_lt') && isNothing(given.get('time_start_lteq'))) {
    complaints.push({ attribute: 'filters', message: 'requires time_start_lt' })
  }
  return complaints
}

function complainOfForeignFilters(given: ReadonlyMap<string, Json>): Complaint[] {
  const foreign = FOREIGN_FILTERS.filter((name) => !isNothing(given.get(name)))
  return foreign.length === 0 ? [] : [{ attribute: 'filters', message: `${foreign.join(', ')} not allowed` }]
}

const complainOfZone = (zone: Json): Complaint[] =>
  isBlank(zone) || (typeof zone === 'string' && isTimeZone(zone))
    ? []
    : [{ attribute: 'time-zone-name', message: 'is not included in the list' }]

function complainOfFormat(format: Json): Complaint[] {
  if (TIME_FORMATS.some((known) => known === format)) return []
  const listed: Complaint = { attribute: 'time-format', message: `is not included in the list: ${TIME_FORMATS.join(', ')}` }
  return isBlank(format) ? [{ attribute: 'time-format', message: BLANK }, listed] : [listed]
}

/** Grouped by attribute, in the order of each one's first complaint. */
function toProblem(complaints: readonly Complaint[]): Problem {
  const grouped = Map.groupBy(complaints, ({ attribute }) => attribute)
  return new Problem(
    [...grouped.values()].flat().map(({ attribute, message }) => ({
      title: message,
      detail: `${attribute} - ${message}`,
      code: '100',
      source: { pointer: attribute === 'account' ? '/data/relationships/account' : `/data/attributes/${attribute}` },
      status: '422',
    })),
  )
}
