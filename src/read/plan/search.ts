// What a list costs that no index and no counter answers: it looks at every row of its range. How many those are the counters know, so the
// statement estimates its work before it does any (`sql.ts`), and does none beyond the operator's bound.
import { operators } from '../definition/operators.ts'
import type { Condition } from './filters.ts'
import type { Order } from './plan.ts'
import { readRange, type CountedRange } from './range.ts'
import type { Resource } from '../definition/resource.ts'

/** A list that looks at every row of its range. */
export interface Search {
  /** The rows that are looked at. They are more than those that the conditions on accounts leave, where no index leads to an account. */
  range: CountedRange
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
  const { alone, ...range } = readRange(counted, conditions)
  const sorted = order[0]?.column !== counted.time
  if (alone && !sorted) return undefined
  const keeps = conditions.some(seeksAny) ? (sorted ? 'all' : 'page') : 'nothing'
  const passes = keeps === 'nothing' && !alone ? 2 : 1
  const compared = conditions.reduce((sum, condition) => sum + (condition?.column === counted.time ? 0 : weightOf(condition)), 0)
  return {
    range: foundBy(resource, conditions) === 'named' && counted.foundBy !== 'owner' ? range : { ...range, accounts: undefined },
    weight: passes * (READ + compared) + (sorted ? SORT : 0) + (keeps === 'all' ? GATHER : 0),
    budget,
    keeps,
  }
}

/** Whether an index leads to the rows: by id, or by a few exact times. */
const leadsToFew = (resource: Resource, conditions: readonly Condition[]) =>
  foundBy(resource, conditions) === 'pinned' ||
  conditions.some((condition) => condition?.column === resource.counted?.time && condition?.operator.pins === true)

/** Whether a condition holds a text against several values. */
const seeksAny = (condition: Condition) => condition?.operator === operators.cont_any && condition.values.length > 1

function weightOf(condition: Condition): number {
  if (condition === null) return 0
  const { operator, values } = condition
  if (operator.folds) return FOLD + values.length
  return operator.takes === 'one' ? COMPARE : LOOK_UP
}

/** How the rows of a list are found: straight by public id, internal id or account where the conditions name any, else by their owner. */
export function foundBy({ definition: { id, key, scope } }: Resource, conditions: readonly Condition[]): 'pinned' | 'named' | 'listed' {
  const named = conditions.flatMap((condition) => (condition?.operator.pins === true ? [condition.column] : []))
  if (named.includes(id.column) || named.includes(key)) return 'pinned'
  return scope && named.includes(scope.account) ? 'named' : 'listed'
}
