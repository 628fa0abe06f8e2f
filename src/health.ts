import { waitUntil } from 'cloudflare:workers'
import { Hono } from 'hono'
import type { App } from './app.ts'
import type { Database } from './db/database.ts'
import { problems } from './jsonapi/problem.ts'

/** For monitoring: `/healthz` says that it runs, `/readyz` that the database answers too (503 if not). */
export const health = new Hono<App>()
  .get('/healthz', (c) => c.text('ok'))
  .get('/readyz', async (c) => {
    await look(c.env.DB, c.var.database)
    return c.text('ok')
  })
  .on(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ['/healthz', '/readyz'], () =>
    Promise.reject(problems.methodNotAllowed(['GET', 'HEAD'])),
  )

const LOOK_LASTS_MILLISECONDS = 1000

/** When it was last looked whether a database answers, and what came of it. */
const looks = new WeakMap<D1Database, { at: number; answered: Promise<unknown> }>()

/** Asks a database for nothing, at most once a second however many requests come, since they need no token. Throws if it does not answer. */
async function look(d1: D1Database, database: Database): Promise<void> {
  const now = Date.now()
  const last = looks.get(d1)
  if (last && now - last.at < LOOK_LASTS_MILLISECONDS) return void (await last.answered)
  const answered = database.rows({ sql: 'SELECT ?1 AS c0', values: '[]' })
  looks.set(d1, { at: now, answered })
  // Others wait for it too: it shall not end with the request that it belongs to.
  waitUntil(answered.catch(() => undefined))
  await answered
}
