// The schemas of a resource: its attributes, its objects, the documents that they come in.
import type { Relationship, Resource } from '../read/definition/resource.ts'
import { exportFilters, toBody } from './bodies.ts'
import { toWritten, type Schema } from './schema.ts'
import { describeField, describeResource } from './words.ts'

/** The filters of an export as they are shown: any may be absent. */
const shownExportFilters = (): Schema => {
  const { required: _, ...schema } = toBody(exportFilters)
  return schema
}

/** Attributes that are made of several columns have no type of their own. */
const computed: ReadonlyMap<string, Schema> = new Map([
  ['cdrs.rec', { type: 'boolean' }],
  ['incoming-cdrs.rec', { type: 'boolean' }],
  ['cdr-exports.filters', shownExportFilters()],
])

/** An attribute: its name, its schema, its meaning. */
export interface DescribedAttribute {
  name: string
  schema: Schema
  meaning: string
}

/** The attributes of a resource, in its order. */
export function attributesOf({ type, definition, attributes }: Resource): DescribedAttribute[] {
  return Object.entries(definition.fields).flatMap(([field, { type: fieldType, ...rest }]) => {
    const name = field.replaceAll('_', '-')
    if (!attributes.has(name)) return []
    const meaning = describeField(type, field)
    if (fieldType !== 'computed' && fieldType !== 'related' && 'column' in rest) {
      return [{ name, meaning, schema: toWritten(fieldType, !rest.column.notNull) }]
    }
    const schema = computed.get(`${type}.${name}`)
    if (!schema) throw new Error(`${type}.${name} has no schema in src/openapi/documents.ts`)
    return [{ name, meaning, schema }]
  })
}

/** A component's name: `cdr-exports` is `CdrExports`. */
export const componentName = (type: string) => type.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())

const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

const closed = (properties: Schema, required: readonly string[] = Object.keys(properties)): Schema => ({
  type: 'object',
  required,
  additionalProperties: false,
  properties,
})

const link: Schema = { type: 'string', format: 'uri' }

/** What a resource adds to `components/schemas`. */
export function resourceSchemas(resource: Resource): Schema {
  const name = componentName(resource.type)
  const attributes = Object.fromEntries(
    attributesOf(resource).map(({ name, schema, meaning }) => [name, { ...schema, description: `${meaning}.` }]),
  )
  return {
    [`${name}Attributes`]: {
      ...closed(attributes, []),
      description: 'All of them, in this order, unless `fields` names some.',
    },
    [name]: objectSchema(resource, name),
    ...(resource.definition.scope && { [`${name}List`]: listSchema(resource, name) }),
    ...((resource.definition.scope ?? resource.definition.singleton) && {
      [`${name}Document`]: closed({ data: refTo(name), ...includedSchema(resource) }, ['data']),
    }),
  }
}

function objectSchema(resource: Resource, name: string): Schema {
  const { id, scope } = resource.definition
  const relationships = Object.fromEntries([...resource.relationships].map(([key, one]) => [key, relationshipSchema(one)]))
  const properties = {
    id: id.form === 'uuid' ? { type: 'string', format: 'uuid' } : { type: 'string', pattern: String.raw`^-?\d+$` },
    type: { const: resource.type },
    ...(scope && { links: closed({ self: link }) }),
    attributes: refTo(`${name}Attributes`),
    ...(resource.relationships.size > 0 && { relationships: closed(relationships, []) }),
  }
  return { ...closed(properties, ['id', 'type', ...(scope ? ['links'] : [])]), description: `${describeResource(resource.type)}.` }
}

const identifier = ({ to }: Relationship) =>
  closed({ type: { const: to.type }, id: to.definition.id.form === 'uuid' ? { type: 'string', format: 'uuid' } : { type: 'string' } })

/** Resource linkage, or null. */
const linkageSchema = (relationship: Relationship): Schema => ({ oneOf: [identifier(relationship), { type: 'null' }] })

const relationshipSchema = (relationship: Relationship): Schema =>
  closed({ links: closed({ self: link, related: link }), data: { ...linkageSchema(relationship), description: 'Only if included.' } }, [
    'links',
  ])

function includedSchema({ relationships }: Resource): Schema {
  const types = [...new Set([...relationships.values()].map(({ to }) => to.type))]
  if (types.length === 0) return {}
  const items = types.length === 1 ? refTo(componentName(types[0]!)) : { anyOf: types.map((type) => refTo(componentName(type))) }
  return { included: { type: 'array', minItems: 1, items, description: 'What `include` names, each object once.' } }
}

const listSchema = (resource: Resource, name: string): Schema =>
  closed(
    {
      data: { type: 'array', maxItems: 1000, items: refTo(name) },
      ...includedSchema(resource),
      meta: closed({ 'total-count': { type: 'integer', minimum: 0, description: 'How many match, on all pages.' } }),
      links: closed({ first: link, prev: link, next: link, last: link }, ['first', 'last']),
    },
    ['data', 'meta', 'links'],
  )

/** The document behind a relationship's self link. */
export const linkageDocument = (relationship: Relationship): Schema =>
  closed({ data: linkageSchema(relationship), links: closed({ self: link, related: link }) })

/** The document behind a relationship's related link: the other object, or null. */
export const relatedDocument = ({ to }: Relationship): Schema =>
  closed({ data: { oneOf: [refTo(componentName(to.type)), { type: 'null' }] } })
