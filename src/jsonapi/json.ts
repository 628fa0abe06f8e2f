// JSON as it was written: a number that a double would change keeps its source text.

interface RawJson {
  readonly rawJSON: string
}

declare global {
  interface JSON {
    parse(text: string, reviver: (key: string, value: unknown, context: { source: string }) => unknown): unknown
    rawJSON(text: string): RawJson
    isRawJSON(value: unknown): value is RawJson
  }
}

export type Json = string | number | boolean | null | RawJson | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** A double gives back any 15 digits, and exponents of two digits are within its range. What may be more is read with its source. */
const LONG_NUMBER = /(?:^|[:,[])\s*-?(?:[\d.]{16}|[\d.]+[eE][-+]?\d{3})/

const keepSource = (_key: string, value: unknown, { source }: { source: string }) =>
  typeof value === 'number' && LONG_NUMBER.test(source) ? JSON.rawJSON(source) : value

/** Ruby's parser goes no deeper; a value that does would overflow the stack of what walks it. */
const DEEPEST = 100

/** Reads JSON without rounding its numbers; undefined if it is none, or nested more than 100 deep. */
export function parseJson(text: string): Json | undefined {
  try {
    if (isTooDeep(text)) return undefined
    // The reviver doubles the time, and few texts have a number that needs it.
    return (LONG_NUMBER.test(text) ? JSON.parse(text, keepSource) : JSON.parse(text)) as Json
  } catch {
    return undefined
  }
}

/** The decimal text of a JSON number; undefined for anything else. */
export function numeral(json: Json): string | undefined {
  if (typeof json === 'number') return String(json)
  return JSON.isRawJSON(json) ? json.rawJSON : undefined
}

export const isList = (json: Json | undefined): json is readonly Json[] => Array.isArray(json)

export const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !isList(json) && !JSON.isRawJSON(json)

/** JSON in Ruby's notation, as the reference shows it in the details of errors; a string shows bare only to whoever takes it as it is. */
export function inspectJson(json: Json): string {
  if (json === null) return 'nil'
  if (isList(json)) return `[${json.map(inspectJson).join(', ')}]`
  if (isObject(json)) {
    const members = Object.entries(json).map(([key, value]) => `${JSON.stringify(key)}=>${inspectJson(value)}`)
    return `{${members.join(', ')}}`
  }
  return numeral(json) ?? JSON.stringify(json)
}

/** Whether more than `DEEPEST` lists and objects are open at once; a text that is no JSON may be told either way. */
function isTooDeep(text: string): boolean {
  // Hardly any text has enough of them, which is found out much faster.
  if (occurrences(text, '[') + occurrences(text, '{') <= DEEPEST) return false
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length && depth <= DEEPEST; at++) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (quoted) at += character === '\\' ? 1 : 0
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth--
  }
  return depth > DEEPEST
}

/** How often a text has a character; no more than `DEEPEST` and one are counted. */
function occurrences(text: string, character: string): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0 && count <= DEEPEST; at = text.indexOf(character, at + 1)) count++
  return count
}

/** Comments, and what is none: a string, and a comment that nobody ends. Both go to the end of the text, so that nothing is looked at twice. */
const COMMENT_OR_NONE = /\/\*[^]*?\*\/|\/\/[^\n]*|("(?:[^"\\]|\\[^])*(?:"|\\?$)|\/\*[^]*)/g

/** Takes comments out, which the reference's parser reads over (RFC 8259, section 9, lets a parser take more than JSON). */
export const withoutComments = (text: string) => text.replace(COMMENT_OR_NONE, (_comment, none: string | undefined) => none ?? ' ')
