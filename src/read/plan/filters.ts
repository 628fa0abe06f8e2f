// What a client's filters mean: each name is looked up whole, each value read by its field's type (contract E; deviations 4 to 10).
import type { Value } from '../../db/statement.ts'
import { UUID } from '../../db/uuid.ts'
import { inspect, parseCsvLine, underscore, type Param, type Params } from '../../jsonapi/parse.ts'
import { problems, type Problem } from '../../jsonapi/problem.ts'
import type { Filter, Resource, TypedFilter } from '../definition/resource.ts'
import { types } from '../definition/types.ts'

/** A filter by its name, with typed values; `null` is a condition that no row meets. */
export type Condition = { name: string; values: readonly Value[] } | null

/** A filter that the resource allows, with what was sent for it. */
export interface Asked {
  filter: Filter
  param: Param | Recent
  /** A filter on an included resource is read but changes nothing. */
  effective: boolean
}

/** Stands for the lower bound of a list whose query names none. */
const RECENT = Symbol('recent')
type Recent = typeof RECENT

/** The filters of a query by name, in the order of their first spelling, each with its last value. What is not allowed goes to `refused`. */
export function askFilters(
  resource: Resource,
  param: Param | undefined,
  included: ReadonlyMap<string, Resource>,
  refused: Problem[],
): Map<string, Asked> {
  const asked = new Map<string, Asked>()
  const { recent } = resource.definition
  if (recent && !namesOtherStart(recent.field, param)) {
    const filter = resource.filters.get(`${recent.field}_gteq`)
    if (filter) asked.set(filter.name, { filter, param: RECENT, effective: true })
  }
  for (const [key, value] of filterParams(param, refused)) {
    const name = underscore(key)
    const filter = resource.filters.get(name)
    if (filter) {
      asked.set(name, { filter, param: value, effective: true })
    } else if (!name.includes('.')) {
      refused.push(problems.filterNotAllowed(name))
      break
    } else {
      const [relationship = '', member = ''] = name.split('.')
      const related = included.get(relationship)?.filters.get(member)
      if (related) asked.set(name, { filter: related, param: value, effective: false })
      else refused.push(problems.filterNotAllowed(member))
    }
  }
  return asked
}

function filterParams(param: Param | undefined, refused: Problem[]): Params {
  if (param === undefined || param === null) return new Map()
  if (param instanceof Map) return param
  refused.push(Array.isArray(param) ? problems.filterNotAllowed(nameOf(param[0])) : problems.filtersInvalid(param))
  return new Map()
}

const nameOf = (param: Param | undefined) => (typeof param === 'string' ? param : inspect(param ?? null))

/** Only these exact spellings replace the default lower bound (contract E.5). */
function namesOtherStart(field: string, param: Param | undefined): boolean {
  if (!(param instanceof Map)) return false
  return [`${field}_gt`, `${field}_eq`].some((name) => {
    const value = param.get(name) ?? ''
    return typeof value === 'string' ? !isBlank(value) : true
  })
}

/** Reads every filter's values, in order; the first that cannot be read is refused. */
export function readFilters(resource: Resource, asked: ReadonlyMap<string, Asked>, nowMilliseconds: number): Condition[] {
  const conditions: Condition[] = []
  for (const { filter, param, effective } of asked.values()) {
    const condition = param === RECENT ? sinceRecent(resource, filter, nowMilliseconds) : readFilter(resource, filter, param)
    if (effective && condition !== undefined) conditions.push(condition)
  }
  return conditions
}

function sinceRecent(resource: Resource, filter: Filter, nowMilliseconds: number): Condition | undefined {
  const { recent } = resource.definition
  if (!recent || filter.kind !== 'typed') return undefined
  const seconds = Math.floor(nowMilliseconds / 1000) - recent.hours * 3600
  return { name: filter.name, values: [seconds * 1_000_000] }
}

/** The condition that a filter's value stands for; undefined where it says nothing, as blank values do. */
function readFilter(resource: Resource, filter: Filter, param: Param): Condition | undefined {
  const values = valuesOf(filter.name, param)
  if (filter.kind === 'ids') return readIds(resource, values)
  return filter.operator.takes === 'one' ? readOne(filter, values) : readMany(filter, values)
}

type Values = readonly (string | null)[]

function readOne(filter: TypedFilter, values: Values): Condition | undefined {
  const [value, ...more] = values
  if (value === undefined || value === null || more.length > 0) throw refusal(filter, values)
  if (filter.type.choices) return toCondition(filter, values, [value])
  return isBlank(value) ? undefined : toCondition(filter, values, [trimAscii(value)])
}

/** Empty elements say nothing, but for a closed choice: there they are no choice. */
function readMany(filter: TypedFilter, values: Values): Condition | undefined {
  const { choices, spacesCount = false } = filter.type
  const given = choices ? values.map((value) => value ?? '') : values.filter((value): value is string => value !== null && value !== '')
  if (choices ? given.length === 0 : given.every(isBlank)) return filter.nothing === 'no rows' ? null : undefined
  return toCondition(filter, values, choices || spacesCount ? given : given.map(trimAscii))
}

function toCondition(filter: TypedFilter, values: Values, texts: readonly string[]): Condition {
  const { name, type } = filter
  const stored = texts.map((text) => {
    const value = type.read(text)
    if (value === undefined) throw filter.nothing === 'no rows' ? refusal(filter, [text]) : refusal(filter, values)
    return value
  })
  return { name, values: stored }
}

const refusal = ({ name }: TypedFilter, values: Values) => problems.filterValueInvalid(values.map((value) => value ?? '').join(','), name)

/** The values of one filter: a line of CSV, or a list as it is. A map is none. */
function valuesOf(name: string, param: Param): (string | null)[] {
  if (param === null) return []
  if (typeof param === 'string') return isBlank(param) ? [] : (parseCsvLine(param) ?? [param])
  if (!Array.isArray(param)) throw problems.filterValueInvalid(inspect(param), name)
  return param.map((element) => {
    if (typeof element !== 'string') throw problems.filterValueInvalid(inspect(param), name)
    return element
  })
}

/** `filter[id]`: what cannot be an id matches nothing, and neither does nothing (contract E.6). */
function readIds(resource: Resource, values: readonly (string | null)[]): Condition {
  const { form } = resource.definition.id
  const ids = values.flatMap((value) => {
    if (form === 'uuid') return value !== null && UUID.test(value) ? [value.toLowerCase()] : []
    const leading = /^\s*[+-]?\d+/.exec(value ?? '')?.[0].trim()
    return leading === undefined ? [] : [types.integer.read(leading) ?? null]
  })
  return ids.length > 0 ? { name: 'id', values: ids } : null
}

const ASCII_BLANKS = new Set(' \t\n\v\f\r')

/** Takes blanks off both ends, in linear time: a pattern anchored at the end is tried at each of a long run of blanks. */
function trimAscii(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && ASCII_BLANKS.has(text[start]!)) start++
  while (end > start && ASCII_BLANKS.has(text[end - 1]!)) end--
  return text.slice(start, end)
}

/** Empty, or nothing but white space of any kind. */
export const isBlank = (text: string) => /^[\s\u0085]*$/u.test(text)
