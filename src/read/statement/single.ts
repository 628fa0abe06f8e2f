// One row: the viewer, then the columns. No viewer, no row at all, 401; the id among the columns is NULL where nothing was found, 404.
import { and, eq, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { slot, toText, type Values } from '../../db/statement.ts'
import { viewer, viewerCells, viewerTable, viewerValues, withViewer, type Subject, type SubjectKind } from '../../db/viewer.ts'
import type { Relationship, Resource } from '../definition/resource.ts'
import type { FilePlan, Id, LinkagePlan, RelatedPlan, ShowPlan, Shown } from '../plan/plan.ts'
import { joined } from './list.ts'
import { idCell, project, type ReadCell } from './projection.ts'
import { linkedRow, visibleRow } from './scope.ts'
import { NOTHING, prepare, type Compiled, type Prepared } from './shape.ts'

interface SingleShape {
  viewer: SubjectKind
}

const bound = (subject: Subject, id: Id): Values => ({ ...viewerValues(subject), id: id.value })

/** The row that is asked for, held against the viewer; of a singleton the one that the viewer has. */
const foundRow = (resource: Resource) => {
  const { id, key, singleton } = resource.definition
  return singleton ? eq(key, sql`${viewer.profileId}`) : and(eq(id.column, slot('id')), visibleRow(resource))!
}

const numbered = (cells: readonly SQL[]) => Object.fromEntries(cells.map((cell, at) => [`c${at}`, cell.as(`c${at}`)]))

/** Begins a statement on one row with the viewer's cells and these. */
const single = (resource: Resource, { viewer: kind }: SingleShape, cells: readonly SQL[]) =>
  withViewer(kind)
    .select({ ...viewerCells, ...numbered(cells) })
    .from(viewer)
    .leftJoin(resource.definition.table, foundRow(resource))

const sqlOf = (cells: readonly ReadCell[]) => cells.map(({ sql }) => sql)

/** One row: the viewer, then the object. */
export const showStatement = (resource: Resource, { subject, shown, id }: ShowPlan): Prepared =>
  prepare(resource, { kind: 'show', viewer: subject.kind, shown }, compileShow, bound(subject, id))

function compileShow(resource: Resource, shape: SingleShape & { shown: Shown }): Compiled {
  const projection = project(resource, shape.shown)
  const row = single(resource, shape, sqlOf(projection.cells)).$dynamic()
  return { projection, text: toText(joined(resource, row, projection.included)) }
}

interface LinkShape extends SingleShape {
  relationship: string
}

/** The other row, where it is there and may be seen. */
const withLinked = (resource: Resource, relationship: Relationship, shape: SingleShape, cells: readonly SQL[]) => {
  const { to, column } = relationship
  const row = single(resource, shape, [idCell(resource).sql, ...cells])
  return row.leftJoin(to.definition.table, and(eq(to.definition.key, column), linkedRow(resource, relationship)))
}

/** One row: the viewer, the id of the parent, then the object that it links to. */
export const relatedStatement = (resource: Resource, { subject, relationship, shown, id }: RelatedPlan): Prepared =>
  prepare(resource, { kind: 'related', viewer: subject.kind, relationship, shown }, compileRelated, bound(subject, id))

function compileRelated(resource: Resource, shape: LinkShape & { shown: Shown }): Compiled {
  const relationship = resource.relationships.get(shape.relationship)!
  const projection = project(relationship.to, shape.shown)
  return { projection, text: toText(withLinked(resource, relationship, shape, sqlOf(projection.cells))) }
}

/** One row: the viewer, the public id, then the id that it links to. */
export const linkageStatement = (resource: Resource, { subject, relationship, id }: LinkagePlan): Prepared =>
  prepare(resource, { kind: 'linkage', viewer: subject.kind, relationship }, compileLinkage, bound(subject, id))

function compileLinkage(resource: Resource, shape: LinkShape): Compiled {
  const relationship = resource.relationships.get(shape.relationship)!
  const { linkage, to, column } = relationship
  const row =
    linkage === 'row'
      ? withLinked(resource, relationship, shape, [idCell(to).sql])
      : single(resource, shape, [idCell(resource).sql, sql`${column}`])
  return { projection: NOTHING, text: toText(row) }
}

/** One row: the viewer, the public id, then the columns. */
export const columnsStatement = (resource: Resource, { subject, id }: FilePlan, columns: readonly SQLiteColumn[]): Prepared =>
  prepare(
    resource,
    { kind: 'columns', viewer: subject.kind, columns: columns.map(({ name }) => name) },
    compileColumns(columns),
    bound(subject, id),
  )

const compileColumns =
  (columns: readonly SQLiteColumn[]) =>
  (resource: Resource, shape: SingleShape): Compiled => ({
    projection: NOTHING,
    text: toText(single(resource, shape, [idCell(resource).sql, ...columns.map((column) => sql`${column}`)])),
  })

/**
 * A statement on one row that the asker may see, by its public id: `with "viewer" as (…) <verb> … from <row>`. Without such a row it does nothing.
 * `id` and the viewer stand in slots.
 */
export const onVisibleRow = (resource: Resource, kind: SubjectKind, statement: (from: SQL) => SQL): SQL => {
  const { definition } = resource
  const from = sql`${viewer} join ${definition.table} on ${and(eq(definition.id.column, slot('id')), visibleRow(resource))}`
  return sql`${viewerTable(kind)} ${statement(from)}`
}
