// Step four, the only one that waits: one statement, one round trip.
import { countedBy, recognise, viewerStatement, type Subject } from '../db/viewer.ts'
import type { Cell, Database } from '../db/database.ts'
import type { Statement } from '../db/statement.ts'
import { Turns } from '../db/turns.ts'
import { problems } from '../jsonapi/problem.ts'
import type { Id, ListPlan } from './plan/plan.ts'
import type { Row } from './plan/projection.ts'
import type { Viewer } from './definition/resource.ts'
import { isSearch, searchStatement, type SearchPlan } from './statement/search.ts'
import { daysStatement, findDay, isSought, soughtStatement, type SeekPlan } from './statement/seek.ts'
import { listStatement } from './statement/sql.ts'

/** A page of rows, the count of all that match, and whom they are for. */
export interface Found {
  viewer: Viewer
  total: number
  rows: readonly Row[]
}

/** One row, and whom it is for. */
export interface FoundOne {
  viewer: Viewer
  row: Row
}

/** Reads a page and its count. Throws 401 if the access is gone. */
export async function runList(database: Database, plan: ListPlan): Promise<Found> {
  if (isSought(plan)) return seek(database, plan)
  if (isSearch(plan)) return search(database, plan)
  const [head, ...rows] = await database.rows(listStatement(plan))
  if (!head) throw problems.unauthorized()
  return { viewer: recognise(database, head), total: Number(head[1]), rows }
}

/** The searches of an access. The database does one thing at a time: who sends many at once would keep all others from it. */
const searches = new Turns(2, 500)

/** Reads a page by looking at every row of its range. Throws 429 while the access has enough of them under way, and 400 if that is more work than the operator allows; then nothing was searched. */
async function search(database: Database, plan: SearchPlan): Promise<Found> {
  const { budget } = plan.search
  const found = await searches.run(countedBy(plan.subject), () => {
    // One that fails may have done all of its work.
    database.cost.searched = 1
    return database.rows(searchStatement(plan))
  })
  if (!found) throw problems.tooManySearches()
  database.cost.searched = 0
  const [head, ...rows] = found
  if (!head) throw problems.unauthorized()
  const viewer = recognise(database, head)
  const [, total = null, work] = head
  if (total === null) throw problems.searchTooLarge(Number(work), budget)
  database.cost.searched = Number(work) / budget
  return { viewer, total: Number(total), rows }
}

/** Reads a page far down: the only read that takes two round trips. */
async function seek(database: Database, plan: SeekPlan): Promise<Found> {
  const [head, ...days] = await database.rows(daysStatement(plan))
  if (!head) throw problems.unauthorized()
  const viewer = recognise(database, head)
  const [, total = 0, passed = 0] = head.map(Number)
  const counts = days.map(([start, n]) => [BigInt(start ?? 0), BigInt(n ?? 0)] as const)
  const place = findDay(plan, BigInt(total), BigInt(passed), counts)
  if (!place) return { viewer, total, rows: [] }
  const [again, ...rows] = await database.rows(soughtStatement(plan, place))
  if (!again) throw problems.unauthorized()
  return { viewer: recognise(database, again), total, rows }
}

/** The object that a write has read back. Throws 401 if the access is gone; undefined where nothing was written. */
export function toFound(database: Database, written: { rows: Readonly<Record<string, Cell>>[] } | undefined): FoundOne | undefined {
  const [columns] = written?.rows ?? []
  if (!columns) throw problems.unauthorized()
  const found = Object.values(columns)
  const viewer = recognise(database, found)
  const [, ...row] = found
  return row[0] === null ? undefined : { viewer, row }
}

/** Reads one row, which begins with the public id. Throws 401 if the access is gone, 404 if there is no such row for it. */
export async function runSingle(database: Database, statement: Statement, id: Id): Promise<FoundOne> {
  const [found] = await database.rows(statement)
  if (!found) throw problems.unauthorized()
  const viewer = recognise(database, found)
  const [, ...row] = found
  if (row[0] === null) throw problems.recordNotFound(id.shown)
  return { viewer, row }
}

/** Throws 401 if the access is gone: that comes before any other refusal. */
export async function admit(database: Database, subject: Subject): Promise<void> {
  const [row] = await database.rows(viewerStatement(subject))
  if (!row) throw problems.unauthorized()
  recognise(database, row)
}
