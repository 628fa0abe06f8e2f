// The yardstick: the least that a Worker can do and still answer `GET /cdrs` and `GET /cdrs/:id` with the service's own bytes. It verifies the
// token, runs one statement that checks the access and fetches, writes one string, hashes it once. No other filter, no sort, no refusal told.
// And the least that loading can do: a PUT runs the statement of its header on its body as it is.
import { withCosts } from './meter.ts'

interface FloorEnv {
  DB: D1Database
  JWT_SECRET: string
  SERVER_TIMING?: string
}

type Value = string | number | null

const ROOT = '/api/rest/customer/v1/cdrs'
const encoder = new TextEncoder()

// In the order of the document, each with how it is written.
const COLUMNS = (
  'time_start:time time_connect:time time_end:time duration success:boolean destination_initial_interval destination_initial_rate ' +
  'destination_next_interval destination_next_rate destination_fee customer_price customer_duration src_name_in src_prefix_in from_domain ' +
  'dst_prefix_in to_domain ruri_domain diversion_in local_tag lega_disconnect_code lega_disconnect_reason auth_orig_transport_protocol_id ' +
  'auth_orig_ip auth_orig_port src_prefix_routing dst_prefix_routing destination_prefix orig_call_id lega_user_agent rec:boolean'
)
  .split(' ')
  .map((column) => column.split(':') as [name: string, form?: string])

const SELECTED = ['id', ...COLUMNS.map(([name]) => name)].map((name) => `cdrs.${name}`).join(', ')

/** No row: no such access. A row without an id: no such CDR for it. */
const SHOW = `SELECT ${SELECTED} FROM api_accesses AS access LEFT JOIN cdrs ON cdrs.id = ?2 AND cdrs.customer_id = access.customer_id
  AND cdrs.is_last_cdr = 1 AND (access.account_ids = '[]' OR cdrs.customer_acc_id IN (SELECT value FROM json_each(access.account_ids)))
  WHERE access.id = ?1`

/** Neither the count nor the page may refer to the row of the access: SQLite would run them once for each row of the page. */
const MATCHING = `FROM cdrs WHERE customer_id = (SELECT customer_id FROM api_accesses WHERE id = ?1) AND is_last_cdr = 1
  AND ((SELECT account_ids = '[]' FROM api_accesses WHERE id = ?1)
    OR customer_acc_id IN (SELECT value FROM api_accesses, json_each(account_ids) WHERE api_accesses.id = ?1))
  AND time_start >= ?2 AND time_start < ?3`

const LIST = `SELECT (SELECT count(*) ${MATCHING}), page.* FROM api_accesses AS access
  LEFT JOIN (SELECT ${SELECTED} ${MATCHING} ORDER BY time_start DESC, id DESC LIMIT ?4 OFFSET ?5) AS page WHERE access.id = ?1`

// oxlint-disable-next-line no-control-regex -- what JSON escapes
const ESCAPED = /[\u0000-\u001f"\\\ud800-\udfff]/

const WRITERS = COLUMNS.map(([name, form], at) => {
  const key = `${at === 0 ? '' : ','}"${name.replaceAll('_', '-')}":`
  return (value: Value) => {
    if (value === null) return `${key}null`
    if (form === 'time') return `${key}"${new Date(Math.floor(Number(value) / 1000)).toISOString()}"`
    if (form === 'boolean') return key + String(value === 1)
    if (typeof value === 'number') return key + String(value)
    return key + (ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`)
  }
})

/** The object of the row whose id stands at `at`. */
function write(row: readonly Value[], at: number, origin: string): string {
  const self = `${origin}${ROOT}/${row[at]}`
  let text = `{"id":"${row[at]}","type":"cdrs","links":{"self":"${self}"},"attributes":{`
  for (let column = 0; column < WRITERS.length; column++) text += WRITERS[column]!(row[at + 1 + column]!)
  const link = (name: string) => `"${name}":{"links":{"self":"${self}/relationships/${name}","related":"${self}/${name}"}}`
  return `${text}},"relationships":{${link('auth-orig-transport-protocol')},${link('account')}}}`
}

function toList(rows: readonly Value[][], { searchParams, origin }: URL, size: number, number: number): string {
  const data = rows[0]?.[1] === null ? '' : rows.map((row) => write(row, 1, origin)).join(',')
  const total = Number(rows[0]?.[0])
  const last = Math.max(1, Math.ceil(total / size))
  const others = [...searchParams].filter(([name]) => !name.startsWith('page[')).map((pair) => pair.map(encodeURIComponent).join('='))
  const link = (name: string, page: number) =>
    `"${name}":"${origin}${ROOT}?${[...others, `page%5Bnumber%5D=${page}&page%5Bsize%5D=${size}`].join('&')}"`
  const links = [
    link('first', 1),
    ...(number > 1 ? [link('prev', number - 1)] : []),
    ...(number < last ? [link('next', number + 1)] : []),
    link('last', last),
  ]
  return `{"data":[${data}],"meta":{"total-count":${total}},"links":{${links.join(',')}}}`
}

let key: Promise<CryptoKey> | undefined

const bytesOf = (base64url: string) =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))

const jsonOf = (base64url: string) => JSON.parse(new TextDecoder().decode(bytesOf(base64url))) as Record<string, unknown>

/** The access that a token is for; 0 if the token is not good. */
async function accessOf(token: string, secret: string): Promise<number> {
  const [head, claims, mac] = token.split('.')
  if (!head || !claims || !mac) return 0
  key ??= crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  if (jsonOf(head)['alg'] !== 'HS256') return 0
  if (!(await crypto.subtle.verify('HMAC', await key, bytesOf(mac), encoder.encode(`${head}.${claims}`)))) return 0
  const { exp, aud, sub } = jsonOf(claims)
  return Number(exp) > Date.now() / 1000 && Array.isArray(aud) && aud.includes('customer-v1') ? Number(sub) : 0
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

async function send(request: Request, body: string): Promise<Response> {
  const bytes = encoder.encode(body)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  let etag = 'W/"'
  for (let at = 0; at < 16; at++) etag += HEX[digest[at]!]
  etag += '"'
  const headers = {
    'content-type': 'application/vnd.api+json',
    etag,
    'cache-control': 'max-age=0, private, must-revalidate',
    vary: 'Accept',
  }
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers })
  return new Response(bytes, { headers })
}

const refuse = (status: number) => new Response(`{"errors":[{"status":"${status}"}]}`, { status })

const microseconds = (text: string | null) => Date.parse(text ?? '') * 1000

async function load(request: Request, env: FloorEnv): Promise<Response> {
  const { meta } = await env.DB.prepare(request.headers.get('x-sql') ?? '')
    .bind(await request.text())
    .run()
  return Response.json({ written: meta.rows_written })
}

async function answer(request: Request, env: FloorEnv): Promise<Response> {
  if (request.method === 'PUT') return load(request, env)
  const url = new URL(request.url)
  if (!url.pathname.startsWith(ROOT)) return refuse(404)
  const access = await accessOf(request.headers.get('authorization') ?? '', env.JWT_SECRET)
  if (url.pathname.length > ROOT.length) {
    const [row] = await env.DB.prepare(SHOW)
      .bind(access, Number(url.pathname.slice(ROOT.length + 1)))
      .raw<Value[]>()
    if (!row) return refuse(401)
    return row[0] === null ? refuse(404) : send(request, `{"data":${write(row, 0, url.origin)}}`)
  }
  const size = Number(url.searchParams.get('page[size]') ?? 50)
  const number = Number(url.searchParams.get('page[number]') ?? 1)
  const from = microseconds(url.searchParams.get('filter[time_start_gteq]'))
  const to = microseconds(url.searchParams.get('filter[time_start_lt]'))
  const rows = await env.DB.prepare(LIST)
    .bind(access, from, to, size, (number - 1) * size)
    .raw<Value[]>()
  return rows.length === 0 ? refuse(401) : send(request, toList(rows, url, size, number))
}

export default withCosts(answer)
