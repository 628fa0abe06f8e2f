// What is sent in bodies. The server reads them more kindly than is written here; what is written here it always takes.
import { z } from 'zod'
import { TIME_FORMATS } from '../resources/cdr-exports.ts'
import type { Schema } from './schema.ts'

const time = z.string().meta({ format: 'date-time', examples: ['2026-01-01T00:00:00Z'] })
const seconds = z.int()

/** What an export may be limited to. */
export const exportFilters = z.strictObject({
  time_start_gteq: time.describe('Calls that began at or after this time'),
  time_start_lt: time.describe('Calls that began before this time'),
  success_eq: z.boolean().optional().describe('Only calls that were answered, or were not'),
  duration_eq: seconds.optional().describe('Only calls that lasted so many seconds'),
  duration_gteq: seconds.optional().describe('Only calls that lasted so many seconds at least'),
  duration_lteq: seconds.optional().describe('Only calls that lasted so many seconds at most'),
  src_prefix_routing_eq: z.string().optional().describe('Only calls from this number, as routing saw it'),
  dst_prefix_routing_eq: z.string().optional().describe('Only calls to this number, as routing saw it'),
})

/** The body of POST /cdr-exports. */
export const exportOrder = z.strictObject({
  data: z.strictObject({
    type: z.literal('cdr-exports'),
    attributes: z.strictObject({
      filters: exportFilters,
      'time-format': z.enum(TIME_FORMATS).default('with_timezone').describe('How times stand in the file'),
      'time-zone-name': z
        .string()
        .nullable()
        .optional()
        .describe('Name of a time zone: Europe/Kyiv')
        .meta({ examples: ['Europe/Kyiv'] }),
    }),
    relationships: z.strictObject({
      account: z.strictObject({
        data: z.strictObject({ type: z.literal('accounts'), id: z.guid().describe('Uuid of the account whose calls are wanted') }),
      }),
    }),
  }),
})

/** The body of POST /auth. */
export const signIn = z.strictObject({
  auth: z.strictObject({
    login: z.string().min(1),
    password: z.string().min(1).meta({ format: 'password' }),
    cookie_auth: z.boolean().default(false).describe('Whether the token shall come in a cookie, which scripts of a page cannot read'),
  }),
})

/** The JSON Schema of a body. */
export function toBody(schema: z.ZodType): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}
