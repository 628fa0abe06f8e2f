import { Hono } from 'hono'
import type { App } from '../app.ts'
import { respondEmpty } from '../http/respond.ts'
import { checked, notFound } from '../jsonapi/checked.ts'
import { problems } from '../jsonapi/problem.ts'
import { readBody } from './body.ts'
import { load } from './load.ts'
import { recount } from './recount.ts'
import { listRejected } from './rejected.ts'
import { batchHeaders, rejectedPage, rowPath } from './requests.ts'
import { kinds } from './schema.ts'
import { readStatus } from './status.ts'
import { deletion } from './write.ts'

const LOADING = ['PUT', 'POST', 'PATCH']

/** The operator's side: rows come in, and some may be deleted. */
export const operator = new Hono<App>()

operator.get('/status', async (c) => {
  c.var.database.readLatest()
  return c.json(await readStatus(c.var.database))
})

operator.get('/rejected-cdrs', checked('query', rejectedPage), async (c) => {
  const { limit, before = null } = c.req.valid('query')
  c.var.database.readLatest()
  const rejected = await listRejected(c.var.database, before, limit)
  const last = rejected.at(-1)
  const next = last && rejected.length === limit ? `${new URL(c.req.url).pathname}?before=${last.id}&limit=${limit}` : null
  return c.json({ rejected, next })
})

operator.post('/counters/verify', async (c) => c.json(await recount(c.var.database, false)))
operator.post('/counters/repair', async (c) => c.json(await recount(c.var.database, true)))

operator.all('/status', () => refuseMethod(['GET', 'HEAD']))
operator.all('/rejected-cdrs', () => refuseMethod(['GET', 'HEAD']))
operator.all('/counters/verify', () => refuseMethod(['POST']))
operator.all('/counters/repair', () => refuseMethod(['POST']))

for (const [name, kind] of kinds) {
  operator.on(LOADING, `/${name}`, checked('header', batchHeaders), async (c) => {
    const batch = { at: Date.now() * 1000, id: c.req.valid('header')['X-Yeti-Cdr-Batch-Id'] ?? null }
    return c.json(await load(kind, readBody(c.req.raw.body, c.req.header('content-encoding')), c.var.database, batch))
  })
  operator.all(`/${name}`, () => refuseMethod(LOADING))
  if (!kind.deletable) continue
  const key = kind.columns[kind.key]!.name
  operator.delete(`/${name}/:${key}`, checked('param', rowPath(kind), notFound), async (c) => {
    await c.var.database.write([deletion(kind)({ key: c.req.valid('param')[key]! })])
    // Also where there was none: a client that sends it again after an answer that got lost gets the same one.
    return respondEmpty(204, {})
  })
  operator.all(`/${name}/:${key}`, () => refuseMethod(['DELETE']))
}

operator.all('*', () => {
  throw problems.routeNotFound()
})

function refuseMethod(allowed: readonly string[]): never {
  throw problems.methodNotAllowed(allowed)
}
