// Requests that are made up: some almost right, some made of pieces that matter, some of any bytes.
import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { kinds } from '../../src/ingest/schema.ts'
import type { Resource } from '../../src/read/definition/resource.ts'
import { accounts } from '../../src/resources/accounts.ts'
import { cdrExports, EXPORT_FILTERS, TIME_FORMATS } from '../../src/resources/cdr-exports.ts'
import { cdrs } from '../../src/resources/cdrs.ts'
import { incomingCdrs } from '../../src/resources/incoming-cdrs.ts'
import { ROOT } from '../support/api.ts'
import { FILE, uuidOf } from './rows.ts'

/** A request as JSON can tell it; the characters of `body` are bytes. */
export interface Made {
  method: string
  path: string
  headers: [name: string, value: string][]
  body: string | null
}

/** What `fetch` takes; headers that cannot be sent are left out. The runtime prints a warning for each that is not ASCII: those are not sent. */
export function toInit({ method, headers, body }: Made): RequestInit {
  const sent = new Headers()
  for (const [name, value] of headers) if (/^[\t\x20-\x7e]*$/.test(value)) sent.append(name, value)
  const bytes = body === null || method === 'GET' || method === 'HEAD' ? null : Uint8Array.from(body, (byte) => byte.charCodeAt(0))
  return { method, headers: sent, body: bytes }
}

const LATE = 4_102_444_800

const bytesOf = (text: string) => Buffer.from(text).toString('latin1')

/** A text of bytes: any, or UTF-8. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes)),
  fc.string({ unit: 'binary', maxLength: 20 }).map(bytesOf),
)

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 20 })

/** What matters somewhere: punctuation, names of ours, values at the edge of a type. */
const piece = fc.oneof(
  fc.constantFrom(...'[ ] [] = & , " % %00 %ff %0d%0a %25 - . / // \\ \' ; : ? # + * @ .. ( ) { } %C0%AE'.split(' '), ' '),
  fc.constantFrom('filter', 'fields', 'page', 'sort', 'include', 'id', 'number', 'size', 'account', 'data', 'type', 'attributes', 'auth'),
  fc.constantFrom('cdrs', 'incoming-cdrs', 'cdr-exports', 'accounts', '__proto__', 'constructor', 'toString', 'null', 'true', 'false'),
  fc.constantFrom('0', '1', '-1', '9'.repeat(30), '1e400', '1e-400', 'NaN', 'Infinity', '-0', '0x10', '1_000', '9223372036854775807', '٣'),
  fc.constantFrom('2026-01-01', '2026-02-30', '0001-01-01', '294277-01-01', '2026-01-01T00:00:00+14:00', '2026-13-01', 'now', '24:00'),
  fc.constantFrom(
    '10.0.0.0/8',
    '::1',
    '::ffff:10.0.0.1',
    '10.0.0.0/33',
    'fe80::1%25eth0',
    '1.2.3',
    '::/0',
    uuidOf(11),
    'abc',
    'Ж',
    '📞',
    'ß',
    '\u0000',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
)

/** What is read slowly, if anything is: the same again and again. */
const often = (most: number) =>
  fc.tuple(fc.array(piece, { maxLength: 3 }), fc.nat(most)).map(([pieces, times]) => pieces.join('').repeat(times))

const resources = [accounts, cdrs, incomingCdrs, cdrExports]

const filterNames = resources.flatMap((resource) => [...resource.filters.keys()])

const CANDIDATES = [
  '1',
  '-5',
  '20',
  '2.50',
  '0',
  'true',
  '2026-01-01',
  '2026-01-02T10:00:00Z',
  '10.0.0.1',
  uuidOf(11),
  '380',
  'Ж"',
  'Pending',
  'with_timezone',
]

/** A filter with a value that it takes. */
function fitting(resource: Resource): fc.Arbitrary<string> {
  const pairs = [...resource.filters.values()].flatMap((filter) => {
    const taken = filter.kind === 'ids' ? ['1', '2'] : CANDIDATES.filter((candidate) => filter.type.read(candidate) !== undefined)
    return taken.map((candidate) => `filter[${filter.name}]=${encoded(candidate)}`)
  })
  return fc.constantFrom(...pairs)
}

const encoded = (text: string) => encodeURIComponent(text.toWellFormed())

/** One value, or a list of them. */
const value = fc.oneof(
  { weight: 3, arbitrary: piece },
  { weight: 1, arbitrary: fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(',')) },
  { weight: 1, arbitrary: fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('')) },
)

const anyParameter = fc.oneof(
  fc.tuple(fc.constantFrom(...filterNames), value).map(([name, given]) => `filter[${name}]=${encoded(given)}`),
  fc
    .tuple(fc.constantFrom(...filterNames), value, value)
    .map(([name, one, other]) => `filter[${name}][]=${encoded(one)}&filter[${name}][]=${encoded(other)}`),
  fc.constantFrom('include=account', 'include=account,account', 'include=', 'include=account.cdrs'),
  fc.tuple(fc.constantFrom('number', 'size', 'offset'), value).map(([name, given]) => `page[${name}]=${encoded(given)}`),
  fc.integer({ min: -2, max: 1002 }).map((size) => `page[size]=${size}`),
  fc.integer({ min: -2, max: 2 ** 53 }).map((number) => `page[number]=${number}`),
  fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
)

/** Parameters that a resource understands. */
function knownParameter(resource: Resource): fc.Arbitrary<string> {
  const sorts = fc.tuple(fc.constantFrom('', '-'), fc.constantFrom(...resource.sorts.keys())).map((parts) => parts.join(''))
  return fc.oneof(
    { weight: 5, arbitrary: fitting(resource) },
    { weight: 2, arbitrary: fc.array(sorts, { minLength: 1, maxLength: 4 }).map((keys) => `sort=${keys.join(',')}`) },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.constantFrom(...resource.attributes.keys()), { maxLength: 4 })
        .map((fields) => `fields[${resource.type}]=${fields.join(',')}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 50 }))
        .map(([size, number]) => `page[size]=${size}&page[number]=${number}`),
    },
    { weight: 1, arbitrary: fc.constant(resource.relationships.has('account') ? 'include=account' : 'include=') },
  )
}

const anyQuery = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 8, arbitrary: fc.array(anyParameter, { maxLength: 4 }).map((all) => `?${all.join('&')}`) },
  { weight: 1, arbitrary: fc.nat(5000).map((count) => `?${'filter[id_in]=1&'.repeat(count)}`) },
  { weight: 1, arbitrary: fc.nat(2000).map((depth) => `?filter${'[a]'.repeat(depth)}=1`) },
  { weight: 1, arbitrary: fc.nat(5000).map((count) => `?filter[id_in]=${'1,'.repeat(count)}2`) },
)

/** What a resource understands, with or without something more. */
const queryOf = (resource: Resource) =>
  fc
    .tuple(
      fc.array(knownParameter(resource), { maxLength: 4 }),
      fc.oneof({ weight: 2, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: fc.array(anyParameter, { maxLength: 2 }) }),
    )
    .map((all) => `?${all.flat().join('&')}`)

const uuid = fc.constantFrom(uuidOf(11), uuidOf(21), FILE.export, uuidOf(1002), uuidOf(7))
const anyId = fc.oneof(piece.map(encoded), piece)

const idOf = ({ definition }: Resource) =>
  fc.oneof(
    { weight: 6, arbitrary: definition.id.form === 'uuid' ? uuid : fc.integer({ min: 1, max: 42 }).map(String) },
    { weight: 1, arbitrary: anyId },
  )

const partsOf = (resource: Resource) => {
  switch (resource.type) {
    case 'cdr-exports':
      return ['', '/account', '/relationships/account', '/download', '/download.csv.gz', '/x']
    case 'accounts':
      return ['', '/', '/x']
    default:
      return ['', '/account', '/relationships/account', '/rec', '/rec.mp3', '/']
  }
}

/** A path of the customer API, with its query. */
const customerPath = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(...resources).chain((resource) =>
      fc
        .tuple(
          fc.oneof(
            fc.constant(''),
            fc.tuple(fc.constant('/'), idOf(resource), fc.constantFrom(...partsOf(resource))).map((parts) => parts.join('')),
          ),
          fc.oneof({ weight: 4, arbitrary: queryOf(resource) }, { weight: 2, arbitrary: anyQuery }),
        )
        .map(([path, query]) => `/${resource.type}${path}${query}`),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('/profiles', '/auth'), anyQuery).map((parts) => parts.join('')) },
)

const operatorPath = fc.oneof(
  fc.constantFrom(
    ...kinds.keys(),
    'status',
    'rejected-cdrs',
    'rejected-cdrs?limit=5&before=9',
    'counters/verify',
    'counters/repair',
    'x',
    '',
  ),
  fc.oneof(uuid, anyId).map((id) => `cdr-exports/${id}`),
  fc.tuple(fc.constantFrom('limit', 'before'), value).map(([name, given]) => `rejected-cdrs?${name}=${encoded(given)}`),
)

const anyPath = fc
  .array(fc.oneof(piece, fc.constantFrom('/', 'api', 'rest', 'customer', 'v1', 'operator')), { maxLength: 8 })
  .map((all) => `/${all.join('')}`)

const method = (usual: string) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY') },
  )

const base64url = (text: string) => Buffer.from(text).toString('base64url')

/** A token with any claims, signed by us. */
function sign(claims: string, head = '{"alg":"HS256"}'): string {
  const signed = `${base64url(head)}.${base64url(claims)}`
  return `${signed}.${createHmac('sha256', env.JWT_SECRET).update(signed).digest('base64url')}`
}

const ofAccess = (access: unknown) => sign(JSON.stringify({ aud: ['customer-v1'], sub: access, exp: LATE }))

const oddValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(1, '1', true, false, [], [11], ['11'], null, 2 ** 63, -1, ['::/0']),
)

const description = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      customer_id: fc.constantFrom<unknown>(1, 2, '1', 3, null, '9223372036854775807', '9999999999999999999'),
      customer_portal_access_profile_id: oddValue,
      account_ids: fc.oneof(oddValue, fc.array(fc.oneof(fc.constantFrom(11, '12', 21), fc.maxSafeInteger()))),
      allow_listen_recording: oddValue,
      allowed_ips: oddValue,
    },
    { requiredKeys: ['customer_id'] },
  ),
)

const oddToken = fc.oneof(
  description.map((cfg) => sign(JSON.stringify({ aud: ['customer-v1'], sub: 'D', cfg, exp: LATE }))),
  fc.oneof(oddValue, piece).map(ofAccess),
  fc.tuple(oddValue, oddValue).map(([exp, aud]) => sign(JSON.stringify({ aud, sub: 1, exp, nbf: exp }))),
  fc
    .oneof(
      piece,
      fc.jsonValue().map((json) => JSON.stringify(json)),
    )
    .map((claims) => sign(claims)),
  fc
    .constantFrom('{"alg":"none"}', '{"alg":"HS512"}', '{"alg":"RS256"}', '{}', '[]', '', 'x')
    .map((head) => sign('{"aud":["customer-v1"],"sub":1}', head)),
  fc.tuple(fc.nat(120), piece).map(([at, text]) => ofAccess(1).slice(0, at) + text + ofAccess(1).slice(at + 1)),
  fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('')),
  fc.nat(20_000).map((length) => `x.${'y'.repeat(length)}.z`),
)

const VALID = [1, 2, 3].map(ofAccess)

const token = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...VALID) }, { weight: 1, arbitrary: oddToken })

type Headers = Made['headers']

const asBearer = (given: string): Headers => [['authorization', `Bearer ${given}`]]
const asCookie = (given: string): Headers => [['cookie', `a=b; _yeti_customer_v1_session=${given}; c=d`]]

const credentials: fc.Arbitrary<Headers> = fc.oneof(
  { weight: 6, arbitrary: token.map(asBearer) },
  { weight: 2, arbitrary: token.map(asCookie) },
  { weight: 1, arbitrary: ascii.map((bytes): Headers => [['cookie', bytes]]) },
  { weight: 1, arbitrary: ascii.map((bytes): Headers => [['authorization', bytes]]) },
)

const operatorKey: fc.Arbitrary<Headers> = fc.oneof(
  { weight: 60, arbitrary: fc.constant<Headers>([['authorization', `Bearer ${env.OPERATOR_KEY}`]]) },
  { weight: 1, arbitrary: ascii.map((bytes): Headers => [['authorization', `Basic ${bytes}`]]) },
)

const headerValue = fc.oneof(
  ascii,
  often(3000),
  fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('')),
  fc.constantFrom(
    'application/vnd.api+json',
    'application/json',
    '*/*',
    'text/html;q=0.5, */*',
    'bytes=0-3',
    'bytes=-2',
    'bytes=99-',
    '"x"',
    'W/"x", *',
    'https://example.com',
    'null',
    'gzip',
    'cross-site',
    'same-origin',
  ),
)

const header = fc.tuple(
  fc.constantFrom(
    ...'accept content-type content-encoding x-request-id traceparent x-d1-bookmark origin sec-fetch-site access-control-request-method'.split(
      ' ',
    ),
    ...'if-none-match if-match if-range if-modified-since range x-requested-with cf-connecting-ip x-yeti-cdr-batch-id content-length host'.split(
      ' ',
    ),
    ...'x-forwarded-host x-http-method-override accept-encoding'.split(' '),
  ),
  headerValue,
)

const more = fc.oneof({ weight: 2, arbitrary: fc.constant<Headers>([]) }, { weight: 3, arbitrary: fc.array(header, { maxLength: 4 }) })

const asJson = (json: unknown) => bytesOf(JSON.stringify(json))

/** JSON with one thing wrong with it: a byte changed, cut off, put in. */
const broken = (good: fc.Arbitrary<string>) =>
  fc
    .tuple(good, fc.nat(400), fc.oneof(anyBytes, piece.map(bytesOf), fc.constant('')))
    .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + put.length + 1))

const deep = fc.nat(30_000).map((depth) => '{"data":'.repeat(depth % 2000) + '['.repeat(depth))

const anyBody = fc.oneof(
  anyBytes,
  often(30_000).map(bytesOf),
  fc.json().map(bytesOf),
  deep,
  fc.nat(70_000).map((length) => `"${'x'.repeat(length)}"`),
)

const bodyOf = (good: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 6, arbitrary: good }, { weight: 3, arbitrary: broken(good) }, { weight: 1, arbitrary: anyBody })

/** Mostly the one, now and then the other. */
const mostly = (usual: fc.Arbitrary<unknown>, other: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: other })

const order = fc
  .record({
    filters: mostly(
      fc.constantFrom<object>(
        { time_start_gteq: '2026-01-01', time_start_lt: '2026-01-02' },
        { time_start_gteq: '2026-01-01T00:00:00+14:00', time_start_lteq: '2026-01-02', success_eq: true },
      ),
      fc.oneof(
        fc.dictionary(fc.constantFrom(...EXPORT_FILTERS.keys(), 'x'), fc.oneof(value, oddValue), { maxKeys: 4 }),
        fc
          .dictionary(fc.constantFrom(...EXPORT_FILTERS.keys()), value, { maxKeys: 4 })
          .map((filters) => ({ ...filters, time_start_gteq: '2026-01-01', time_start_lt: '2026-01-02' })),
        oddValue,
      ),
    ),
    timeFormat: mostly(fc.constantFrom(...TIME_FORMATS), oddValue),
    zone: mostly(fc.constantFrom('UTC', 'Europe/Kyiv', null), fc.oneof(oddValue, value)),
    account: mostly(fc.constantFrom(uuidOf(11), uuidOf(12), uuidOf(21)), value),
    type: mostly(fc.constant('cdr-exports'), piece),
    more: mostly(fc.constant({}), fc.dictionary(piece, oddValue, { maxKeys: 2 })),
  })
  .map(({ filters, timeFormat, zone, account, type, more }) =>
    asJson({
      data: {
        type,
        attributes: { filters, 'time-format': timeFormat, 'time-zone-name': zone, ...(more as object) },
        relationships: { account: { data: { type: 'accounts', id: account } } },
      },
    }),
  )

const login = fc
  .record({
    login: fc.oneof(fc.constantFrom('one', 'two', 'x'), oddValue, value),
    password: fc.oneof(fc.constantFrom('пароль', 'пароль', ''), oddValue, value),
    cookie_auth: oddValue,
  })
  .chain((auth) =>
    fc.constantFrom(
      asJson({ auth }),
      asJson(auth),
      `auth[login]=${encoded(JSON.stringify(auth.login))}&auth[password]=x&auth[cookie_auth]=1`,
    ),
  )

const row = fc
  .constantFrom(...kinds.values())
  .chain((kind) =>
    fc
      .tuple(
        fc.integer({ min: 1, max: 60 }),
        fc.dictionary(fc.constantFrom(...kind.columns.map(({ name }) => name)), fc.oneof(value, oddValue, fc.integer()), { maxKeys: 8 }),
      )
      .map(([number, columns]) => ({ id: number, ...columns })),
  )

const rows = fc
  .array(row, { maxLength: 4 })
  .chain((list) => fc.constantFrom(list.map(asJson).join('\n'), asJson({ data: list }), asJson(list)))

/** What each part of the API is asked for, each part as often as it says. */
export const requests: fc.Arbitrary<Made> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      method: method('GET'),
      path: customerPath.map((path) => ROOT + path),
      headers: fc.tuple(credentials, more).map((all) => all.flat()),
      body: fc.constant(null),
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      method: method('POST'),
      path: fc
        .tuple(
          fc.constantFrom('/cdr-exports', '/cdr-exports', '/cdr-exports?include=account'),
          fc.oneof({ weight: 5, arbitrary: fc.constant('') }, anyQuery),
        )
        .map((all) => ROOT + all.join('')),
      headers: fc.tuple(credentials, fc.constant<Headers>([['content-type', 'application/vnd.api+json']]), more).map((all) => all.flat()),
      body: bodyOf(order),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      method: method('POST'),
      path: fc.oneof(fc.constant(''), anyQuery).map((asked) => `${ROOT}/auth${asked}`),
      headers: fc
        .tuple(fc.constantFrom('application/json', 'application/x-www-form-urlencoded', '', 'application/vnd.api+json'), more)
        .map(([type, rest]): Headers => [['content-type', type], ...rest]),
      body: bodyOf(login),
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      method: fc.constantFrom('GET', 'GET', 'PUT', 'PUT', 'PUT', 'PUT', 'POST', 'POST', 'DELETE', 'PATCH', 'HEAD'),
      path: operatorPath.map((path) => `/api/operator/v1/${path}`),
      headers: fc.tuple(operatorKey, more).map((all) => all.flat()),
      body: bodyOf(rows),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      method: method('GET'),
      path: fc.oneof(anyPath, fc.constantFrom('/', '/healthz', '/readyz')),
      headers: fc.tuple(credentials, more).map((all) => all.flat()),
      body: fc.option(anyBytes),
    }),
  },
)
