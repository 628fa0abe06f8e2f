// What a list costs that no index and no counter answers: it looks at every row of its range. How many those are the counters know, so the
// statement estimates its work before it does any (`statement/search.ts`), and does none beyond the operator's bound.
import { operators } from '../definition/operators.ts'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Resource } from '../definition/resource.ts'
import type { Condition } from './filters.ts'
import type { Order } from './plan.ts'
import { readRange, touchedSpans, type Sum } from './range.ts'

/** A list that looks at every row of its range. */
export interface Search {
  /** The counters that tell how many rows are looked at: those of whole hours and days. */
  rows: Sum
  /** Whether they are those of the accounts that the list names; else those of the owner, to which alone an index leads. */
  byAccount: boolean
  /** Comparisons that each of those rows takes. */
  weight: number
  /** The most comparisons that the search may take. */
  budget: number
  /**
   * Which of the matching rows one pass keeps, to have both the count and the page: those of a page in the order of time, or all. With `nothing` a
   * second pass reads the page. It ends with the page, and reading what was kept is billed too: one pass pays where a row takes many comparisons.
   */
  keeps: 'page' | 'all' | 'nothing'
}

// In comparisons of a text with a value searched for, which take D1 some 60 ns (docs/performance.md).
const READ = 2
const COMPARE = 0.25
const LOOK_UP = 1
const FOLD = 1
// For each column: far down, what is kept to be sorted takes the longer the wider it is.
const SORT = 2
const GATHER = 2

/** Plans the search that a list is; undefined for one that an index or the counters answer. */
export function planSearch(
  resource: Resource,
  conditions: readonly Condition[],
  order: readonly Order[],
  budget: number,
): Search | undefined {
  const { counted } = resource
  if (!counted || conditions.includes(null) || leadsToFew(resource, conditions)) return undefined
  const { alone, ...range } = readRange(resource, counted, conditions)
  const sorted = resource.sorts.get(order[0]?.name ?? '') !== counted.time
  if (alone && !sorted) return undefined
  const keeps = conditions.some((condition) => seeksAny(resource, condition)) ? (sorted ? 'all' : 'page') : 'nothing'
  const passes = keeps === 'nothing' && !alone ? 2 : 1
  const compared = conditions.reduce((sum, condition) => sum + weightOf(resource, condition), 0)
  return {
    rows: { ...touchedSpans(range), rows: [] },
    byAccount: leadOf(resource, conditions) === 'account' && counted.foundBy !== 'owner',
    weight: passes * (READ + compared) + (sorted ? SORT * order.length : 0) + (keeps === 'all' ? GATHER : 0),
    budget,
    keeps,
  }
}

/** Whether an index leads to the rows: by id, or by a few exact times. */
const leadsToFew = (resource: Resource, conditions: readonly Condition[]) =>
  leadOf(resource, conditions) === 'id' || pinned(resource, conditions).includes(resource.counted?.time)

/** Whether a condition holds a text against several values. */
const seeksAny = ({ filters }: Resource, condition: Condition) =>
  condition !== null && filters.get(condition.name)?.operator === operators.cont_any && condition.values.length > 1

function weightOf({ filters, counted }: Resource, condition: Condition): number {
  const filter = condition && filters.get(condition.name)
  if (!filter || filter.column === counted?.time) return 0
  if (filter.operator.folds) return FOLD + condition.values.length
  return filter.operator.takes === 'one' ? COMPARE : LOOK_UP
}

/** What a list is led to its rows by: public or internal ids or accounts where the conditions name any, else their owner. */
export type Lead = 'id' | 'account' | 'owner'

export function leadOf(resource: Resource, conditions: readonly Condition[]): Lead {
  const { id, key, scope } = resource.definition
  const columns = pinned(resource, conditions)
  if (columns.includes(id.column) || columns.includes(key)) return 'id'
  return scope && columns.includes(scope.account) ? 'account' : 'owner'
}

/** The columns of which the conditions name values. */
const pinned = ({ filters }: Resource, conditions: readonly Condition[]): (SQLiteColumn | undefined)[] =>
  conditions.flatMap((condition) => {
    const filter = condition && filters.get(condition.name)
    return filter?.operator.pins === true ? [filter.column] : []
  })
