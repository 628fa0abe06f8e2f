import { Hono } from 'hono'
import type { App } from './app.ts'

/** For whoever watches the service: `/healthz` says that it runs, `/readyz` that the database answers too (503 if not). */
export const health = new Hono<App>()
  .get('/healthz', (c) => c.text('ok'))
  .get('/readyz', async (c) => {
    await c.var.database.rows({ sql: 'SELECT ?1 AS c0', values: '[]' })
    return c.text('ok')
  })
