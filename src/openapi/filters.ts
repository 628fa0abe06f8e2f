// The filters of a resource, each with what its name is made of.
import { operators, relatedOperators, type OperatorName } from '../read/definition/operators.ts'
import type { Definition, Resource } from '../read/definition/resource.ts'
import { types } from '../read/definition/types.ts'
import { nameOfType, toSent, type Schema } from './schema.ts'
import { describeField, describeOperator } from './words.ts'

/** The filters of a field. */
export interface FilteredField {
  field: string
  /** Of what type its values are. */
  type: ReturnType<typeof nameOfType>
  value: Schema
  meaning: string
  filters: readonly DescribedFilter[]
}

/** A filter; `operator` is undefined where the field's name is all of its. */
export interface DescribedFilter {
  name: string
  operator: OperatorName | undefined
  takes: 'one' | 'many'
  meaning: string
}

/** Every field that a resource can be filtered by. */
export function filteredFields({ type, definition, filters }: Resource): FilteredField[] {
  const fields = [idsOf(type, definition), ...Object.entries(definition.fields).flatMap(([name, field]) => toFiltered(type, name, field))]
  const described = fields.flatMap((field) => field.filters.map(({ name }) => name)).sort()
  if (described.join() !== [...filters.keys()].sort().join()) throw new Error(`The filters of ${type} are not those that are described`)
  return fields
}

/** The filter by public ids, which stands apart from one by the id's value. */
function idsOf(type: string, { id }: Definition): FilteredField {
  const meaning = describeField(type, 'id')
  return {
    field: 'id',
    type: id.form,
    value: toSent(id.form),
    meaning,
    filters: [{ name: 'id', operator: undefined, takes: 'many', meaning: `${meaning}: ${describeOperator('in', false)}` }],
  }
}

function toFiltered(type: string, name: string, field: Definition['fields'][string]): FilteredField[] {
  if (field.type === 'computed') return []
  const meaning = describeField(type, name)
  if (field.type === 'related') {
    const by = [...relatedOperators(field.key, field.uuid)].map(([operator, { takes }]) => ({ operator, takes }))
    return [{ field: name, type: 'uuid', value: toSent('uuid'), meaning, filters: by.map((one) => toFilter(name, meaning, one, false)) }]
  }
  const typeName = nameOfType(field.type)
  const value = toSent(field.type)
  if (field.filter === 'list') {
    const only = { name, operator: undefined, takes: 'many', meaning: `${meaning}: ${describeOperator('in', false)}` } as const
    return [{ field: name, type: typeName, value, meaning, filters: [only] }]
  }
  const names = typeof field.type === 'string' ? types[field.type].operators : field.type.operators
  const filters = names.map((operator) => toFilter(name, meaning, { operator, takes: operators[operator].takes }, typeName === 'datetime'))
  return [{ field: name, type: typeName, value, meaning, filters }]
}

const toFilter = (
  field: string,
  meaning: string,
  { operator, takes }: { operator: OperatorName; takes: 'one' | 'many' },
  ofTime: boolean,
): DescribedFilter => ({
  name: `${field}_${operator}`,
  operator,
  takes,
  meaning: `${meaning}: ${describeOperator(operator, ofTime)}`,
})
