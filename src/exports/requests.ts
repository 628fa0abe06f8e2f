import * as z from 'zod/mini'
import { UUID } from '../db/uuid.ts'

/** Which export, in a path of the operator API. The OpenAPI document is made of it too. */
export const exportPath = z.object({ uuid: z.string().check(z.toLowerCase(), z.regex(UUID), z.meta({ format: 'uuid' })) })
