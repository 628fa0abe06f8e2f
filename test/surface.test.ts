// What clients may ask for, as text: a change to it shows up in review as one diff.
import '../src/index.ts'
import { expect, test } from 'vitest'
import { operators } from '../src/read/definition/operators.ts'
import { catalogue, type Resource } from '../src/read/definition/resource.ts'

type Field = Resource['definition']['fields'][string]

const typeOf = (field: Field | undefined) => {
  if (field === undefined) return ''
  if (field.type === 'related') return 'uuid'
  return typeof field.type === 'string' ? field.type : `one of ${field.type.choices?.join(' ')}`
}

/** The name of a filter, cut into its field and its operator: `=` is the field's name alone. */
const cut = (name: string): [field: string, operator: string] => {
  const ends = Object.keys(operators).filter((operator) => name.endsWith(`_${operator}`))
  const [operator] = ends.sort((a, b) => b.length - a.length)
  return operator === undefined ? [name, '='] : [name.slice(0, -operator.length - 1), operator]
}

const underscored = (name: string) => name.replaceAll('-', '_')

function describeResource({ type, definition, attributes, filters, sorts, relationships }: Resource): string {
  const shown = new Set([...attributes.keys()].map(underscored))
  const operatorsOf = Map.groupBy([...filters.keys()].map(cut), ([field]) => field)
  const names = new Set(['id', ...Object.keys(definition.fields), ...sorts.keys(), ...operatorsOf.keys()])
  const table = Array.from(names, (name) => [
    name,
    name === 'id' ? definition.id.form : typeOf(definition.fields[name]),
    shown.has(name) ? 'shown' : '',
    sorts.has(name) ? 'sorts' : '',
    (operatorsOf.get(name) ?? []).map(([, operator]) => operator).join(' '),
  ])
  const { sort, scope, singleton, recent, hiddenBy } = definition
  const facts = [
    scope ? 'a list' : singleton ? 'a singleton' : 'only linked to',
    ...(scope ? [`in the order of ${sort}`] : []),
    ...(recent ? [`${recent.field} in the last ${recent.hours} hours`] : []),
    ...(hiddenBy ? [`fields hidden by ${hiddenBy}`] : []),
  ]
  const links = Array.from(relationships, ([name, { to }]) => `${name} -> ${to.type}`)
  return [`${type}: ${facts.join(', ')}`, ...[...aligned(table), ...links].map((line) => `  ${line}`)].join('\n')
}

const aligned = (table: readonly string[][]) => {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}

test('the API is what surface.txt says', async () => {
  const text = [...catalogue.values()].sort((a, b) => (a.type < b.type ? -1 : 1)).map(describeResource)
  await expect(`${text.join('\n\n')}\n`).toMatchFileSnapshot('./surface.txt')
})
