// Step four, the only one that waits: one statement, one round trip (two for a page far down).
import type { Cell, Database } from '../db/database.ts'
import { Turns } from '../db/turns.ts'
import { countedBy, recognise, viewerStatement, type Subject } from '../db/viewer.ts'
import { problems } from '../jsonapi/problem.ts'
import type { Resource, Viewer } from './definition/resource.ts'
import type { Id, ListPlan } from './plan/plan.ts'
import { HEAD, listStatement } from './statement/list.ts'
import type { Projection, Row } from './statement/projection.ts'
import { isSearch, searchStatement, type SearchPlan } from './statement/search.ts'
import { daysStatement, findDay, isSought, soughtStatement, type SeekPlan } from './statement/seek.ts'
import type { Prepared } from './statement/shape.ts'

/** A page of rows, the count of all that match, whom they are for, and how they become objects. */
export interface Found {
  viewer: Viewer
  total: number
  rows: readonly Row[]
  projection: Projection
}

/** One row, whom it is for, and how it becomes an object. */
export interface FoundOne {
  viewer: Viewer
  row: Row
  projection: Projection
}

/** Reads a page and its count. Throws 401 if the access is gone. */
export async function runList(database: Database, resource: Resource, plan: ListPlan): Promise<Found> {
  if (isSought(resource, plan)) return seek(database, resource, plan)
  if (isSearch(plan)) return search(database, resource, plan)
  const statement = listStatement(resource, plan)
  const [head, ...rows] = await database.rows(statement)
  if (!head) throw problems.unauthorized()
  return { viewer: recognise(database, head), total: Number(head[HEAD.total]), rows, projection: statement.projection }
}

/** The searches of an access that are under way. An access that sends many at once would keep all others from the database. */
const searches = new Turns(2, 500)

/**
 * Of those the one that the database has. It does one thing at a time: a second one would not be done sooner, and stand before what others ask
 * meanwhile. It does not wait for one that hangs.
 */
const atDatabase = new Turns(1, 1000)

/**
 * Reads a page by looking at every row of its range. Throws 429 while the access has enough of them under way, and 400 if that is more work than
 * the operator allows; then nothing was searched.
 */
async function search(database: Database, resource: Resource, plan: SearchPlan): Promise<Found> {
  const { budget } = plan.search
  const statement = searchStatement(resource, plan)
  const key = countedBy(plan.subject)
  const ask = () => {
    // One that fails may have done all of its work.
    database.cost.searched = 1
    return database.rows(statement)
  }
  const found = await searches.run(key, async () => (await atDatabase.run(key, ask)) ?? ask())
  if (!found) throw problems.tooManySearches()
  database.cost.searched = 0
  const [head, ...rows] = found
  if (!head) throw problems.unauthorized()
  const viewer = recognise(database, head)
  const [total, work] = [head[HEAD.total] ?? null, Number(head[HEAD.work])]
  if (total === null) throw problems.searchTooLarge(work, budget)
  database.cost.searched = work / budget
  return { viewer, total: Number(total), rows, projection: statement.projection }
}

/** Reads a page far down: the only read that takes two round trips. */
async function seek(database: Database, resource: Resource, plan: SeekPlan): Promise<Found> {
  const [head, ...days] = await database.rows(daysStatement(resource, plan))
  if (!head) throw problems.unauthorized()
  const viewer = recognise(database, head)
  const [, , total = 0, passed = 0] = head.map(Number)
  const counts = days.map(([start, n]) => [BigInt(start ?? 0), BigInt(n ?? 0)] as const)
  const place = findDay(plan, BigInt(total), BigInt(passed), counts)
  const statement = soughtStatement(resource, plan, place ?? { day: 0n, skipped: 0n })
  const { projection } = statement
  if (!place) return { viewer, total, rows: [], projection }
  const [again, ...rows] = await database.rows(statement)
  if (!again) throw problems.unauthorized()
  return { viewer: recognise(database, again), total, rows, projection }
}

/** How many cells tell of the viewer, before the others. */
const VIEWER_CELLS = 2

/** The object that a write has read back. Throws 401 if the access is gone; undefined where nothing was written. */
export function toFound(
  database: Database,
  { projection }: Prepared,
  written: { rows: Readonly<Record<string, Cell>>[] } | undefined,
): FoundOne | undefined {
  const [columns] = written?.rows ?? []
  if (!columns) throw problems.unauthorized()
  const found = Object.values(columns)
  const viewer = recognise(database, found)
  const row = found.slice(VIEWER_CELLS)
  return row[0] === null ? undefined : { viewer, row, projection }
}

/** Reads one row, which begins with the public id. Throws 401 if the access is gone, 404 if there is no such row for it. */
export async function runSingle(database: Database, statement: Prepared, id: Id): Promise<FoundOne> {
  const [found] = await database.rows(statement)
  if (!found) throw problems.unauthorized()
  const viewer = recognise(database, found)
  const row = found.slice(VIEWER_CELLS)
  if (row[0] === null) throw problems.recordNotFound(id.shown)
  return { viewer, row, projection: statement.projection }
}

/** Throws 401 if the access is gone: that comes before any other refusal. */
export async function admit(database: Database, subject: Subject): Promise<void> {
  const [row] = await database.rows(viewerStatement(subject))
  if (!row) throw problems.unauthorized()
  recognise(database, row)
}
