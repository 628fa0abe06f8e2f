// Step one: a URL becomes nested parameters. What they mean, nobody knows yet; refused is only what cannot be read at all.
// The nesting is Rack's, so that clients written against the reference mean the same thing here (contract A.6).
import { problems } from './problem.ts'

/** One parameter: text, null (`a` without `=`), a list (`a[]=1`) or a map (`a[b]=1`). */
export type Param = string | null | Param[] | Params
export type Params = Map<string, Param>

/** What was asked for: the parameters that JSON:API gives a meaning to. Absent and null are one. */
export interface Query {
  fields: Param | undefined
  filter: Param | undefined
  include: Param | undefined
  page: Param | undefined
  sort: Param | undefined
}

const DEEPEST = 32
const MOST_PAIRS = 4096

/** Reads the query of a URL. Throws 400 on broken percent-encoding, broken UTF-8 and nesting that contradicts itself. */
export function parse(url: string): Query {
  const params = parseParams(queryOf(url))
  const get = (name: string) => params.get(name) ?? undefined
  return { fields: get('fields'), filter: get('filter'), include: get('include'), page: get('page'), sort: get('sort') }
}

/** The text between `?` and `#`. */
function queryOf(url: string): string {
  const start = url.indexOf('?')
  if (start < 0) return ''
  const end = url.indexOf('#', start)
  return url.slice(start + 1, end < 0 ? undefined : end)
}

/** Reads `a[b]=1&a[c][]=2`, also as a form body. */
export function parseParams(text: string): Params {
  const params: Params = new Map()
  const pairs = text.split(/& */)
  if (pairs.length > MOST_PAIRS) throw problems.badRequest(`The query has more than ${MOST_PAIRS} parameters.`)
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    nest(params, name, equals < 0 ? null : decode(pair.slice(equals + 1)), 0)
  }
  return params
}

/** Reads fields that came by name and value, as those of a multipart form: named as in a query, but not encoded. */
export function parseFields(fields: Iterable<readonly [name: string, value: string]>): Params {
  const params: Params = new Map()
  for (const [name, value] of fields) nest(params, name, value, 0)
  return params
}

/** Undoes percent-encoding, with `+` for a blank; 400 if it, or the UTF-8 in it, is broken. */
function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    throw problems.badRequest('The query is not valid percent-encoded UTF-8.')
  }
}

/** Puts a value where its name says; `depth` counts the brackets already opened. */
function nest(params: Params, name: string, value: Param, depth: number): void {
  if (depth >= DEEPEST) throw problems.badRequest(`The query is nested more than ${DEEPEST} deep.`)
  const { key, rest } = splitName(name, depth)
  if (key === '') return
  if (rest === '') {
    params.set(key, value)
  } else if (rest === '[') {
    params.set(name, value)
  } else if (rest.startsWith('[]')) {
    const list = within(params, key, Array.isArray, () => [])
    if (rest === '[]') {
      // Rails drops nulls from lists: `a[]` without `=` is no element.
      if (value !== null) list.push(value)
    } else {
      nestInList(list, childName(rest), value, depth)
    }
  } else {
    nest(
      within(
        params,
        key,
        (param) => param instanceof Map,
        () => new Map() as Params,
      ),
      rest,
      value,
      depth + 1,
    )
  }
}

function splitName(name: string, depth: number): { key: string; rest: string } {
  const open = depth === 0 ? name.indexOf('[', 1) : -1
  if (depth === 0) return open < 0 ? { key: name, rest: '' } : { key: name.slice(0, open), rest: name.slice(open) }
  if (name.startsWith('[]')) return { key: '[]', rest: name.slice(2) }
  const close = name.startsWith('[') ? name.indexOf(']', 1) : -1
  return close < 0 ? { key: name, rest: '' } : { key: name.slice(1, close), rest: name.slice(close + 1) }
}

/** `[][x]` inside a list: the name of the map's member. */
function childName(rest: string): string {
  const child = /^\[\]\[([^[\]]+)\]$/.exec(rest)
  return child ? child[1]! : rest.slice(2)
}

/** A list of maps starts a new map when the last one already has the member. */
function nestInList(list: Param[], child: string, value: Param, depth: number): void {
  const last = list.at(-1)
  if (last instanceof Map && !last.has(child)) {
    nest(last, child, value, depth + 1)
  } else {
    const map: Params = new Map()
    nest(map, child, value, depth + 1)
    list.push(map)
  }
}

function within<Kind extends Param>(params: Params, key: string, is: (param: Param) => param is Kind, make: () => Kind): Kind {
  const there = params.get(key)
  if (there === undefined || there === null) {
    const made = make()
    params.set(key, made)
    return made
  }
  if (!is(there)) throw problems.badRequest(`The parameter ${key} is given in two ways that exclude each other.`)
  return there
}

/** Reads one line of CSV as Ruby does (contract E.2): null for an empty element; undefined where quotes do not match up. */
export function parseCsvLine(text: string): (string | null)[] | undefined {
  const values: (string | null)[] = []
  let at = 0
  if (text === '' || isLineBreak(text[0])) return values
  for (;;) {
    if (text[at] === '"') {
      const { value, end } = quoted(text, at)
      if (end < 0) return undefined
      values.push(value)
      at = end
    } else {
      const start = at
      while (at < text.length && text[at] !== ',' && !isLineBreak(text[at])) {
        if (text[at] === '"') return undefined
        at++
      }
      values.push(at === start ? null : text.slice(start, at))
    }
    if (text[at] !== ',') return values
    at++
  }
}

const isLineBreak = (character: string | undefined) => character === '\n' || character === '\r'

/** The element that opens with a quote at `start`; `end` is -1 where the quotes do not match up. */
function quoted(text: string, start: number): { value: string; end: number } {
  let value = ''
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== '"') {
      value += text[at]
    } else if (text[at + 1] === '"') {
      value += '"'
      at++
    } else {
      const next = text[at + 1]
      return { value, end: next === undefined || next === ',' || isLineBreak(next) ? at + 1 : -1 }
    }
  }
  return { value, end: -1 }
}

/** The parameter as its client wrote it, for an error's detail: Ruby's notation for lists and maps. */
export function inspect(param: Param): string {
  if (param === null) return 'nil'
  if (typeof param === 'string') return JSON.stringify(param)
  if (Array.isArray(param)) return `[${param.map(inspect).join(', ')}]`
  return `{${[...param].map(([key, value]) => `${JSON.stringify(key)}=>${inspect(value)}`).join(', ')}}`
}

/** A name as the reference spells it: camelCase split, dashes to underscores, lower case (contract E.1). */
export function underscore(name: string): string {
  if (!/[A-Z-]|::/.test(name)) return name
  return name
    .replaceAll('::', '/')
    .replace(/(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z\d])(?=[A-Z])/g, '_')
    .replaceAll('-', '_')
    .toLowerCase()
}
