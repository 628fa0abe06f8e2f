// What of a row is read, and how it becomes an object of a document. The text around the values is the same for every row, so it is made
// once; each column has its own writer.
import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Cell } from '../../db/database.ts'
import { linkage } from '../../jsonapi/document.ts'
import type { Relationship, Resource, Viewer } from '../definition/resource.ts'
import type { Shown } from '../plan/plan.ts'

/** One row of an answer, by column. */
export type Row = readonly Cell[]

/** What is read of a row: a column, or an expression on one. */
export interface ReadCell {
  column: SQLiteColumn
  /** Whether it is read as text: an integer may exceed what a double holds. */
  asText: boolean
  sql: SQL
}

export interface Projection {
  /** What is read, in the order of a row's cells. */
  cells: readonly ReadCell[]
  /** The public id in a row; null where there is no such row (nothing linked). */
  id: (row: Row) => string | null
  /** The JSON:API object of a row. */
  write: (row: Row, viewer: Viewer, base: string) => string
  /** The objects that come along, in the resource's order. */
  included: readonly Included[]
}

export interface Included {
  relationship: Relationship
  projection: Projection
}

/** Collects columns, each once, and tells where in the row each stands. */
class Columns {
  readonly list: ReadCell[] = []
  readonly #offset: number

  constructor(offset: number) {
    this.#offset = offset
  }

  at(column: SQLiteColumn): number {
    const at = this.list.findIndex((cell) => cell.column === column && !cell.asText)
    return at < 0 ? this.add({ column, sql: sql`${column}`, asText: false }) : this.#offset + at
  }

  add(cell: ReadCell): number {
    return this.#offset + this.list.push(cell) - 1
  }
}

/** The public id. */
export const idCell = ({ definition: { id } }: Resource): ReadCell => {
  const asText = id.form === 'integer'
  return { column: id.column, asText, sql: asText ? sql`cast(${id.column} as text)` : sql`${id.column}` }
}

/** What a document shows of a resource, and of the resources it includes. */
export function project(resource: Resource, { fields, included }: Shown): Projection {
  const relationships = [...resource.relationships.values()].filter(({ name }) => included.includes(name))
  return build(resource, new Map(fields), relationships, 0)
}

type Fieldsets = ReadonlyMap<string, readonly string[]>

type Write = (row: Row, viewer: Viewer) => string

/** Its columns stand in the row from `offset` on. */
function build(resource: Resource, fieldsets: Fieldsets, relationships: readonly Relationship[], offset: number): Projection {
  const names = fieldsets.get(resource.type)
  const columns = new Columns(offset)
  const idAt = columns.add(idCell(resource))
  const writeAttributes = attributes(resource, names, columns)
  const keys = relationships.map(({ column }) => columns.at(column))
  const included: Included[] = []
  for (const relationship of relationships) {
    const projection = build(relationship.to, fieldsets, [], offset + columns.list.length)
    columns.list.push(...projection.cells)
    included.push({ relationship, projection })
  }
  const linkages = new Map(included.map((one, at) => [one.relationship, linkageWriter(one, keys[at]!)]))
  const writeRelationships = links(resource, names, linkages)
  const linked = resource.definition.scope !== undefined
  return {
    cells: columns.list,
    included,
    id: (row) => row[idAt] as string | null,
    write: (row, viewer, base) => {
      const id = row[idAt] as string
      const address = `${base}/${resource.type}/${id}`
      const self = linked ? `,"links":{"self":"${address}"}` : ''
      return `{"id":"${id}","type":"${resource.type}"${self}${writeAttributes(row, viewer)}${writeRelationships(row, address)}}`
    },
  }
}

/** Sparse fieldsets show attributes in the order asked for (contract H.1). */
function attributes(resource: Resource, names: readonly string[] | undefined, columns: Columns): Write {
  const shown = names === undefined ? [...resource.attributes.keys()] : [...new Set(names)].filter((name) => resource.attributes.has(name))
  if (shown.length === 0) return () => ''
  const writers = shown.map((name, at) => attributeWriter(resource, name, at === 0 ? '' : ',', columns))
  return (row, viewer) => {
    let written = ',"attributes":{'
    for (const write of writers) written += write(row, viewer)
    return `${written}}`
  }
}

function attributeWriter(resource: Resource, name: string, separator: string, columns: Columns): Write {
  const attribute = resource.attributes.get(name)!
  const key = `${separator}"${name}":`
  if ('columns' in attribute) {
    const at = attribute.columns.map((column) => columns.at(column))
    return (row, viewer) =>
      key +
      attribute.write(
        at.map((one) => row[one] ?? null),
        viewer,
      )
  }
  const at = columns.at(attribute.column)
  const none = `${key}null`
  return (row) => {
    const stored = row[at] ?? null
    return stored === null ? none : key + attribute.write(stored)
  }
}

/** The id in a linkage: of the row that is there, or the key as it is stored. */
function linkageWriter({ relationship, projection }: Included, key: number): (row: Row) => string {
  const { type } = relationship.to
  if (relationship.linkage === 'row') return (row) => linkage(type, projection.id(row))
  return (row) => linkage(type, (row[key] ?? null) === null ? null : String(row[key]))
}

/** Relationships keep the resource's order, whatever the fieldset's. */
function links(resource: Resource, names: readonly string[] | undefined, linkages: ReadonlyMap<Relationship, (row: Row) => string>) {
  const shown = [...resource.relationships.values()].filter(({ name }) => names === undefined || names.includes(name))
  if (shown.length === 0) return () => ''
  const pieces = shown.map((relationship, at) => ({
    self: `${at === 0 ? '' : ','}"${relationship.name}":{"links":{"self":"`,
    related: `/relationships/${relationship.name}","related":"`,
    end: `/${relationship.name}"}`,
    data: linkages.get(relationship),
  }))
  return (row: Row, address: string) => {
    let written = ',"relationships":{'
    for (const { self, related, end, data } of pieces) {
      written += self + address + related + address + end + (data ? `,"data":${data(row)}}` : '}')
    }
    return `${written}}`
  }
}
