// JSON Schemas (2020-12) of values: as they stand in documents, and as they are sent in filters.
import { types, type Type, type TypeName } from '../read/definition/types.ts'

/** A JSON Schema, or another object of an OpenAPI document. */
export interface Schema {
  readonly [key: string]: unknown
}

type StoredType = TypeName | Type

/** One value of CSV: bare, or in double quotes with those inside doubled. Blank ones are none. */
const CSV_VALUE = String.raw`^(?=[\s\S]*\S)(?:[^,"\r\n]+|"(?:[^"]|"")+")$`

const written: Readonly<Record<TypeName, Schema>> = {
  integer: { type: 'integer' },
  decimal: { type: 'string', pattern: String.raw`^-?\d+\.\d+$`, examples: ['0.019'] },
  boolean: { type: 'boolean' },
  datetime: { type: 'string', format: 'date-time', examples: ['2026-01-02T12:45:13.788Z'] },
  string: { type: 'string' },
  inet: { type: 'string', examples: ['192.0.2.17', '2001:db8::/32'] },
  uuid: { type: 'string', format: 'uuid' },
}

const sent: Readonly<Record<TypeName, Schema>> = {
  ...written,
  decimal: { type: 'number' },
  datetime: { type: 'string', format: 'date-time' },
  string: { type: 'string', pattern: CSV_VALUE },
  inet: { type: 'string', format: 'inet' },
}

const names = new Map<unknown, TypeName>(Object.entries(types).map(([name, type]) => [type, name as TypeName]))

/** The name of a type; that of a choice is `choice`. */
export const nameOfType = (type: StoredType): TypeName | 'choice' => (typeof type === 'string' ? type : (names.get(type) ?? 'choice'))

const choicesOf = (type: StoredType): readonly string[] => (typeof type === 'string' ? [] : (type.choices ?? []))

/** A value in a document. */
export function toWritten(type: StoredType, nullable: boolean): Schema {
  const name = nameOfType(type)
  if (name === 'choice') return nullable ? { enum: [...choicesOf(type), null] } : { type: 'string', enum: choicesOf(type) }
  // A decimal that JSON has no number for is null, whatever the column.
  return nullable || name === 'decimal' ? { ...written[name], type: [written[name]['type'], 'null'] } : written[name]
}

/** A value in a filter. */
export function toSent(type: StoredType): Schema {
  const name = nameOfType(type)
  return name === 'choice' ? { type: 'string', enum: choicesOf(type) } : sent[name]
}
