import { applyD1Migrations, reset } from 'cloudflare:test'
import { env as bindings } from 'cloudflare:workers'
import { getTableName } from 'drizzle-orm'
import { Hono } from 'hono'
import type { App } from '../../src/app.ts'
import { authenticateOperator } from '../../src/auth/operator-key.ts'
import { Database, type Cost } from '../../src/db/database.ts'
import type { Outcome } from '../../src/ingest/load.ts'
import { operator } from '../../src/ingest/route.ts'
import { kinds } from '../../src/ingest/schema.ts'
import { Problem } from '../../src/jsonapi/problem.ts'
import { configure } from '../../src/middleware.ts'
import { settingsReader } from '../../src/settings.ts'

export const env = bindings as unknown as Env & { MIGRATIONS: Parameters<typeof applyD1Migrations>[1] }
export const KEY = 'operator-key-for-tests'

let database: Database

const api = new Hono<App>()
api.use(async (c, next) => {
  database = new Database(c.env.DB, true)
  c.set('database', database)
  await next()
})
api.use(configure(settingsReader({ OUTGOING_CDR_HIDE_FIELDS: new Set(), INCOMING_CDR_HIDE_FIELDS: new Set() })))
api.use(authenticateOperator)
api.route('/api/operator/v1', operator)
api.onError((error, c) => {
  if (error instanceof Problem) return Response.json({ errors: error.errors }, { status: error.status, headers: error.headers })
  return c.text(error.name, 503)
})

export async function newDatabase() {
  await reset()
  await applyD1Migrations(env.DB, env.MIGRATIONS)
}

/** What the last request cost. */
export const lastCost = () => database.cost

/** Faster than a new database. */
export async function emptyTables() {
  const tables = [...kinds.values()].map(({ table }) => getTableName(table)).filter((table) => table !== 'profiles')
  const statements = [...tables, 'owner_counters', 'account_counters', 'incoming_vendors', 'rejected_cdrs', 'cut_cdrs', 'ingest_state'].map(
    (table) => `DELETE FROM ${table}`,
  )
  await env.DB.batch([...statements, 'INSERT INTO ingest_state (id) VALUES (1)'].map((sql) => env.DB.prepare(sql)))
}

export const request = async (path: string, init: RequestInit = {}, bound: Partial<Env> = {}) =>
  api.request(`/api/operator/v1/${path}`, { headers: { 'x-api-key': KEY }, ...init }, { ...env, ...bound })

/** Loads a body, or rows as lines of JSON. */
export async function put(kind: string, body: BodyInit | readonly object[]): Promise<Outcome & { cost: Cost }> {
  const text = Array.isArray(body) ? body.map((row) => JSON.stringify(row)).join('\n') : (body as BodyInit)
  const response = await request(kind, { method: 'PUT', body: text })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return { ...(await response.json<Outcome>()), cost: database.cost }
}

export async function select(sql: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(sql).all()).results
}
