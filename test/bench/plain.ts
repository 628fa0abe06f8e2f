// The peer: `GET /cdrs` and `GET /cdrs/:id` as one would write them plainly in a day, with Hono's and Drizzle's own means, on the service's rows.
// Its documents say what the service's say. No other filter, no sort, no refusal told.
import { and, count, desc, eq, gte, inArray, like, lt, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { verify } from 'hono/jwt'
import { decodeDecimal } from '../../src/db/decimal.ts'
import { decodeInet } from '../../src/db/inet.ts'
import { apiAccess, cdr } from '../../src/db/schema.ts'
import { withCosts } from './meter.ts'

interface PlainEnv {
  DB: D1Database
  JWT_SECRET: string
  SERVER_TIMING?: string
}

type Row = typeof cdr.$inferSelect
type Access = typeof apiAccess.$inferSelect

const ROOT = '/api/rest/customer/v1/cdrs'
const HEADERS = {
  'content-type': 'application/vnd.api+json',
  'cache-control': 'max-age=0, private, must-revalidate',
  vary: 'Accept',
}

const microseconds = (text: string) => Date.parse(text) * 1000

const FILTERS: Record<string, (value: string) => SQL> = {
  'filter[time_start_gteq]': (value) => gte(cdr.timeStart, microseconds(value)),
  'filter[time_start_lt]': (value) => lt(cdr.timeStart, microseconds(value)),
  'filter[duration_gteq]': (value) => gte(cdr.duration, Number(value)),
  'filter[success_eq]': (value) => eq(cdr.success, value === 'true' ? 1 : 0),
  'filter[dst_prefix_in_start]': (value) => like(cdr.dstPrefixIn, `${value}%`),
}

const time = (stored: number | null) => (stored === null ? null : new Date(Math.floor(stored / 1000)).toISOString())
const decimal = (stored: string | null) => (stored === null ? null : decodeDecimal(stored).replace(/^-?\d+$/, '$&.0'))

const toResource = (row: Row, access: Access, origin: string) => {
  const self = `${origin}${ROOT}/${row.id}`
  const related = (name: string) => ({ links: { self: `${self}/relationships/${name}`, related: `${self}/${name}` } })
  return {
    id: String(row.id),
    type: 'cdrs',
    links: { self },
    attributes: {
      'time-start': time(row.timeStart),
      'time-connect': time(row.timeConnect),
      'time-end': time(row.timeEnd),
      duration: row.duration,
      success: row.success === 1,
      'destination-initial-interval': row.destinationInitialInterval,
      'destination-initial-rate': decimal(row.destinationInitialRate),
      'destination-next-interval': row.destinationNextInterval,
      'destination-next-rate': decimal(row.destinationNextRate),
      'destination-fee': decimal(row.destinationFee),
      'customer-price': decimal(row.customerPrice),
      'customer-duration': row.customerDuration,
      'src-name-in': row.srcNameIn,
      'src-prefix-in': row.srcPrefixIn,
      'from-domain': row.fromDomain,
      'dst-prefix-in': row.dstPrefixIn,
      'to-domain': row.toDomain,
      'ruri-domain': row.ruriDomain,
      'diversion-in': row.diversionIn,
      'local-tag': row.localTag,
      'lega-disconnect-code': row.legaDisconnectCode,
      'lega-disconnect-reason': row.legaDisconnectReason,
      'auth-orig-transport-protocol-id': row.authOrigTransportProtocolId,
      'auth-orig-ip': row.authOrigIp === null ? null : decodeInet(row.authOrigIp),
      'auth-orig-port': row.authOrigPort,
      'src-prefix-routing': row.srcPrefixRouting,
      'dst-prefix-routing': row.dstPrefixRouting,
      'destination-prefix': row.destinationPrefix,
      'orig-call-id': row.origCallId,
      'lega-user-agent': row.legaUserAgent,
      rec: access.allowListenRecording === 1 && row.audioRecorded === 1,
    },
    relationships: {
      'auth-orig-transport-protocol': related('auth-orig-transport-protocol'),
      account: related('account'),
    },
  }
}

const visible = ({ customerId, accountIds }: Access) => {
  const accounts = JSON.parse(accountIds) as number[]
  return and(
    eq(cdr.customerId, customerId ?? 0),
    eq(cdr.isLastCdr, 1),
    accounts.length > 0 ? inArray(cdr.customerAccId, accounts) : undefined,
  )
}

const app = new Hono<{ Bindings: PlainEnv; Variables: { access: Access } }>()

app.use(etag({ weak: true }))

app.use(async (c, next) => {
  const { aud, sub } = await verify(c.req.header('authorization') ?? '', c.env.JWT_SECRET, 'HS256')
  if (!Array.isArray(aud) || !aud.includes('customer-v1')) throw new HTTPException(401)
  const [access] = await open(c.env)
    .select()
    .from(apiAccess)
    .where(eq(apiAccess.id, Number(sub)))
  if (!access) throw new HTTPException(401)
  c.set('access', access)
  await next()
})

const open = ({ DB }: PlainEnv) => drizzle(DB, { casing: 'snake_case' })

app.get(`${ROOT}/:id`, async (c) => {
  const { access } = c.var
  const [row] = await open(c.env)
    .select()
    .from(cdr)
    .where(and(eq(cdr.id, Number(c.req.param('id'))), visible(access)))
  if (!row) throw new HTTPException(404)
  return c.json({ data: toResource(row, access, new URL(c.req.url).origin) }, 200, HEADERS)
})

app.get(ROOT, async (c) => {
  const { access } = c.var
  const { origin, searchParams } = new URL(c.req.url)
  const size = Number(searchParams.get('page[size]') ?? 50)
  const number = Number(searchParams.get('page[number]') ?? 1)
  const matching = and(visible(access), ...[...searchParams].map(([name, value]) => FILTERS[name]?.(value)))
  const db = open(c.env)
  const [[counted], rows] = await Promise.all([
    db.select({ total: count() }).from(cdr).where(matching),
    db
      .select()
      .from(cdr)
      .where(matching)
      .orderBy(desc(cdr.timeStart), desc(cdr.id))
      .limit(size)
      .offset((number - 1) * size),
  ])
  const total = counted?.total ?? 0
  const last = Math.max(1, Math.ceil(total / size))
  const link = (page: number) => {
    const query = new URLSearchParams(searchParams)
    query.set('page[number]', String(page))
    query.set('page[size]', String(size))
    query.sort()
    return `${origin}${ROOT}?${query.toString()}`
  }
  return c.json(
    {
      data: rows.map((row) => toResource(row, access, origin)),
      meta: { 'total-count': total },
      links: {
        first: link(1),
        ...(number > 1 && { prev: link(number - 1) }),
        ...(number < last && { next: link(number + 1) }),
        last: link(last),
      },
    },
    200,
    HEADERS,
  )
})

export default withCosts<PlainEnv>((request, env) => app.fetch(request, env))
