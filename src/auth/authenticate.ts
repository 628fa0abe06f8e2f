import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import type { Cost } from '../db/database.ts'
import { countedBy } from '../db/viewer.ts'
import { isCrossSite } from '../http/origin.ts'
import { problems } from '../jsonapi/problem.ts'
import { isOverLimit } from './limit.ts'
import { sessionCookie, tokenInCookie } from './session.ts'
import { verifyToken } from './token.ts'

/** Methods that change nothing (RFC 9110 9.2.1). */
const SAFE = new Set(['GET', 'HEAD'])

/** Reads the token and sets the subject; `prolongs` tells which answers renew a cookie that the token came in (contract B.4). */
const authenticateThen =
  (prolongs: (c: Context<App>) => boolean): MiddlewareHandler<App> =>
  async (c, next) => {
    const { jwtSecret, tokenLifetimeSeconds, corsOrigins } = c.var.settings
    const named = lastWord(c.req.header('authorization'))
    const subject = await verifyToken(named || tokenInCookie(c.req.header('cookie')), {
      secret: jwtSecret,
      nowSeconds: Date.now() / 1000,
      expires: tokenLifetimeSeconds !== undefined,
    })
    if (!subject) throw problems.unauthorized()
    c.set('subject', subject)
    if (named === '' && !SAFE.has(c.req.method) && isCrossSite(c.req.raw, corsOrigins)) throw problems.crossSite()
    if (await isOverLimit(c, 'API_LIMIT', () => countedBy(subject))) throw problems.tooManyRequests()
    await next()
    await isOverLimit(c, 'API_LIMIT', () => countedBy(subject), furtherRequests(c.var.database.cost) + requestsOfOrder(c.var.database.cost))
    if (named === '' && prolongs(c)) c.res.headers.append('set-cookie', await sessionCookie(c, subject))
  }

/** Reads the token and sets the subject. That the access still exists is asked of the database together with its rows. */
export const authenticate = authenticateThen((c) => c.res.status !== 401)

/** As `authenticate`, where files are served: an error document does not renew the cookie there, whatever it says. */
export const authenticateForFile = authenticateThen((c) => c.error === undefined)

/**
 * A search keeps the database busy, which does one thing at a time, so it counts as more requests than one, by the work that it took. Of the
 * largest ones that are served, an access can make 30 a minute.
 */
const furtherRequests = ({ searched }: Cost) => Math.floor(searched * REQUESTS_OF_LARGEST)
const REQUESTS_OF_LARGEST = 40

/** An order makes work for later: so many calls that its export has to read count as a request more. */
const requestsOfOrder = ({ ordered }: Cost) => Math.floor(ordered / CALLS_OF_A_REQUEST)
const CALLS_OF_A_REQUEST = 10_000

/** `Bearer T`, `T` alone and anything before T are the same (contract B.1). */
const lastWord = (header: string | undefined) => header?.trim().split(/\s+/).at(-1) ?? ''
