// What an operator hears of each request: a line in the log and, where the binding ANALYTICS is there, a data point. Both are made of one record.
import type { Context } from 'hono'
import { routePath } from 'hono/route'
import type { App } from './app.ts'
import type { Subject } from './db/viewer.ts'
import { isBrokenOff } from './http/body.ts'

/** What a request was and cost. No query and no id of a path: they may hold numbers that were dialled. */
interface RequestRecord {
  requestId: string
  method: string
  route: string
  status: number
  /** Whom the token names; a dynamic token names no access. */
  access: string | undefined
  /** Whose rows were asked for, as the database says. */
  customer: string | undefined
  trips: number
  /** Undefined where D1 did not tell it of every call. */
  rowsRead: number | undefined
  rowsWritten: number
  milliseconds: number
  /** Which of Cloudflare's places answered. */
  colo: string | undefined
  trace: string | undefined
}

/** As nginx logs a request whose client did not wait for the answer. */
const CLIENT_GONE = 499

/** Records a request that has been answered. */
export function recordOf(c: Context<App>, milliseconds: number, trace: string | undefined): RequestRecord {
  const { cost, customerId } = c.var.database
  const subject = c.var.subject as Subject | undefined
  const colo = (c.req.raw.cf as IncomingRequestCfProperties | undefined)?.colo
  return {
    requestId: c.var.requestId,
    method: c.req.method,
    route: routePath(c, -1),
    status: isBrokenOff(c.error) ? CLIENT_GONE : c.res.status,
    access: subject?.kind === 'access' ? subject.id : undefined,
    customer: customerId,
    trips: cost.trips,
    rowsRead: cost.told === cost.trips ? cost.rowsRead : undefined,
    rowsWritten: cost.rowsWritten,
    milliseconds: Math.round(milliseconds),
    colo,
    trace,
  }
}

/** Tells a record to the log and to Analytics Engine. A data point that cannot be written harms no answer: the log hears of it. */
export function report({ ANALYTICS }: Env, record: RequestRecord, logged: boolean): void {
  if (logged) console.log(JSON.stringify(record))
  try {
    ANALYTICS?.writeDataPoint(toDataPoint(record))
  } catch (cause) {
    console.error(JSON.stringify({ requestId: record.requestId, notWritten: 'ANALYTICS', cause: String(cause) }))
  }
}

/** The order of the fields is what queries go by (docs/operators-guide.md): new ones come last. */
function toDataPoint({ route, method, status, access = '', customer = '', colo = '', ...cost }: RequestRecord): AnalyticsEngineDataPoint {
  return {
    indexes: [customer || access],
    blobs: [route, method, String(status), access, customer, colo],
    doubles: [cost.milliseconds, cost.trips, cost.rowsRead ?? 0, cost.rowsWritten, status],
  }
}
