// What the query of a request may say.
import type { Resource } from '../read/definition/resource.ts'
import { filteredFields, type DescribedFilter, type FilteredField } from './filters.ts'
import type { Schema } from './schema.ts'

const commaList = (name: string, description: string, items: Schema): Schema => ({
  name,
  in: 'query',
  description,
  style: 'form',
  explode: false,
  schema: { type: 'array', items },
})

/** Every parameter of a resource's list. */
export const listParameters = (resource: Resource): Schema[] => [
  { $ref: '#/components/parameters/PageNumber' },
  { $ref: '#/components/parameters/PageSize' },
  sortParameter(resource),
  ...documentParameters(resource),
  ...filteredFields(resource).flatMap((field) => field.filters.map((filter) => filterParameter(resource, field, filter))),
]

/** The parameters of one object: what of it, and what along with it. */
export function documentParameters(resource: Resource): Schema[] {
  const { relationships } = resource
  const types = [resource, ...new Set([...relationships.values()].map(({ to }) => to))]
  return [
    ...(relationships.size === 0
      ? []
      : [commaList('include', 'Linked objects that shall come along, in `included`.', { enum: [...relationships.keys()] })]),
    ...types.map(fieldsParameter),
  ]
}

/** Sparse fieldsets of a type (JSON:API 6.3). */
export const fieldsParameter = ({ type, attributes, relationships }: Resource): Schema =>
  commaList(`fields[${type}]`, `What of \`${type}\` shall be shown, in this order.`, {
    enum: ['id', ...attributes.keys(), ...relationships.keys()],
  })

function filterParameter({ definition: { recent } }: Resource, { value }: FilteredField, filter: DescribedFilter): Schema {
  const name = `filter[${filter.name}]`
  const isDefault = recent && filter.name === `${recent.field}_gteq`
  const description = `${filter.meaning}.${isDefault ? ` Without it: the last ${recent.hours} hours.` : ''}`
  return filter.takes === 'one' ? { name, in: 'query', description, schema: value } : commaList(name, description, value)
}

function sortParameter({ sorts, definition: { sort } }: Resource): Schema {
  const names = [...sorts.keys()].map((name) => name.replaceAll('_', '-'))
  const description = `What to sort by; \`-\` in front: descending. By default \`${sort.replaceAll('_', '-')}\`.`
  return commaList('sort', description, { enum: names.flatMap((name) => [name, `-${name}`]) })
}

/** For `components/parameters`. */
export const sharedParameters: Schema = {
  PageNumber: {
    name: 'page[number]',
    in: 'query',
    description: 'Which page.',
    schema: { type: 'integer', minimum: 1, default: 1 },
  },
  PageSize: {
    name: 'page[size]',
    in: 'query',
    description: 'How many objects a page has.',
    schema: { type: 'integer', minimum: 1, maximum: 1000, default: 50 },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of the answer that you have: if nothing changed, the answer is an empty 304.',
    schema: { type: 'string' },
  },
  Range: {
    name: 'Range',
    in: 'header',
    description: 'Which bytes of the file: the answer is 206 with only those.',
    schema: { type: 'string' },
    example: 'bytes=0-1023',
  },
}
