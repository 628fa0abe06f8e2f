// What surrounds every request: its id, its database, its clock, and the one place where an error becomes a document.
import type { ErrorHandler, MiddlewareHandler } from 'hono'
import type { App } from './app.ts'
import { Database, DatabaseError } from './db/database.ts'
import { namesMediaTypes } from './http/negotiate.ts'
import { requestId } from './http/request-id.ts'
import { respond } from './http/respond.ts'
import { serverTiming } from './http/timing.ts'
import { errorDocument, MEDIA_TYPE } from './jsonapi/document.ts'
import { Problem, problems } from './jsonapi/problem.ts'

/** Gives a request its id and its database, and the answer the headers that tell of both. */
export const prepare: MiddlewareHandler<App> = async (c, next) => {
  const start = performance.now()
  const timed = c.env.SERVER_TIMING === '1'
  const database = new Database(c.env.DB, timed)
  c.set('requestId', requestId(c.req.header('x-request-id')))
  c.set('database', database)
  await next()
  const milliseconds = performance.now() - start
  const { headers } = c.res
  headers.set('x-request-id', c.var.requestId)
  headers.set('x-runtime', (milliseconds / 1000).toFixed(6))
  if (timed && database.cost.trips > 0) headers.set('server-timing', serverTiming(database.cost, milliseconds))
}

/** Refuses what cannot be read at all, on any path: media types that are none (contract A.3), and paths that are not UTF-8. */
export const refuseUnreadable: MiddlewareHandler<App> = async (c, next) => {
  for (const name of ['Accept', 'Content-Type']) {
    if (!namesMediaTypes(c.req.header(name) ?? '')) throw problems.mediaTypeUnreadable(name)
  }
  try {
    decodeURIComponent(c.req.path)
  } catch {
    throw problems.badRequest('The path is not valid percent-encoded UTF-8.')
  }
  await next()
}

/** Tells a problem in full. Anything else is ours: the client hears that it was not his fault, the log hears why. */
export const answerProblem: ErrorHandler<App> = (error, c) => {
  const problem = error instanceof Problem ? error : toProblem(error)
  if (problem.status >= 500) console.error(JSON.stringify({ requestId: c.var.requestId, status: problem.status, cause: causesOf(error) }))
  return respond(c.req.raw, {
    status: problem.status,
    contentType: MEDIA_TYPE,
    body: errorDocument(problem.errors),
    headers: problem.headers,
  })
}

const toProblem = (error: Error) => (error instanceof DatabaseError ? problems.unavailable() : problems.internal())

/** The messages of an error and what lies behind it. */
function causesOf(error: unknown): string[] {
  return error instanceof Error ? [`${error.name}: ${error.message}`, ...causesOf(error.cause)] : []
}
