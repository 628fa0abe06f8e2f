import { Hono } from 'hono'
import type { App } from '../app.ts'
import { problems } from '../jsonapi/problem.ts'
import { readBody } from './body.ts'
import { load } from './load.ts'
import { kinds } from './schema.ts'

const COUNTED = ['customers', 'accounts', 'api_accesses', 'transport_protocols', 'cdrs', 'cdr_exports']
const LOADING = ['PUT', 'POST', 'PATCH']

/** The operator's side: rows come in. */
export const operator = new Hono<App>()

operator.get('/status', async (c) => {
  const counts = COUNTED.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`)
  const [row = []] = await c.var.database.rows({ sql: `SELECT ${counts.join(', ')} WHERE ?1 IS NOT NULL`, values: '[]' })
  return c.json(Object.fromEntries(COUNTED.map((table, index) => [table, row[index]])))
})

operator.all('/status', () => {
  throw problems.methodNotAllowed(['GET', 'HEAD'])
})

operator.all('/:kind', async (c) => {
  const kind = kinds.get(c.req.param('kind'))
  if (!kind) throw problems.routeNotFound()
  if (!LOADING.includes(c.req.method)) throw problems.methodNotAllowed(LOADING)
  const body = new Uint8Array(await c.req.arrayBuffer())
  return c.json(await load(kind, readBody(body), c.var.database))
})

operator.all('*', () => {
  throw problems.routeNotFound()
})
