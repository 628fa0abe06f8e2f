import { Buffer } from 'node:buffer'
import { Hono } from 'hono'
import type { App } from '../app.ts'
import { problems } from '../jsonapi/problem.ts'
import { readBody } from './body.ts'
import { load } from './load.ts'
import { kinds } from './schema.ts'

const COUNTED = ['customers', 'accounts', 'api_accesses', 'transport_protocols', 'cdrs', 'cdr_exports']
const LOADING = ['PUT', 'POST', 'PATCH']

/** The operator's side: rows come in, guarded by the operator's key. */
export const operator = new Hono<App>()

operator.use(async (c, next) => {
  if (!(await holdsKey(c.req.raw.headers, c.env.OPERATOR_KEY))) throw problems.operatorKeyWrong()
  await next()
})

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

async function holdsKey(headers: Headers, key: string | undefined): Promise<boolean> {
  if (!key) return false
  const expected = await hash(key)
  for (const offered of offeredKeys(headers)) if (crypto.subtle.timingSafeEqual(await hash(offered), expected)) return true
  return false
}

/** As a bearer token, as the password of Basic authentication, or in a header of its own. */
function offeredKeys(headers: Headers): string[] {
  const [, scheme, credentials = ''] = /^(\S+) +(\S.*)$/.exec(headers.get('authorization') ?? '') ?? []
  const own = headers.get('x-api-key')
  const keys = own === null ? [] : [own]
  switch (scheme?.toLowerCase()) {
    case 'bearer':
      keys.push(credentials)
      break
    case 'basic': {
      const pair = Buffer.from(credentials, 'base64').toString()
      if (pair.includes(':')) keys.push(pair.slice(pair.indexOf(':') + 1))
      break
    }
    default:
  }
  return keys
}

const hash = (text: string) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
