// What the operator's requests may say beside their bodies. The OpenAPI document is made of the same schemas.
import * as z from 'zod/mini'
import type { Kind } from './schema.ts'

const wholeNumber = z.string('takes one value.').check(z.regex(/^[1-9]\d{0,14}$/, 'takes a whole number above 0.'))
const asInteger = { type: 'integer', minimum: 1 } as const

const REJECTED_SHOWN = 100
const MOST_REJECTED_SHOWN = 1000

/** Which of the rejected CDRs. Other names are refused: with `befor` for `before`, a program would read the first page for ever. */
export const rejectedPage = z.strictObject({
  limit: z.pipe(
    z._default(wholeNumber, String(REJECTED_SHOWN)).check(
      z.meta({
        ...asInteger,
        default: REJECTED_SHOWN,
        description: `How many. More than ${MOST_REJECTED_SHOWN} are ${MOST_REJECTED_SHOWN}.`,
      }),
    ),
    z.transform((digits) => Math.min(Number(digits), MOST_REJECTED_SHOWN)),
  ),
  before: z.optional(z.pipe(wholeNumber.check(z.meta({ ...asInteger, description: 'Only those with lower ids.' })), z.transform(Number))),
})

/** Yeti numbers its batches. Rows are not refused for a number that is none: it is only shown in the status. */
export const batchHeaders = z.object({
  // oxlint-disable-next-line promise/valid-params -- not of a promise
  'X-Yeti-Cdr-Batch-Id': z.catch(
    z.optional(
      z.pipe(
        z.string().check(z.regex(/^\d{1,15}$/), z.meta({ description: 'The number of the batch, for `last_batch` in the status.' })),
        z.transform(Number),
      ),
    ),
    undefined,
  ),
})

/** The key of a row in its path, read as that of a row in a body is. */
export function rowPath({ columns, key }: Kind) {
  const { name, type } = columns[key]!
  const written = z.string().check(z.meta({ description: `${type.name.replace(/^./, (letter) => letter.toUpperCase())}.` }))
  const stored = z.transform((text: string, { issues }) => {
    const value = type.read(text)
    if (value !== undefined) return value
    issues.push({ code: 'custom', input: text, message: `takes ${type.name}.` })
    return z.NEVER
  })
  return z.object({ [name]: z.pipe(written, stored) })
}
