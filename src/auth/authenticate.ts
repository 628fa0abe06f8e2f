import type { MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import { problems } from '../jsonapi/problem.ts'
import { verifyToken } from './token.ts'

/** Reads the token and sets the subject. That the access still exists is asked of the database together with its rows. */
export const authenticate: MiddlewareHandler<App> = async (c, next) => {
  const token = lastWord(c.req.header('authorization'))
  const subject = await verifyToken(token, {
    secret: c.env.JWT_SECRET ?? '',
    nowSeconds: Date.now() / 1000,
    expires: c.env.TOKEN_LIFETIME?.trim() !== '',
  })
  if (!subject) throw problems.unauthorized()
  c.set('subject', subject)
  await next()
}

/** `Bearer T`, `T` alone and anything before T are the same (contract B.1). */
const lastWord = (header: string | undefined) => header?.trim().split(/\s+/).at(-1) ?? ''
