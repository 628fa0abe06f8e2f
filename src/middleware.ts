// What surrounds every request: its id, its database, its clock, and the one place where an error becomes a document.
import type { Context, ErrorHandler, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { App } from './app.ts'
import { Database, DatabaseError, isBookmark, type Start } from './db/database.ts'
import { BodyBrokenOffError, BodyNotUtf8Error, BodyTooLongError } from './http/body.ts'
import { StorageError } from './http/file.ts'
import { isReadable } from './http/negotiate.ts'
import { requestId } from './http/request-id.ts'
import { respond } from './http/respond.ts'
import { serverTiming } from './http/timing.ts'
import { errorDocument, JSON_TYPE, MEDIA_TYPE } from './jsonapi/document.ts'
import { Problem, problems } from './jsonapi/problem.ts'
import { ROOT } from './roots.ts'
import { SettingsError, type Settings } from './settings.ts'
import { recordOf, report } from './telemetry.ts'

/** Gives a request its id and its database, and the answer the headers that tell of both; writes its record. */
export const prepare =
  (settingsOf: (env: Env) => Settings | SettingsError): MiddlewareHandler<App> =>
  async (c, next) => {
    const start = performance.now()
    const settings = settingsOf(c.env)
    const { serverTiming: timed, requestLog } = settings instanceof SettingsError ? UNCONFIGURED : settings
    const database = new Database(c.env.DB, timed, startOf(c.req.method, c.req.header('x-d1-bookmark')))
    c.set('requestId', requestId(c.req.header('x-request-id')))
    c.set('database', database)
    await next()
    const milliseconds = performance.now() - start
    const { headers } = c.res
    headers.set('x-request-id', c.var.requestId)
    headers.set('x-runtime', (milliseconds / 1000).toFixed(6))
    if (database.bookmark !== null) headers.set('x-d1-bookmark', database.bookmark)
    if (timed && database.cost.trips > 0) headers.set('server-timing', serverTiming(database.cost, milliseconds))
    const trace = traceParent(c.req.header('traceparent'))
    if (trace) headers.set('traceparent', trace)
    report(c.env, recordOf(c, milliseconds, trace), requestLog)
  }

const UNCONFIGURED = { serverTiming: false, requestLog: true }

/** Hands every handler its settings. Nothing is served while one of them is wrong. */
export const configure =
  (settingsOf: (env: Env) => Settings | SettingsError): MiddlewareHandler<App> =>
  (c, next) => {
    const settings = settingsOf(c.env)
    if (settings instanceof SettingsError) throw settings
    c.set('settings', settings)
    return next()
  }

/** A trace context that is one (W3C Trace Context 3.2). */
const traceParent = (header: string | undefined) => (/^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(header ?? '') ? header : undefined)

/** Reading may begin at any replica, or where the client's bookmark says; whatever writes begins at the primary. */
function startOf(method: string, bookmark: string | undefined): Start {
  if (method !== 'GET' && method !== 'HEAD') return { from: 'first-primary' }
  return bookmark !== undefined && isBookmark(bookmark) ? { from: 'bookmark', bookmark } : { from: 'first-unconstrained' }
}

/** What is read here, and what a page's tracing adds to any request (W3C Trace Context, W3C Baggage). */
const SENT =
  'Authorization Content-Type If-None-Match If-Match Range If-Range X-D1-Bookmark X-Request-Id X-Requested-With Traceparent Tracestate Baggage'
const SHOWN =
  'ETag X-Request-Id Location Retry-After X-D1-Bookmark Accept-Ranges Content-Range Content-Disposition Content-Length Repr-Digest Traceparent'

const preflight = cors({
  origin: (origin, c: Context<App>) => (allowsOrigin(c.var.settings.corsOrigins, origin) ? origin : null),
  allowMethods: ['GET', 'HEAD', 'POST', 'DELETE'],
  allowHeaders: SENT.split(' '),
  exposeHeaders: SHOWN.split(' '),
  maxAge: 86_400,
})

/** Lets pages of the operator's origins read the answers; other origins are told nothing. */
export const allowOrigins: MiddlewareHandler<App> = async (c, next) => {
  const { corsOrigins } = c.var.settings
  if (allowsOrigin(corsOrigins, c.req.header('origin') ?? '')) return preflight(c, next)
  await next()
  // Else a cache would give a page that may read it an answer that does not say so (Fetch, "CORS protocol and HTTP caches").
  if (corsOrigins.length > 0) c.res.headers.append('vary', 'Origin')
  return undefined
}

const allowsOrigin = (allowed: readonly string[], origin: string) => origin !== '' && (allowed.includes(origin) || allowed.includes('*'))

/** Cloudflare's own limit. A URL has been normalised by the runtime: its characters are bytes. */
const LONGEST_URL_BYTES = 16_384

/** Refuses what cannot be read at all, on any path: endless URLs, media types that are none (contract A.3), and paths that are not UTF-8. */
export const refuseUnreadable: MiddlewareHandler<App> = async (c, next) => {
  if (c.req.url.length > LONGEST_URL_BYTES) throw problems.urlTooLong(LONGEST_URL_BYTES)
  for (const name of ['Accept', 'Content-Type']) {
    if (!isReadable(c.req.header(name) ?? '')) throw problems.mediaTypeUnreadable(name)
  }
  if (c.req.path.includes('%')) {
    try {
      decodeURIComponent(c.req.path)
    } catch {
      throw problems.badRequest('The path is not valid percent-encoded UTF-8.')
    }
  }
  await next()
}

/** Tells a problem in full. Anything else is ours: the client hears that it was not his fault, the log hears why. */
export const answerProblem: ErrorHandler<App> = (error, c) => {
  const problem = error instanceof Problem ? error : toProblem(error, c.req.path)
  if (problem.status >= 500 && !isKnown(error))
    console.error(JSON.stringify({ requestId: c.var.requestId, status: problem.status, cause: causesOf(error) }))
  return respond(c.req.raw, {
    status: problem.status,
    contentType: c.req.path === `${ROOT}/auth` ? JSON_TYPE : MEDIA_TYPE,
    body: errorDocument(problem.errors),
    headers: problem.headers,
  })
}

/** Wrong settings stay wrong until the next deployment: the log is told once in each isolate. */
const told = new WeakSet<SettingsError>()

function isKnown(error: Error): boolean {
  if (!(error instanceof SettingsError)) return false
  const known = told.has(error)
  told.add(error)
  return known
}

function toProblem(error: Error, path: string): Problem {
  // Which variable is wrong is for those who watch the service, not for its customers.
  if (error instanceof SettingsError) return problems.misconfigured(path === '/readyz' ? error.message : undefined)
  if (error instanceof BodyTooLongError) return problems.bodyTooLarge(error.mostBytes)
  if (error instanceof BodyNotUtf8Error || error instanceof BodyBrokenOffError) return problems.badRequest(`${error.message}.`)
  if (error instanceof DatabaseError) return problems.unavailable('The database')
  return error instanceof StorageError ? problems.unavailable('The file storage') : problems.internal()
}

/** The messages of an error and what lies behind it. */
function causesOf(error: unknown): string[] {
  return error instanceof Error ? [`${error.name}: ${error.message}`, ...causesOf(error.cause)] : []
}
