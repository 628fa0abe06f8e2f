// A page far down a list that counters count: instead of skipping all rows before it, the counters tell in which hour it begins, and only that
// hour is skipped through. The first statement finds the day and counts the list, the second finds the hour and reads the page. The same rows
// as by OFFSET, ties included: an hour never parts rows of one time.
import { sql, type SQL } from 'drizzle-orm'
import { render, toJsonArray, type Statement } from '../../db/statement.ts'
import { VIEWER, viewerOf } from '../../db/viewer.ts'
import { accountCells, countOf, DAYS, HOURS, ownerCells } from './count.ts'
import type { ListPlan } from '../plan/plan.ts'
import { DAY, floorDiv, HOUR, type CountedRange, type TimeRange } from '../plan/range.ts'
import { scopeOf } from './scope.ts'
import { offsetOf, pageSelect, padding } from './sql.ts'

/** Beyond this many rows, skipping costs more than a second round trip. */
const NEAR = 1000n

/** A list that is sought through: counted, in the order of time, far down. */
export interface SeekPlan extends ListPlan {
  counted: CountedRange
}

/** Whether a page is better sought than skipped to. */
export function isSought(plan: ListPlan): plan is SeekPlan {
  const [first, ...more] = plan.order
  return plan.counted !== undefined && first?.column === plan.counted.counted.time && more.length === 0 && offsetOf(plan.page) > NEAR
}

const isDescending = ({ order }: SeekPlan) => order[0]?.descending === true

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

/** Counters of one unit by their start, added up over accounts. */
function cellsOf({ counted }: SeekPlan, unit: typeof HOURS | typeof DAYS, span: TimeRange): SQL {
  const byAccount = sql`SELECT start, sum(n) AS n ${accountCells(counted)(unit, span)} GROUP BY start`
  return counted.accounts ? byAccount : sql`SELECT start, n ${ownerCells(counted)(unit, span)} UNION ALL ${byAccount}`
}

/** Rows: the viewer (may listen, count of all, rows of the first day that lie before the range), then the days: start, count. */
export function daysStatement(plan: SeekPlan): Statement {
  const { counted, subject, nowMicroseconds } = plan
  const before = passedOver(plan)
  const passed = before.from === before.to ? sql`0` : countOf({ ...counted, ...before }, nowMicroseconds)
  const direction = sql.raw(isDescending(plan) ? 'DESC' : 'ASC')
  const days = cellsOf(plan, DAYS, daysOf(counted))
  const { text, values } = render(
    sql`WITH viewer AS (${viewerOf(subject)})
      SELECT ${sql.raw(VIEWER)}, ${countOf(counted, nowMicroseconds)} AS c1, ${passed} AS c2 FROM viewer
      UNION ALL SELECT * FROM (SELECT start, n, NULL FROM (${days}) ORDER BY start ${direction})`,
  )
  return { sql: text, values: toJsonArray(values) }
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

/** Rows: the viewer, then the page. */
export function soughtStatement(plan: SeekPlan, { day, skipped }: Place): Statement {
  const { counted, subject, resource } = plan
  const descending = isDescending(plan)
  const hours = cellsOf(plan, HOURS, { from: day * 24n, to: (day + 1n) * 24n })
  const head = render(
    sql`WITH viewer AS (${viewerOf(subject)}), hours AS (${hours}),
      placed AS (SELECT start, n, sum(n) OVER (ORDER BY start ${sql.raw(descending ? 'DESC' : 'ASC')}) - n AS before FROM hours),
      hour AS (SELECT start, ${skipped} - before AS skipped FROM placed WHERE before <= ${skipped} AND ${skipped} < before + n)`,
  )
  const bounds = render(boundsOf(counted, descending), head.values.length)
  const accounts = counted.accounts ? render(accountsOf(counted), head.values.length + bounds.values.length) : { text: '', values: [] }
  const scope = scopeOf(resource)
  const ways = counted.accounts ? [scope.named] : scope.ordered
  return {
    sql:
      `${head.text} SELECT ${VIEWER}, NULL AS c1${padding(plan, 2)} FROM viewer` +
      ways.map((way) => pageSelect(plan, `${way} AND ${bounds.text}${accounts.text}`, '(SELECT skipped FROM hour)')).join(''),
    values: toJsonArray([...head.values, ...bounds.values, ...accounts.values]),
  }
}

/** The hour on the side where the page begins, the range on the other. */
function boundsOf({ counted: { time }, from, to }: CountedRange, descending: boolean): SQL {
  if (descending) {
    const top = sql`${time} < (SELECT (start + 1) * ${sql.raw(String(HOUR))} FROM hour)`
    return from === undefined ? top : sql`${top} AND ${time} >= ${from}`
  }
  const bottom = sql`${time} >= (SELECT start * ${sql.raw(String(HOUR))} FROM hour)`
  return to === undefined ? bottom : sql`${bottom} AND ${time} < ${to}`
}

function accountsOf({ counted: { account }, accounts }: CountedRange): SQL {
  if (!accounts) return sql``
  const { operator, values } = accounts
  return sql` AND ${operator.takes === 'one' ? operator.sql(account, values[0] ?? null) : operator.sql(account, values)}`
}
