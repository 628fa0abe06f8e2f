// What a type of field is: how a client's text is read into a value to compare with, how a stored value is written into a document,
// and which operators it has (contract D, E.2, E.3; deviations, row 4).
import { decodeDecimal, encodeDecimal } from '../../db/decimal.ts'
import { decodeInet, readInet } from '../../db/inet.ts'
import type { Value } from '../../db/statement.ts'
import { DAY_MILLISECONDS, readTime, toMilliseconds } from '../../db/time.ts'
import { UUID } from '../../db/uuid.ts'
import { text } from '../../jsonapi/document.ts'
import type { OperatorName } from './operators.ts'

export interface Type {
  operators: readonly OperatorName[]
  /** The value that a client's text stands for, as it is stored; undefined if this type cannot read it. */
  read: (value: string) => Value | undefined
  /** JSON for a stored value that is not null. */
  write: (stored: never) => string
  /** Whether white space around the elements of a list counts. Around a single value it never does. */
  spacesCount?: boolean
  /** Its values, if they are a choice of a few: then a blank is no choice, and nothing is trimmed. */
  choices?: readonly string[]
}

const equality = ['eq', 'not_eq', 'in', 'not_in'] as const
const order = ['eq', 'not_eq', 'gt', 'gteq', 'lt', 'lteq', 'in', 'not_in'] as const
const search = ['eq', 'not_eq', 'cont', 'start', 'end', 'in', 'not_in', 'cont_any'] as const

const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/
const DECIMAL = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/
const TRUE = new Set(['true', 't', '1', 'TRUE', 'T'])
const FALSE = new Set(['false', 'f', '0', 'FALSE', 'F'])

/** The fraction is cut off. An integer that a double cannot hold stays text: SQLite compares it with integers exactly. */
function readInteger(value: string): Value | undefined {
  if (!NUMBER.test(value)) return undefined
  const whole = value.replace(/\..*$/, '')
  const number = Number(whole)
  return Number.isSafeInteger(number) ? number + 0 : whole.replace(/^\+/, '')
}

const readBoolean = (value: string) => (TRUE.has(value) ? 1 : FALSE.has(value) ? 0 : undefined)

/** As PostgreSQL has no text with a NUL in it, nothing can be compared with one. */
const readText = (value: string) => (value.includes('\0') ? undefined : value)

const padded = (length: number, digits: number) => Array.from({ length }, (_, number) => String(number).padStart(digits, '0'))
const SIXTIES = padded(60, 2)
const THOUSANDTHS = padded(1000, 3)

/** The day of the time before: the times of a page are of few days, and a date is most of the work of `toISOString`. */
let written = { day: Number.NaN, date: '' }

function writeTime(microseconds: number): string {
  const milliseconds = toMilliseconds(microseconds)
  const day = Math.floor(milliseconds / DAY_MILLISECONDS)
  if (day !== written.day) written = { day, date: new Date(milliseconds).toISOString().slice(0, -13) }
  const rest = milliseconds - day * DAY_MILLISECONDS
  const seconds = Math.floor(rest / 1000)
  const minutes = Math.floor(seconds / 60)
  return `"${written.date}${SIXTIES[Math.floor(minutes / 60)]!}:${SIXTIES[minutes % 60]!}:${SIXTIES[seconds % 60]!}.${THOUSANDTHS[rest % 1000]!}Z"`
}

/** One digit after the point at least; what JSON has no number for is null. */
function writeDecimal(stored: string): string {
  const plain = decodeDecimal(stored)
  if (/^-?[NI]/.test(plain)) return 'null'
  return plain.includes('.') ? `"${plain}"` : `"${plain}.0"`
}

export const types = {
  integer: { operators: order, read: readInteger, write: (stored: number) => String(stored) },
  decimal: {
    operators: order,
    read: (value) => (value === 'NaN' || DECIMAL.test(value) ? encodeDecimal(value) : undefined),
    write: writeDecimal,
  },
  boolean: { operators: ['eq', 'not_eq'], read: readBoolean, write: (stored: number) => (stored === 1 ? 'true' : 'false') },
  datetime: { operators: order, read: readTime, write: writeTime },
  string: { operators: search, read: readText, write: text, spacesCount: true },
  inet: { operators: equality, read: readInet, write: (stored: string) => `"${decodeInet(stored)}"` },
  uuid: { operators: equality, read: (value) => (UUID.test(value) ? value.toLowerCase() : undefined), write: text },
} satisfies Record<string, Type>

export type TypeName = keyof typeof types

/** A text that is one of a few: compared as sent, and any other is refused. */
export const oneOf = (values: readonly string[]): Type => ({
  operators: equality,
  read: (value) => (values.includes(value) ? value : undefined),
  write: text,
  choices: values,
})
