// A list that nothing but scope, time and accounts restrict is counted by counters: whole days and hours from `owner_counters` or
// `account_counters`, and of each hour that a bound cuts only the smaller side from the index. Always exact.
import type { Value } from '../../db/statement.ts'
import { DAY_MICROSECONDS, HOUR_MICROSECONDS } from '../../db/time.ts'
import type { Condition } from './filters.ts'
import { operators, type Operator } from '../definition/operators.ts'
import type { Counted, Resource } from '../definition/resource.ts'

/** Microseconds UTC: from `from` (inclusive) to `to` (exclusive); undefined is without a bound. */
export interface TimeRange {
  from: bigint | undefined
  to: bigint | undefined
}

/** The range of a list that nothing but time and accounts restrict. */
export interface CountedRange extends TimeRange {
  /** The condition on accounts. */
  accounts: NonNullable<Condition> | undefined
  /** What to add up for the count. */
  sum: Sum
}

/** The range of a list that nothing but time and accounts restrict; undefined for any other list. `now` in microseconds. */
export function toCountedRange(resource: Resource, conditions: readonly Condition[], now: bigint): CountedRange | undefined {
  if (!resource.counted) return undefined
  const { alone, ...range } = readRange(resource, resource.counted, conditions)
  return alone ? { ...range, sum: planSum(range, now) } : undefined
}

/** The range of time, and the accounts, that conditions leave; `alone` tells whether they say nothing else. */
export function readRange(
  { filters }: Resource,
  counted: Counted,
  conditions: readonly Condition[],
): Omit<CountedRange, 'sum'> & { alone: boolean } {
  const range: ReturnType<typeof readRange> = { from: undefined, to: undefined, accounts: undefined, alone: true }
  for (const condition of conditions) {
    const filter = condition ? filters.get(condition.name) : undefined
    const bounds = filter?.column === counted.time ? boundsOf(filter.operator, condition?.values[0] ?? null) : undefined
    if (bounds) {
      range.from = bounds.from !== undefined && (range.from === undefined || bounds.from > range.from) ? bounds.from : range.from
      range.to = bounds.to !== undefined && (range.to === undefined || bounds.to < range.to) ? bounds.to : range.to
    } else if (condition && filter?.column === counted.account && filter.operator.pins && !range.accounts) {
      range.accounts = condition
    } else {
      range.alone = false
    }
  }
  return range
}

function boundsOf(operator: Operator, value: Value): TimeRange | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  const time = BigInt(value)
  switch (operator) {
    case operators.eq:
      return { from: time, to: time + 1n }
    case operators.gt:
      return { from: time + 1n, to: undefined }
    case operators.gteq:
      return { from: time, to: undefined }
    case operators.lt:
      return { from: undefined, to: time }
    case operators.lteq:
      return { from: undefined, to: time + 1n }
    default:
      return undefined
  }
}

export const HOUR = BigInt(HOUR_MICROSECONDS)
export const DAY = BigInt(DAY_MICROSECONDS)

/** What to add up: counters of whole hours and days, and rows of the index. Spans are from `from` (inclusive) to `to` (exclusive). */
export interface Sum {
  hours: readonly Span[]
  days: readonly Span[]
  rows: readonly (Span & { sign: 1 | -1 })[]
}

interface Span {
  from: bigint | undefined
  to: bigint | undefined
}

/** Division that rounds down, before 1970 too. */
export const floorDiv = (value: bigint, by: bigint) => (value >= 0n ? value / by : -((-value + by - 1n) / by))

/** How a range is best counted. After `now` there are hardly any rows, so there a side is taken for empty: it is read, and costs next to nothing. */
export function planSum({ from, to }: TimeRange, now: bigint): Sum {
  if (from !== undefined && to !== undefined) {
    if (from >= to) return { hours: [], days: [], rows: [] }
    const wholeHours = from % HOUR === 0n && to % HOUR === 0n
    if (!wholeHours && floorDiv(from, HOUR) === floorDiv(to - 1n, HOUR)) return { hours: [], days: [], rows: [{ from, to, sign: 1 }] }
  }
  const lower = cutLower(from, now)
  const upper = cutUpper(to, now)
  return { ...wholeSpans(lower.hour, upper.hour), rows: [...lower.rows, ...upper.rows] }
}

/** The first whole hour of a range, and the rows that it has too many or too few. */
function cutLower(from: bigint | undefined, now: bigint): { hour: bigint | undefined; rows: Sum['rows'] } {
  if (from === undefined) return { hour: undefined, rows: [] }
  const hour = floorDiv(from, HOUR)
  const start = hour * HOUR
  if (from === start) return { hour, rows: [] }
  return isLeftSmaller(start, from, now)
    ? { hour, rows: [{ from: start, to: from, sign: -1 }] }
    : { hour: hour + 1n, rows: [{ from, to: start + HOUR, sign: 1 }] }
}

/** The hour after the last whole one, and the rows that the range has too many or too few. */
function cutUpper(to: bigint | undefined, now: bigint): { hour: bigint | undefined; rows: Sum['rows'] } {
  if (to === undefined) return { hour: undefined, rows: [] }
  const hour = floorDiv(to, HOUR)
  const start = hour * HOUR
  if (to === start) return { hour, rows: [] }
  return isLeftSmaller(start, to, now)
    ? { hour, rows: [{ from: start, to, sign: 1 }] }
    : { hour: hour + 1n, rows: [{ from: to, to: start + HOUR, sign: -1 }] }
}

const isLeftSmaller = (start: bigint, cut: bigint, now: bigint) => lengthBefore(start, cut, now) < lengthBefore(cut, start + HOUR, now)

const lengthBefore = (from: bigint, to: bigint, now: bigint) => (now <= from ? 0n : (now < to ? now : to) - from)

/** The hours that a range touches, as days where there are whole days. */
export const touchedSpans = ({ from, to }: TimeRange) =>
  wholeSpans(from === undefined ? undefined : floorDiv(from, HOUR), to === undefined ? undefined : -floorDiv(-to, HOUR))

/** Whole hours as days where there are whole days. */
function wholeSpans(from: bigint | undefined, to: bigint | undefined): Pick<Sum, 'hours' | 'days'> {
  if (from !== undefined && to !== undefined && from >= to) return { hours: [], days: [] }
  const firstDay = from === undefined ? undefined : -floorDiv(-from, 24n)
  const lastDay = to === undefined ? undefined : floorDiv(to, 24n)
  if (firstDay !== undefined && lastDay !== undefined && firstDay >= lastDay) return { hours: [{ from, to }], days: [] }
  const hours: Span[] = []
  if (from !== undefined && firstDay !== undefined && from < firstDay * 24n) hours.push({ from, to: firstDay * 24n })
  if (to !== undefined && lastDay !== undefined && lastDay * 24n < to) hours.push({ from: lastDay * 24n, to })
  return { hours, days: [{ from: firstDay, to: lastDay }] }
}
