// What a resource is, as data; `defineResource` expands it once into the maps that requests are looked up in.
import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Cell } from '../../db/database.ts'
import type { HidingVariable } from '../../settings.ts'
import { operators, relatedOperators, type Operator, type OperatorName } from './operators.ts'
import { types, type Type, type TypeName } from './types.ts'

/** Whom rows are read for: what of the access's row a document depends on. */
export interface Viewer {
  allowListenRecording: boolean
}

interface StoredField {
  type: TypeName | Type
  column: SQLiteColumn
  /** Whether it is an attribute (default), or only filtered by. */
  shown?: boolean
  /** `operators` (default) gives a filter per operator of its type; `list` one filter by its plain name. */
  filter?: 'operators' | 'list'
}

/** An attribute made of other columns: it can be neither filtered nor sorted by. */
interface ComputedField {
  type: 'computed'
  columns: readonly SQLiteColumn[]
  /** JSON for the values of `columns`, in that order. */
  write: (values: readonly Cell[], viewer: Viewer) => string
}

/** A filter by the uuid of a row of another table, whose internal id is in `column`. */
interface RelatedField {
  type: 'related'
  column: SQLiteColumn
  key: SQLiteColumn
  uuid: SQLiteColumn
}

/** A link to one other resource. */
interface RelationshipDefinition {
  to: Resource
  /** Holds the internal id of the other row. */
  column: SQLiteColumn
  /** The id in the linkage: the other row's own (null without such a row), or the key as stored. */
  linkage: 'row' | 'key'
}

/** Whose rows these are. */
export interface Scope {
  owner: SQLiteColumn
  account: SQLiteColumn
  only?: SQL
  /** What an index leads from: the owner and each account (default), or the owner alone. */
  foundBy?: 'owner'
}

export interface Definition {
  type: string
  table: SQLiteTable
  /** The internal integer id: ties are broken by it, and it is what other tables link to. */
  key: SQLiteColumn
  /** The public id. */
  id: { form: 'integer' | 'uuid'; column: SQLiteColumn }
  fields: Readonly<Record<string, StoredField | ComputedField | RelatedField>>
  relationships?: Readonly<Record<string, RelationshipDefinition>>
  /** The default order: a field, with `-` descending. */
  sort: string
  /** Absent where a resource is only ever linked to, or a singleton. */
  scope?: Scope
  /** The column of the viewer that names the one row there is for him: then there is no list, and the path has no id. */
  singleton?: 'profile_id'
  /** Whether a client must see at once what he has just written: then it is read from the primary. */
  latest?: boolean
  /** Lists show this many hours, by this field, unless the query says otherwise (contract E.5). */
  recent?: { field: string; hours: number }
  /** Which counters count its rows, by hours and days of this column (`owner_counters.side`). */
  counted?: { side: 0 | 1; time: SQLiteColumn }
  /** The variable that names the fields an operator hides (contract Q). */
  hiddenBy?: HidingVariable
}

/** How an attribute is written: from the one column that it is, or from several. */
type Attribute =
  | { column: SQLiteColumn; write: (stored: Cell) => string }
  | { columns: readonly SQLiteColumn[]; write: (values: readonly Cell[], viewer: Viewer) => string }

export interface Relationship extends RelationshipDefinition {
  name: string
}

/** What a condition is compiled from: an operator on a column. */
export interface Comparison {
  column: SQLiteColumn
  operator: Operator
}

/** A filter that compares a column, by an operator, with values of its type; `nothing` is what an empty list means. */
export interface TypedFilter extends Comparison {
  name: string
  kind: 'typed'
  type: Type
  nothing: 'ignored' | 'no rows'
}

/** A filter; `ids` is the list of public ids. */
export type Filter = TypedFilter | (Comparison & { name: string; kind: 'ids' })

/** What counters count: rows of an owner and his accounts, by time. */
export interface Counted {
  side: 0 | 1
  time: SQLiteColumn
  table: SQLiteTable
  owner: SQLiteColumn
  account: SQLiteColumn
  only: SQL | undefined
  foundBy: 'owner' | undefined
}

export interface Resource {
  definition: Definition
  /** Tells it from every other resource, and from itself with other fields hidden. */
  key: string
  counted: Counted | undefined
  type: string
  attributes: ReadonlyMap<string, Attribute>
  relationships: ReadonlyMap<string, Relationship>
  filters: ReadonlyMap<string, Filter>
  sorts: ReadonlyMap<string, SQLiteColumn>
}

const dashed = (name: string) => name.replaceAll('_', '-')

/** Expands a definition, but for the fields in `hidden`: those exist nowhere. */
function expand(definition: Definition, hidden: ReadonlySet<string>): Resource {
  const attributes = new Map<string, Attribute>()
  const filters = new Map<string, Filter>([['id', { name: 'id', kind: 'ids', column: definition.id.column, operator: operators.in }]])
  const sorts = new Map<string, SQLiteColumn>([['id', definition.id.column]])
  for (const [name, field] of Object.entries(definition.fields)) {
    if (hidden.has(name)) continue
    if (field.type === 'computed') {
      attributes.set(dashed(name), { columns: field.columns, write: field.write })
    } else if (field.type === 'related') {
      addFilters(filters, name, field.column, types.uuid, relatedOperators(field.key, field.uuid))
    } else {
      const type: Type = typeof field.type === 'string' ? types[field.type] : field.type
      if (field.shown !== false) {
        attributes.set(dashed(name), { column: field.column, write: type.write as (stored: Cell) => string })
        sorts.set(name, field.column)
      }
      if (field.filter === 'list') {
        filters.set(name, { name, kind: 'typed', column: field.column, type, operator: operators.in, nothing: 'no rows' })
      } else {
        addFilters(filters, name, field.column, type, new Map(type.operators.map((operator) => [operator, operators[operator]])))
      }
    }
  }
  const relationships = Object.entries(definition.relationships ?? {}).filter(([name]) => !hidden.has(name))
  return {
    definition,
    key: [definition.type, ...[...hidden].sort()].join('-'),
    counted: countedBy(definition),
    type: definition.type,
    attributes,
    relationships: new Map(relationships.map(([name, relationship]) => [dashed(name), { ...relationship, name: dashed(name) }])),
    filters,
    sorts,
  }
}

function countedBy({ counted, scope, table }: Definition): Counted | undefined {
  if (!counted || !scope) return undefined
  return { ...counted, table, owner: scope.owner, account: scope.account, only: scope.only, foundBy: scope.foundBy }
}

function addFilters(
  filters: Map<string, Filter>,
  field: string,
  column: SQLiteColumn,
  type: Type,
  by: ReadonlyMap<OperatorName, Operator>,
): void {
  for (const [suffix, operator] of by) {
    const name = `${field}_${suffix}`
    filters.set(name, { name, kind: 'typed', column, type, operator, nothing: 'ignored' })
  }
}

/** Every resource by its type. */
export const catalogue = new Map<string, Resource>()

/** Makes a resource of its definition. */
export function defineResource(definition: Definition): Resource {
  const resource = expand(definition, new Set())
  catalogue.set(resource.type, resource)
  return resource
}

/** The names, underscored, that an operator may hide: all that a document shows and a query may name, but the id. */
export const hideableFields = ({ definition: { fields, relationships = {} } }: Resource): ReadonlySet<string> =>
  new Set([...Object.keys(fields), ...Object.keys(relationships)].filter((name) => name !== 'id'))

const narrowed = new WeakMap<ReadonlySet<string>, Map<Resource, Resource>>()

/** The resource without the fields in `names`; made once for each set, which is the settings' own. */
export function hide(resource: Resource, names: ReadonlySet<string>): Resource {
  if (names.size === 0) return resource
  let versions = narrowed.get(names)
  if (!versions) narrowed.set(names, (versions = new Map()))
  let version = versions.get(resource)
  if (!version) versions.set(resource, (version = expand(resource.definition, names)))
  return version
}
