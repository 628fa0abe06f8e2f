import { Hono, type Context } from 'hono'
import type { App } from '../app.ts'
import { respondEmpty } from '../http/respond.ts'
import { problems } from '../jsonapi/problem.ts'
import { readBody } from './body.ts'
import { load } from './load.ts'
import { recount } from './recount.ts'
import { listRejected } from './rejected.ts'
import { kinds } from './schema.ts'
import { readStatus } from './status.ts'
import { deletion } from './write.ts'

const LOADING = ['PUT', 'POST', 'PATCH']
const REJECTED_SHOWN = 100
const MOST_REJECTED_SHOWN = 1000

/** The operator's side: rows come in, and some may be deleted. */
export const operator = new Hono<App>()

operator.get('/status', async (c) => {
  c.var.database.readLatest()
  return c.json(await readStatus(c.var.database))
})

operator.get('/rejected-cdrs', async (c) => {
  const limit = Math.min(wholeNumber(c, 'limit') ?? REJECTED_SHOWN, MOST_REJECTED_SHOWN)
  c.var.database.readLatest()
  const rejected = await listRejected(c.var.database, wholeNumber(c, 'before') ?? null, limit)
  const last = rejected.at(-1)
  const next = last && rejected.length === limit ? `${new URL(c.req.url).pathname}?before=${last.id}&limit=${limit}` : null
  return c.json({ rejected, next })
})

operator.post('/counters/verify', async (c) => c.json(await recount(c.var.database, false)))
operator.post('/counters/repair', async (c) => c.json(await recount(c.var.database, true)))

operator.on('ALL', ['/status', '/rejected-cdrs'], () => {
  throw problems.methodNotAllowed(['GET', 'HEAD'])
})

operator.on('ALL', ['/counters/verify', '/counters/repair'], () => {
  throw problems.methodNotAllowed(['POST'])
})

operator.all('/:kind', async (c) => {
  const kind = kinds.get(c.req.param('kind'))
  if (!kind) throw problems.routeNotFound()
  if (!LOADING.includes(c.req.method)) throw problems.methodNotAllowed(LOADING)
  const batch = { at: Date.now() * 1000, id: readBatchId(c.req.header('x-yeti-cdr-batch-id')) }
  return c.json(await load(kind, readBody(c.req.raw.body, c.req.header('content-encoding')), c.var.database, batch))
})

operator.all('/:kind/:key', async (c) => {
  const kind = kinds.get(c.req.param('kind'))
  if (!kind?.deletable) throw problems.routeNotFound()
  if (c.req.method !== 'DELETE') throw problems.methodNotAllowed(['DELETE'])
  // A key is read as that of a row is.
  const key = kind.columns[kind.key]!.type.read(c.req.param('key'))
  if (key === undefined) throw problems.recordNotFound(c.req.param('key'))
  await c.var.database.write([deletion(kind, key)])
  // Also where there was none: who sends it again after an answer that got lost hears the same.
  return respondEmpty(204, {})
})

operator.all('*', () => {
  throw problems.routeNotFound()
})

/** Yeti numbers its batches. */
const readBatchId = (header: string | undefined) => (header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null)

function wholeNumber(c: Context<App>, name: string): number | undefined {
  const given = c.req.query(name)
  if (given === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(given)) throw problems.badRequest(`${name} takes a whole number above 0.`)
  return Number(given)
}
