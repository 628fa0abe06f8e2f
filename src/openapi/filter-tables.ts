// The filters as tables in Markdown, for the guide.
import type { Resource } from '../read/definition/resource.ts'
import { types, type Type } from '../read/definition/types.ts'
import { accounts } from '../resources/accounts.ts'
import { cdrExports } from '../resources/cdr-exports.ts'
import { cdrs } from '../resources/cdrs.ts'
import { incomingCdrs } from '../resources/incoming-cdrs.ts'
import { filteredFields, type FilteredField } from './filters.ts'
import { code, toTable, withTable } from './markdown.ts'

/** What a type is called here, and what its values look like. */
const words: Readonly<Record<FilteredField['type'], readonly [name: string, values: string]>> = {
  string: ['text', '`Alice`; in double quotes where it has commas or double quotes: `"Smith, Bob"`'],
  integer: ['integer', '`30`; a fraction is cut off'],
  decimal: ['decimal', '`0.019`, `-2`, `1e-9`, `NaN`; exact at any number of digits'],
  boolean: ['boolean', '`true`, `t`, `1`; `false`, `f`, `0`'],
  datetime: ['time', '`2026-01-02`, `2026-01-02T12:45`, `2026-01-02T12:45:13.788Z`, `2026-01-02T14:45:13%2B02:00`; UTC unless said'],
  inet: ['address', '`192.0.2.17`, `10.0.0.0/8`, `2001:db8::1`'],
  uuid: ['uuid', '`7aa54476-8610-5998-a406-2e63e0324f89`'],
  choice: ['choice', 'one of the words of its field, as it is'],
}

const choice: Pick<Type, 'operators'> = { operators: types.uuid.operators }

/** The tables by name: `types`, and one for each resource that can be filtered. */
const filterTables = (): Record<string, string> => ({
  types: toTable([
    ['type', 'operators', 'values'],
    ...Object.entries(words).map(([type, [name, values]]) => {
      const { operators } = type === 'choice' ? choice : types[type as keyof typeof types]
      return [name, operators.map(code).join(' '), values]
    }),
  ]),
  ...Object.fromEntries([cdrs, incomingCdrs, cdrExports, accounts].map((resource) => [resource.type, fieldTable(resource)])),
})

const fieldTable = (resource: Resource) =>
  toTable([
    ['filter', 'type', 'meaning'],
    ...filteredFields(resource).map((field) => [code(patternOf(field)), typeOf(field), field.meaning]),
  ])

/** A filter by its plain name, or one for each operator of the type. */
const patternOf = ({ field, filters }: FilteredField) => (filters[0]?.operator === undefined ? field : `${field}_…`)

function typeOf({ type, value, filters }: FilteredField): string {
  const name = type === 'choice' ? (value['enum'] as string[]).map(code).join(', ') : words[type][0]
  return filters[0]?.operator === undefined ? `list: ${name}` : name
}

/** A guide with the tables put in. */
export const withFilterTables = (guide: string): string =>
  Object.entries(filterTables()).reduce((text, [name, table]) => withTable(text, `filters: ${name}`, table), guide)
