// Step two: what was asked for meets what the resource is. Names become columns, texts become typed values, and whatever may not be asked
// is refused, in the contract's order (section K). After a plan nothing is refused any more.
import type { Subject } from '../../db/viewer.ts'
import type { Value } from '../../db/statement.ts'
import { UUID } from '../../db/uuid.ts'
import { inspect, parseCsvLine, underscore, type Param, type Query } from '../../jsonapi/parse.ts'
import { type Problem, problems, together } from '../../jsonapi/problem.ts'
import { askFilters, readFilters, type Condition } from './filters.ts'
import { toCountedRange, type CountedRange } from './range.ts'
import { planSearch, type Search } from './search.ts'
import { catalogue, type Relationship, type Resource } from '../definition/resource.ts'

/** Who asks, and the base of every link (scheme, host and path of the API, no slash at its end). */
export interface Asker {
  subject: Subject
  base: string
}

/** What a document shows of each object: the fields that are wanted of a type, in that order (all where it names none), and what comes along. */
export interface Shown {
  /** By type, of those that the document can have. */
  fields: readonly (readonly [type: string, names: readonly string[]])[]
  /** Names of relationships, in the resource's order. */
  included: readonly string[]
}

/** A field that can be sorted by. */
export interface Order {
  name: string
  descending: boolean
}

export interface Page {
  number: bigint
  size: number
}

/** A page of a list, with the count of all that match. */
export interface ListPlan extends Asker {
  shown: Shown
  conditions: readonly Condition[]
  order: readonly Order[]
  page: Page
  /** Set where counters count the list. */
  counted: CountedRange | undefined
  /** Set where neither counters nor an index answer it, so that it looks at every row of its range. */
  search: Search | undefined
  nowMicroseconds: bigint
  /** As it was asked, for the links to other pages. */
  query: Query
}

/** One object by its public id. */
export interface ShowPlan extends Asker {
  shown: Shown
  id: Id
}

/** The object that another one links to, by the relationship's name. */
export interface RelatedPlan extends Asker {
  relationship: string
  shown: Shown
  id: Id
}

/** Only the link from one object to another. */
export interface LinkagePlan extends Asker {
  relationship: string
  id: Id
}

/** What a file is found by: one row. */
export interface FilePlan {
  subject: Subject
  id: Id
}

/** A public id: as compared, and as told to the client. */
export interface Id {
  value: Value
  shown: string
}

const PAGE_SIZE = 50
const LARGEST_PAGE = 1000

/** Plans a list; `searchBudget` is the most work that a search may take. Throws every refusal of the query. */
export function planList(resource: Resource, query: Query, asker: Asker, nowMilliseconds: number, searchBudget: number): ListPlan {
  const { names, asked, order, page } = planQuery(resource, query)
  const conditions = readFilters(resource, asked, nowMilliseconds)
  const nowMicroseconds = BigInt(nowMilliseconds) * 1000n
  return {
    ...asker,
    shown: toShown(resource, names),
    conditions,
    order,
    page,
    counted: toCountedRange(resource, conditions, nowMicroseconds),
    search: planSearch(resource, conditions, order, searchBudget),
    nowMicroseconds,
    query,
  }
}

/** Plans one object, a singleton without an id. The values of filters do not matter to it, their names do. */
export function planShow(resource: Resource, query: Query, id: string | undefined, asker: Asker): ShowPlan {
  const refused: Problem[] = []
  const names = readNames(resource, query, refused)
  askFilters(resource, query.filter, names.relatedTypes, refused)
  if (refused.length > 0) throw together(refused)
  return { ...asker, shown: toShown(resource, names), id: id === undefined ? ONLY : readId(resource, id) }
}

/** A singleton has no id to ask by. */
const ONLY: Id = { value: null, shown: 'it' }

/** Plans the document of an object that a request will make. Refusals of its includes are left in `refused`, to be told with others. */
export const planCreated = (resource: Resource, query: Query, id: string, asker: Asker, refused: Problem[]): ShowPlan => {
  const names = readNames(resource, query, refused)
  return { ...asker, shown: toShown(resource, names), id: { value: id, shown: id } }
}

/** Plans the object behind a relationship: the query is read as the other resource's list would read it. */
export function planRelated(resource: Resource, name: string, query: Query, id: string, asker: Asker): RelatedPlan {
  const relationship = findRelationship(resource, name)
  const parent = readId(resource, id)
  const { names } = planQuery(relationship.to, query)
  return { ...asker, relationship: name, shown: toShown(relationship.to, names), id: parent }
}

/** Plans a relationship's linkage. The query is not looked at. */
export function planLinkage(resource: Resource, name: string, id: string, asker: Asker): LinkagePlan {
  findRelationship(resource, name)
  return { ...asker, relationship: name, id: readId(resource, id) }
}

/** Plans to read what a file is found by. The query is not looked at. */
export const planFile = (resource: Resource, id: string, subject: Subject): FilePlan => ({ subject, id: readId(resource, id) })

/** A relationship that the operator hides is not there. */
function findRelationship(resource: Resource, name: string): Relationship {
  const relationship = resource.relationships.get(name)
  if (!relationship) throw problems.routeNotFound()
  return relationship
}

/** Everything a list's query may say, but for the values of its filters. */
function planQuery(resource: Resource, query: Query) {
  const refused: Problem[] = []
  const names = readNames(resource, query, refused)
  const asked = askFilters(resource, query.filter, names.relatedTypes, refused)
  const order = readSort(resource, query.sort)
  const page = readPage(query.page, refused)
  if (refused.length > 0) throw together(refused)
  return { names, asked, order, page }
}

interface Names {
  fields: ReadonlyMap<string, readonly string[]>
  included: readonly Relationship[]
  /** What filters may name beside the resource itself. */
  relatedTypes: ReadonlyMap<string, Resource>
}

function readNames(resource: Resource, query: Query, refused: Problem[]): Names {
  const fields = readFields(resource, query.fields)
  const included = readInclude(resource, query.include, refused)
  const relatedTypes = new Map(included.map(({ name, to }) => [underscore(name), to]))
  return { fields, included, relatedTypes }
}

/** Fieldsets of types that the document cannot have say nothing. */
function toShown(resource: Resource, { fields, included }: Names): Shown {
  const types = new Set([resource.type, ...included.map(({ to }) => to.type)])
  return { fields: [...fields].filter(([type]) => types.has(type)), included: included.map(({ name }) => name) }
}

/** Customer resources of the reference that are not served here: naming fields of theirs is fine and does nothing (contract H.1). */
const ELSEWHERE =
  'active-calls chart-active-calls chart-originated-cps check-rates countries cryptomus-payments invoices ' +
  'network-prefixes network-types networks outgoing-numberlist-items outgoing-numberlists payments phone-systems-sessions ' +
  'rateplans rates services transactions'

/** The reference finds a resource by its singular too, though a fieldset of that name has no effect. */
const singular = (type: string) => type.replace(/ies$/, 'ys').replace(/s$/, '')

/** Sparse fieldsets by type, in the order in which they were asked for. */
function readFields(primary: Resource, param: Param | undefined): Map<string, readonly string[]> {
  const fieldsets = new Map<string, readonly string[]>()
  if (param === undefined || param === null) return fieldsets
  if (!(param instanceof Map)) throw problems.fieldsWithoutType()
  for (const [type, names] of param) fieldsets.set(type, readFieldNames(type, names, knownFields(primary, type)))
  return fieldsets
}

/** Tells the fields of a type. Throws 101 for a type that does not exist. */
function knownFields(primary: Resource, type: string): (name: string) => boolean {
  const resource = [primary, ...catalogue.values()].find((one) => type === one.type || type === singular(one.type))
  if (resource) return (name) => name === 'id' || resource.attributes.has(name) || resource.relationships.has(name)
  if (ELSEWHERE.split(' ').some((one) => type === one || type === singular(one))) return () => true
  // The reference's base class counts as a resource that has nothing but an id.
  if (type === 'base') return (name) => name === 'id'
  throw problems.resourceInvalid(type)
}

function readFieldNames(type: string, param: Param, isKnown: (name: string) => boolean): string[] {
  if (param === null || param === '') throw problems.fieldInvalid('nil', type)
  if (typeof param !== 'string') throw problems.fieldInvalid(inspect(param), type)
  const names = param.replace(/,+$/, '')
  if (names === '') return []
  const unknown = names.split(',').find((name) => !isKnown(name))
  if (unknown !== undefined) throw problems.fieldInvalid(unknown, type)
  return names.split(',')
}

/** The relationships to include, in the resource's order. */
function readInclude(resource: Resource, param: Param | undefined, refused: Problem[]): Relationship[] {
  if (param === undefined || param === null) return []
  if (typeof param !== 'string') throw problems.relationshipInvalid(inspect(param), resource.type)
  const paths = parseCsvLine(param)
  if (!paths) throw problems.relationshipInvalid(param, resource.type)
  const asked = new Set<string>()
  // An empty element of the list is none.
  for (const path of paths.filter((one) => one !== null)) {
    const [name = '', ...deeper] = path.split('.')
    const relationship = resource.relationships.get(name)
    if (!relationship) {
      refused.push(problems.relationshipInvalid(name, resource.type))
      break
    }
    const next = deeper.find((step) => step !== '')
    if (next !== undefined && !relationship.to.relationships.has(next)) {
      refused.push(problems.relationshipInvalid(next, relationship.to.type))
      break
    }
    asked.add(name)
  }
  return [...resource.relationships.values()].filter(({ name }) => asked.has(name))
}

/** The order asked for, or the resource's own. */
function readSort(resource: Resource, param: Param | undefined): Order[] {
  if (param !== undefined && typeof param !== 'string') throw problems.sortInvalid(inspect(param), resource.type)
  const text = decodeAgain(param?.trim() ? param : resource.definition.sort)
  const names = parseCsvLine(text)
  if (!names) throw problems.sortInvalid(text, resource.type)
  const order = new Map<string, Order>()
  for (const sort of names) {
    const descending = sort?.startsWith('-') ?? false
    const name = underscore((sort ?? '').slice(descending ? 1 : 0))
    if (!resource.sorts.has(name)) throw problems.sortInvalid(name, resource.type)
    order.set(name, { name, descending })
  }
  return [...order.values()]
}

/** The reference undoes percent-encoding a second time, though not `+` for a blank (contract F). What cannot be undone is no name. */
function decodeAgain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The page asked for; its size is looked at before its number, and one refusal is enough. */
function readPage(param: Param | undefined, refused: Problem[]): Page {
  const page = param instanceof Map ? param : new Map<string, Param>(param === undefined ? [] : [['number', param]])
  const size = readInteger(page.get('size'), BigInt(PAGE_SIZE))
  const number = Array.isArray(param) ? 0n : readInteger(page.get('number'), 1n)
  if (size < 1n) refused.push(problems.pageInvalid(`${size} is not a valid value for size page parameter.`))
  else if (size > BigInt(LARGEST_PAGE)) refused.push(problems.pageInvalid(`size exceeds maximum page size of ${LARGEST_PAGE}.`))
  else if (number < 1n) refused.push(problems.pageInvalid(`${number} is not a valid value for number page parameter.`))
  return { number, size: Number(size) }
}

/** Ruby's `to_i`: the leading integer, single underscores between digits, else 0. Lists and maps are ignored. */
function readInteger(param: Param | undefined, absent: bigint): bigint {
  if (typeof param !== 'string') return absent
  const digits = /^\s*([+-]?\d+(?:_\d+)*)/.exec(param)?.[1]
  return digits === undefined ? 0n : BigInt(digits.replaceAll('_', '').replace(/^\+/, ''))
}

/** A Ruby integer literal: sign, blanks around it, `0x`, `0o`, `0b` and leading-zero octal, underscores between digits (contract K). */
const INTEGER =
  /^\s*([+-]?)(?:0x([\da-f]+(?:_[\da-f]+)*)|0b([01]+(?:_[01]+)*)|0o?_?([0-7]+(?:_[0-7]+)*)|(0|0d\d+(?:_\d+)*|[1-9]\d*(?:_\d+)*))\s*$/i

function readId(resource: Resource, id: string): Id {
  if (resource.definition.id.form === 'uuid') {
    if (!UUID.test(id)) throw problems.routeNotFound()
    return { value: id.toLowerCase(), shown: id }
  }
  const parts = INTEGER.exec(id)
  if (!parts) throw problems.fieldValueInvalid(id, 'id')
  const [, sign, hex, binary, octal, decimal] = parts
  const magnitude = BigInt(
    (hex ? `0x${hex}` : binary ? `0b${binary}` : octal ? `0o${octal}` : (decimal ?? '0').replace(/^0d/i, '')).replaceAll('_', ''),
  )
  const shown = String(sign === '-' ? -magnitude : magnitude)
  return { value: shown, shown }
}
