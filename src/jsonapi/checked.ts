import { zValidator } from '@hono/zod-validator'
import type { ZodMiniObject } from 'zod/mini'
import { problems, together, type Problem } from './problem.ts'

/** What is wrong with a value: whose it is, the sentence of its schema, the value as it came. */
interface Fault {
  name: string
  why: string
  given: string
}

/** Refuses a value in a path that names nothing there can be. */
export const notFound = ({ given }: Fault) => problems.recordNotFound(given)

const badRequest = ({ name, why }: Fault) => problems.badRequest(`${name} ${why}`)

/** Checks the query, the path or the headers of a request, and tells every fault at once. Names that the schema does not allow are told by code 105. */
export const checked = <Target extends 'query' | 'param' | 'header', Schema extends ZodMiniObject>(
  target: Target,
  schema: Schema,
  refuse: (fault: Fault) => Problem = badRequest,
) =>
  zValidator(target, schema, (result) => {
    if (result.success) return
    const given = new Map<PropertyKey, unknown>(Object.entries(result.data))
    throw together(
      result.error.issues.flatMap((issue) => {
        if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => problems.parameterNotAllowed(name))
        const [name = ''] = issue.path
        return [refuse({ name: String(name), why: issue.message, given: String(given.get(name)) })]
      }),
    )
  })
