// A page far down a list that counters count: instead of skipping all rows before it, the counters tell in which hour it begins, and only that
// hour is skipped through. The first statement finds the day and counts the list, the second finds the hour and reads the page. The same rows
// as by OFFSET, ties included: an hour never parts rows of one time.
import { and, asc, desc, gte, lt, sql, type SQL } from 'drizzle-orm'
import { defined, query, slot, toText, type Values } from '../../db/statement.ts'
import { viewer, viewerCells, viewerValues, withViewer, type SubjectKind } from '../../db/viewer.ts'
import type { Resource } from '../definition/resource.ts'
import type { ListPlan } from '../plan/plan.ts'
import { DAY, floorDiv, HOUR, planSum, type CountedRange, type TimeRange } from '../plan/range.ts'
import { cellsOf, countersOf, countOf } from './count.ts'
import { conditionsOf, namedAccounts, offsetOf, pageOf, shapeOf, united, waysOf, type ListShape } from './list.ts'
import { project } from './projection.ts'
import { DAYS, HOURS } from './scope.ts'
import {
  bindConditions,
  bindSpan,
  bindSum,
  NOTHING,
  prepare,
  slotOf,
  type Compiled,
  type ConditionShape,
  type Prepared,
  type SpanShape,
  type SumShape,
} from './shape.ts'

/** Beyond this many rows, skipping costs more than a second round trip. */
const NEAR = 1000n

/** A list that is sought through: counted, in the order of time, far down. */
export interface SeekPlan extends ListPlan {
  counted: CountedRange
}

/** Whether a page is better sought than skipped to. */
export function isSought(resource: Resource, plan: ListPlan): plan is SeekPlan {
  const [first, ...more] = plan.order
  const inTime = first !== undefined && resource.sorts.get(first.name) === resource.counted?.time && more.length === 0
  return plan.counted !== undefined && inTime && offsetOf(plan.page) > NEAR
}

const isDescending = ({ order }: Pick<ListPlan, 'order'>) => order[0]?.descending === true

/** The days of a range, whole: its own first and last one included. */
const daysOf = ({ from, to }: TimeRange): TimeRange => ({
  from: from === undefined ? undefined : floorDiv(from, DAY),
  to: to === undefined ? undefined : floorDiv(to - 1n, DAY) + 1n,
})

/** The part of the first day (in the order of the list) that lies before the range. */
function passedOver(plan: SeekPlan): TimeRange {
  const { from, to } = plan.counted
  if (isDescending(plan)) return { from: to, to: to === undefined ? undefined : (floorDiv(to - 1n, DAY) + 1n) * DAY }
  return { from: from === undefined ? undefined : floorDiv(from, DAY) * DAY, to: from }
}

interface DaysShape {
  viewer: SubjectKind
  conditions: readonly ConditionShape[]
  counted: SumShape
  /** Rows of the first day that lie before the range; undefined if there is no such part of it. */
  passed: SumShape | undefined
  days: SpanShape
  descending: boolean
}

/** Rows: the viewer, the count of all and the rows of the first day that lie before the range; then the days: start, count. */
export function daysStatement(resource: Resource, plan: SeekPlan): Prepared {
  const { counted, subject, nowMicroseconds } = plan
  const values: Values = viewerValues(subject)
  const before = passedOver(plan)
  const shape: DaysShape = {
    viewer: subject.kind,
    conditions: bindConditions(resource, counted.accounts ? [counted.accounts] : [], values),
    counted: bindSum(counted.sum, 'sum', values),
    passed: before.from === before.to ? undefined : bindSum(planSum(before, nowMicroseconds), 'passed', values),
    days: bindSpan(daysOf(counted), 'days', values),
    descending: isDescending(plan),
  }
  return prepare(resource, { kind: 'days', ...shape }, compileDays, values)
}

function compileDays(resource: Resource, shape: DaysShape): Compiled {
  const named = namedAccounts(resource, shape)
  const count = countOf(resource, shape.counted, named)
  const passed = shape.passed ? countOf(resource, shape.passed, named) : sql`0`
  const head = withViewer(shape.viewer)
    .select({ ...viewerCells, total: count.as('total'), passed: passed.as('passed') })
    .from(viewer)
  const start = sql`start`
  const days = query
    .select({ start, n: sql`n`, none: sql`null`, more: sql`null` })
    .from(sql`(${cellsOf(resource, DAYS, shape.days, named)})`)
    .orderBy(shape.descending ? desc(start) : asc(start))
  return { projection: NOTHING, text: toText(sql`${head.getSQL()} union all select * from ${days}`) }
}

/** Where a page begins: a day, and how many rows of it come before the page. */
export interface Place {
  day: bigint
  skipped: bigint
}

/** Finds the day in which a page begins; undefined beyond the end. */
export function findDay(
  plan: SeekPlan,
  total: bigint,
  passed: bigint,
  days: readonly (readonly [start: bigint, n: bigint])[],
): Place | undefined {
  const offset = offsetOf(plan.page)
  if (offset >= total) return undefined
  let left = offset + passed
  for (const [day, n] of days) {
    if (left < n) return { day, skipped: left }
    left -= n
  }
  return undefined
}

interface SoughtShape extends ListShape {
  /** The range on the side where the page does not begin. */
  rest: SpanShape
}

/** Rows: the viewer, then the page. */
export function soughtStatement(resource: Resource, plan: SeekPlan, { day, skipped }: Place): Prepared {
  const { counted } = plan
  const values: Values = { 'hours.from': day * 24n, 'hours.to': (day + 1n) * 24n, skipped }
  const rest = isDescending(plan) ? { from: counted.from, to: undefined } : { from: undefined, to: counted.to }
  const near = { ...plan, conditions: counted.accounts ? [counted.accounts] : [] }
  const shape = { ...shapeOf(resource, near, values), rest: bindSpan(rest, 'rest', values) }
  delete values['offset']
  return prepare(resource, { kind: 'sought', ...shape }, compileSought, values)
}

function compileSought(resource: Resource, shape: SoughtShape): Compiled {
  const projection = project(resource, shape.shown)
  const descending = isDescending(shape)
  const named = namedAccounts(resource, shape)
  const hours = query
    .$with('hours', { start: sql`start`, n: sql`n` })
    .as(cellsOf(resource, HOURS, { from: 'hours.from', to: 'hours.to' }, named))
  const passed = sql`sum(n) over (order by start ${sql.raw(descending ? 'desc' : 'asc')}) - n`
  const placed = query
    .$with('placed')
    .as(query.select({ start: sql`start`.as('start'), n: sql`n`.as('n'), before: passed.as('before') }).from(hours))
  const hour = query.$with('hour').as(
    query
      .select({ start: sql`start`.as('start'), skipped: sql`${slot('skipped')} - before`.as('skipped') })
      .from(placed)
      .where(sql`before <= ${slot('skipped')} and ${slot('skipped')} < before + n`),
  )
  const where = and(boundsOf(resource, shape.rest, hour, descending), conditionsOf(resource, shape))
  const cut = { limit: sql`${slot('size')}`, offset: sql`${query.select({ skipped: hour.skipped }).from(hour)}` }
  const pages = waysOf(resource, shape).map((way) => pageOf(resource, shape, projection, and(way, where)!, cut))
  return { projection, text: toText(united(shape, projection, [hours, placed, hour].map(defined), { total: sql`null` }, pages)) }
}

/** The hour on the side where the page begins, the range on the other. */
function boundsOf(resource: Resource, { from, to }: SpanShape, hour: { start: SQL.Aliased }, descending: boolean): SQL {
  const { time } = countersOf(resource)
  const edge = sql`(${hour.start} + ${sql.raw(descending ? '1' : '0')}) * ${sql.raw(String(HOUR))}`
  const begin = query.select({ edge }).from(hour as never)
  const [lower, upper] = [slotOf(from), slotOf(to)]
  return and(descending ? sql`${time} < ${begin}` : sql`${time} >= ${begin}`, lower && gte(time, lower), upper && lt(time, upper))!
}
