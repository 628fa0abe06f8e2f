// What a column takes: how a JSON value is read into its stored form. Strings are taken for every type, as PostgreSQL's COPY writes them.
import { decodeDecimal, encodeNumeric } from '../db/decimal.ts'
import { decodeInet, encodeInet } from '../db/inet.ts'
import { isDigest } from '../db/password.ts'
import type { Value } from '../db/statement.ts'
import { readStamp } from '../db/time.ts'
import { UUID } from '../db/uuid.ts'
import { isList, isObject, numeral, parseJson, type Json } from '../jsonapi/json.ts'

/** A type of column. */
export interface Type {
  /** What the operator is told a value is not. */
  name: string
  /** The stored form; undefined if the value is not of this type. Null never comes here. */
  read: (json: Json) => Value | undefined
}

const WHOLE = /^([+-]?\d{1,40})(?:\.0*)?$/

/** A number's own text, or a string without the blanks around it. */
const textOf = (json: Json) => numeral(json) ?? (typeof json === 'string' ? json.trim() : undefined)

function integerOf(bits: 16 | 32 | 64): Type {
  const limit = 2n ** BigInt(bits - 1)
  const limitNumber = Number(limit)
  return {
    name: `an integer from ${-limit} to ${limit - 1n}`,
    read(json) {
      // The way that most go.
      if (Number.isSafeInteger(json))
        return -limitNumber <= (json as number) && (json as number) < limitNumber ? (json as number) : undefined
      const digits = WHOLE.exec(textOf(json) ?? '')?.[1]
      if (digits === undefined) return undefined
      // BigInt reads no plus sign.
      const whole = BigInt(digits.replace('+', ''))
      if (whole < -limit || whole >= limit) return undefined
      const number = Number(whole)
      return Number.isSafeInteger(number) ? number : whole
    },
  }
}

export const smallint = integerOf(16)
export const integer = integerOf(32)
export const bigint = integerOf(64)

const BOOLEANS = new Map<string, 0 | 1>([
  ...['true', 't', '1'].map((word) => [word, 1] as const),
  ...['false', 'f', '0'].map((word) => [word, 0] as const),
])

export const boolean: Type = {
  name: 'a boolean',
  read: (json) => BOOLEANS.get(typeof json === 'boolean' ? String(json) : (textOf(json)?.toLowerCase() ?? '')),
}

/** A type whose values are strings. */
const stringOf = (name: string, read: (text: string) => Value | undefined): Type => ({
  name,
  read: (json) => (typeof json === 'string' ? read(json) : undefined),
})

/** A number or boolean is taken by its text, as PostgreSQL casts it: a number in plain digits. */
export const text: Type = {
  name: 'text without NUL and lone surrogates',
  read(json) {
    if (typeof json === 'string') return json.includes('\0') || !json.isWellFormed() ? undefined : json
    if (typeof json === 'boolean') return String(json)
    const number = numeral(json)
    const stored = number === undefined ? undefined : encodeNumeric(number)
    return stored === undefined ? undefined : decodeDecimal(stored)
  },
}

export const decimal: Type = {
  name: 'a decimal of at most 131072 digits before and 16383 behind the point',
  read(json) {
    const given = textOf(json)
    return given === undefined ? undefined : encodeNumeric(given)
  },
}

export const inet = stringOf('an address or network', encodeInet)

export const time = stringOf('a time from year 1 to 9999', readStamp)

export const uuid = stringOf('a uuid', (given) => (UUID.test(given) ? given.toLowerCase() : undefined))

/** A text that is one of a few words. */
export const oneOf = (...words: readonly string[]) =>
  stringOf(`one of ${words.join(', ')}`, (given) => (words.includes(given) ? given : undefined))

export const digest = stringOf('a bcrypt or scrypt digest', (given) => (isDigest(given) ? given : undefined))

/** JSON kept as JSON; a string holds it, as COPY writes it. */
const jsonOf = (name: string, fits: (json: Json | undefined) => boolean): Type => ({
  name,
  read(json) {
    const held = typeof json === 'string' ? parseJson(json) : json
    return fits(held) ? JSON.stringify(held) : undefined
  },
})

export const jsonObject = jsonOf('a JSON object', isObject)
export const jsonList = jsonOf('a JSON list of strings', (json) => isList(json) && json.every((one) => typeof one === 'string'))

/** A JSON list of one type, or PostgreSQL's text of an array: `{1,2}`. */
function listOf(name: string, read: (json: Json) => string | undefined): Type {
  return {
    name,
    read(json) {
      const elements = typeof json === 'string' ? readArray(json) : json
      if (!isList(elements)) return undefined
      const values = elements.map(read)
      return values.includes(undefined) ? undefined : `[${values.join(',')}]`
    },
  }
}

function readArray(given: string): Json | undefined {
  if (!given.startsWith('{') || !given.endsWith('}')) return parseJson(given)
  const inner = given.slice(1, -1)
  return inner === '' ? [] : inner.split(',').map((element) => element.replace(/^"(.*)"$/, '$1'))
}

export const integers = listOf('a list of integers', (json) => bigint.read(json)?.toString())

export const networks = listOf('a list of addresses or networks', (json) => {
  const stored = inet.read(json)
  return stored === undefined ? undefined : JSON.stringify(decodeInet(String(stored)))
})
