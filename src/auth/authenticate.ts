import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import type { Cost } from '../db/database.ts'
import type { Subject } from '../db/viewer.ts'
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
    if (await isOverLimit(c, 'API_LIMIT', () => keyOf(subject))) throw problems.tooManyRequests()
    await next()
    await isOverLimit(c, 'API_LIMIT', () => keyOf(subject), furtherRequests(c.var.database.cost) + requestsOfOrder(c.var.database.cost))
    if (named === '' && prolongs(c)) c.res.headers.append('set-cookie', await sessionCookie(c, subject))
  }

/** Reads the token and sets the subject. That the access still exists is asked of the database together with its rows. */
export const authenticate = authenticateThen((c) => c.res.status !== 401)

/** As `authenticate`, where files are served: an error document does not renew the cookie there, whatever it says. */
export const authenticateForFile = authenticateThen((c) => c.error === undefined)

/**
 * A list that has to look at every call of a long range keeps the database busy, which does one thing at a time. Each tenth of a second that it
 * waits for the database counts as a request more. Whoever sends one list after the other never notices: a minute has 600 of these, and an access
 * 1,200 requests.
 */
const furtherRequests = ({ searches, milliseconds }: Cost) => (searches ? Math.min(Math.floor(milliseconds / 100), MOST_FURTHER) : 0)
const MOST_FURTHER = 100

/** An order makes work for later: so many calls that its export has to read count as a request more. */
const requestsOfOrder = ({ ordered }: Cost) => Math.floor(ordered / CALLS_OF_A_REQUEST)
const CALLS_OF_A_REQUEST = 10_000

/** Requests are counted by access; those of dynamic tokens by the customer that they are for. */
const keyOf = (subject: Subject) => (subject.kind === 'access' ? `access ${subject.id}` : `customer ${subject.access.customerId}`)

/** `Bearer T`, `T` alone and anything before T are the same (contract B.1). */
const lastWord = (header: string | undefined) => header?.trim().split(/\s+/).at(-1) ?? ''
