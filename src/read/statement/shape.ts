// A statement is compiled once for each shape. The shape of a plan is all of it but the values, as plain data; those are bound by name. The key of a
// shape is the whole of what is compiled, so that it cannot lead to another one's text.
import type { Placeholder } from 'drizzle-orm'
import type { Statement, Values } from '../../db/statement.ts'
import { slot, toJson } from '../../db/statement.ts'
import { bind, roomOfStatement } from '../definition/operators.ts'
import type { Resource } from '../definition/resource.ts'
import type { Condition } from '../plan/filters.ts'
import type { Sum, TimeRange } from '../plan/range.ts'
import type { Projection } from './projection.ts'

/** The text of a statement, and how its rows become objects. */
export interface Compiled {
  text: string
  projection: Projection
}

/** A compiled statement with its values. */
export interface Prepared extends Statement {
  projection: Projection
}

/** Of rows that become no objects. */
export const NOTHING: Projection = { cells: [], included: [], id: () => null, write: () => '' }

const MOST = 256

/** In the order of their last use. */
const known = new Map<string, Compiled>()

/** Compiles a shape, or finds what it was compiled to. `kind` tells shapes of different statements apart. */
export function prepare<Shape extends { kind: string }>(
  resource: Resource,
  shape: Shape,
  compile: (resource: Resource, shape: Shape) => Compiled,
  values: Values,
): Prepared {
  const key = keyOf(resource, shape)
  const compiled = known.get(key) ?? compile(resource, shape)
  known.delete(key)
  known.set(key, compiled)
  if (known.size > MOST) known.delete(known.keys().next().value!)
  return { sql: compiled.text, projection: compiled.projection, values: toJson(values) }
}

/** All that a text is compiled from. */
export const keyOf = (resource: Resource, shape: object) => `${resource.key} ${JSON.stringify(shape)}`

/** A condition without its values: the filter's name, and how many slots they have; null for one that no row meets. */
export type ConditionShape = readonly [name: string, count: number] | null

/** Binds the values of conditions. */
export function bindConditions({ filters }: Pick<Resource, 'filters'>, conditions: readonly Condition[], values: Values) {
  const room = roomOfStatement()
  return conditions.map((condition): ConditionShape => {
    if (condition === null) return null
    return [condition.name, bind(filters.get(condition.name)!.operator, condition.name, condition.values, values, room)]
  })
}

/** A range of time without its bounds: the slots of those that it has. */
export interface SpanShape {
  from?: string
  to?: string
}

/** What is added up, without its bounds. */
export interface SumShape {
  hours: readonly SpanShape[]
  days: readonly SpanShape[]
  rows: readonly (SpanShape & { sign: 1 | -1 })[]
}

/** Binds the bounds of a range. */
export function bindSpan({ from, to }: TimeRange, name: string, values: Values): SpanShape {
  const shape: SpanShape = {}
  if (from !== undefined) values[(shape.from = `${name}.from`)] = from
  if (to !== undefined) values[(shape.to = `${name}.to`)] = to
  return shape
}

/** Binds the bounds of a sum. */
export const bindSum = ({ hours, days, rows }: Sum, name: string, values: Values): SumShape => ({
  hours: hours.map((span, at) => bindSpan(span, `${name}.hours${at}`, values)),
  days: days.map((span, at) => bindSpan(span, `${name}.days${at}`, values)),
  rows: rows.map((span, at) => ({ ...bindSpan(span, `${name}.rows${at}`, values), sign: span.sign })),
})

/** The slot of a bound, if there is one. */
export const slotOf = (name: string | undefined): Placeholder | undefined => (name === undefined ? undefined : slot(name))
