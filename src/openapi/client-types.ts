// What the client knows of the resources, as a TypeScript module that imports nothing: whoever installs the client needs none of the server.
import type { Resource } from '../read/definition/resource.ts'
import { operators } from '../read/definition/operators.ts'
import { types, type Type } from '../read/definition/types.ts'
import { accounts } from '../resources/accounts.ts'
import { cdrExports } from '../resources/cdr-exports.ts'
import { cdrs } from '../resources/cdrs.ts'
import { incomingCdrs } from '../resources/incoming-cdrs.ts'
import { profiles } from '../resources/profiles.ts'
import { transportProtocols } from '../resources/transport-protocols.ts'
import { attributesOf } from './documents.ts'
import { filteredFields, type FilteredField } from './filters.ts'
import type { Schema } from './schema.ts'
import { describeResource } from './words.ts'

/** The module's text. */
export const clientTypes = () =>
  [
    '// Made of the resource definitions by `npm run describe`; not to be edited.',
    '',
    '/** The operators of a type: those that take one value, and those that take a list. */',
    'export interface Operators {',
    ...Object.entries({ ...types, choice: types.uuid }).map(([name, type]) => `  ${name}: ${operatorsOf(type)}`),
    '}',
    '',
    '/** A filter for one of a few words. */',
    'export interface Choice<Word extends string> {',
    '  choice: Word',
    '}',
    '',
    '/**',
    ' * What each resource has. `filters` are fields by their type, with a filter for each operator of it; `lists` are filters by their plain',
    ' * names; `unsorted` are attributes that cannot be sorted by.',
    ' */',
    'export interface Resources {',
    ...[cdrs, incomingCdrs, cdrExports, accounts, profiles, transportProtocols].flatMap(resourceLines),
    '}',
    '',
  ].join('\n')

function operatorsOf(type: Pick<Type, 'operators'>): string {
  const taking = (takes: 'one' | 'many') => union(type.operators.filter((name) => operators[name].takes === takes))
  return `{ one: ${taking('one')}; many: ${taking('many')} }`
}

function resourceLines(resource: Resource): string[] {
  const attributes = attributesOf(resource)
  const fields = resource.definition.scope ? filteredFields(resource) : []
  const unsorted = attributes.map(({ name }) => name).filter((name) => !resource.sorts.has(name.replaceAll('-', '_')))
  return [
    `  /** ${describeResource(resource.type)}. */`,
    `  ${key(resource.type)}: {`,
    ...members(
      'attributes',
      attributes.flatMap(({ name, schema, meaning }) => [`/** ${meaning}. */`, `${key(name)}: ${typeScriptOf(schema)}`]),
    ),
    ...members('filters', fields.filter(hasOperators).map(toMember)),
    ...members('lists', fields.filter((field) => !hasOperators(field)).map(toMember)),
    ...(fields.length === 0 ? [] : [`    unsorted: ${union(unsorted)}`]),
    ...members(
      'relationships',
      [...resource.relationships.values()].map(({ name, to }) => `${key(name)}: ${quote(to.type)}`),
    ),
    '  }',
  ]
}

const members = (name: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : [`    ${name}: {`, ...lines.map((line) => `      ${line}`), '    }']

const hasOperators = ({ filters }: FilteredField) => filters[0]?.operator !== undefined

const toMember = ({ field, type, value }: FilteredField) =>
  `${field}: ${type === 'choice' ? `Choice<${union(value['enum'] as string[])}>` : quote(type)}`

/** The type of an attribute, from its schema. */
function typeScriptOf({ type, enum: choices, properties }: Schema): string {
  if (choices) return union(choices as string[])
  if (properties) {
    const optional = Object.entries(properties).map(([name, schema]) => `        ${name}?: ${typeScriptOf(schema as Schema)}\n`)
    return `{\n${optional.join('')}      }`
  }
  return [type]
    .flat()
    .map((name) => (name === 'integer' ? 'number' : String(name)))
    .join(' | ')
}

const quote = (text: string) => `'${text}'`

const key = (name: string) => (name.includes('-') ? quote(name) : name)

const union = (words: readonly string[]) => (words.length === 0 ? 'never' : words.map(quote).join(' | '))
