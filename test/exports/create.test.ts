import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bodyOf, costOf, errorsOf, get, load, migrate, ROOT, send, tokenOf, type Resource } from '../support/api.ts'
import { recorded } from '../support/d1.ts'
import { settled } from './support.ts'

const OWNER = 1
const LIMITED = 2
const LIMITED_TO_BOTH = 3
const OTHER = 4
const uuidOf = (number: number) => `00000000-0000-1000-8000-${String(number).padStart(12, '0')}`
const DAY = { time_start_gteq: '2026-01-01T00:00:00Z', time_start_lt: '2026-01-02' }

beforeAll(async () => {
  await migrate()
  await load('customers', ['{"id":1,"name":"One"}', '{"id":2,"name":"Two"}'])
  await load('api-accesses', [
    JSON.stringify({ id: OWNER, customer_id: 1 }),
    JSON.stringify({ id: LIMITED, customer_id: 1, account_ids: [12] }),
    JSON.stringify({ id: LIMITED_TO_BOTH, customer_id: 1, account_ids: [11, 12] }),
    JSON.stringify({ id: OTHER, customer_id: 2 }),
  ])
  await load(
    'accounts',
    [11, 12, 21].map((id) => JSON.stringify({ id, uuid: uuidOf(id), customer_id: id < 20 ? 1 : 2, name: `Account ${id}` })),
  )
})

const toAccount = (id: string) => ({ account: { data: { type: 'accounts', id } } })

const order = (attributes: unknown, relationships: unknown = toAccount(uuidOf(11))) =>
  JSON.stringify({ data: { type: 'cdr-exports', attributes, relationships } })

/** Starts no jobs: these tests delete what was ordered. */
const idle = { createBatch: () => Promise.resolve([]) } as unknown as Workflow

const JSON_API = { accept: 'application/vnd.api+json', 'content-type': 'application/vnd.api+json' }

async function post(
  body: string,
  {
    access = OWNER,
    path = '/cdr-exports',
    headers = {},
    variables = {},
  }: { access?: number; path?: string; headers?: Record<string, string>; variables?: Partial<Env> } = {},
) {
  return send(
    ROOT + path,
    { method: 'POST', body, headers: { ...JSON_API, authorization: await tokenOf(access), ...headers } },
    { EXPORTS: idle, ...variables },
  )
}

const stored = async (uuid: string) => {
  const row = await env.DB.prepare('SELECT * FROM cdr_exports WHERE uuid = ?').bind(uuid).first<Record<string, string>>()
  return { filters: JSON.parse(row?.['filters'] ?? 'null') as unknown, fields: JSON.parse(row?.['fields'] ?? 'null') as string[] }
}

describe('an export is created', () => {
  test('with its place, as it is then shown', async () => {
    const response = await post(order({ filters: { ...DAY, duration_eq: '12.7x', src_prefix_routing_eq: 380 } }))
    expect(response.status).toBe(201)
    const { data } = await bodyOf<{ data: Resource }>(response.clone())
    expect(response.headers.get('location')).toBe(`http://example.org${ROOT}/cdr-exports/${data.id}`)
    expect(response.headers.get('etag')).toMatch(/^W\/"[\da-f]{32}"$/)
    expect(data.attributes).toMatchObject({
      filters: {
        time_start_gteq: '2026-01-01T00:00:00.000Z',
        time_start_lt: '2026-01-02T00:00:00.000Z',
        duration_eq: 12,
        src_prefix_routing_eq: '380',
      },
      'time-format': 'with_timezone',
      'time-zone-name': null,
    })
    expect(Object.keys((await bodyOf<{ data: Resource }>(await get(`/cdr-exports/${data.id}`))).data)).toEqual(Object.keys(data))
  })

  test('in one round trip that reads the account once', async () => {
    const { d1, trips } = recorded(env.DB)
    const response = await post(order({ filters: DAY }), { variables: { DB: d1 } })
    expect(response.status).toBe(201)
    expect(trips).toHaveLength(1)
    expect(costOf(response).trips).toBe(1)
  })

  test('with the customer who orders it', async () => {
    const { data } = await bodyOf<{ data: Resource }>(await post(order({ filters: DAY }, toAccount(uuidOf(12))), { access: LIMITED }))
    const row = env.DB.prepare('SELECT customer_id FROM cdr_exports WHERE uuid = ?').bind(data.id)
    expect(await row.first('customer_id')).toBe(1)
  })

  test('with the account as an internal filter that nobody sees', async () => {
    const { data } = await bodyOf<{ data: Resource }>(await post(order({ filters: DAY })))
    expect((await stored(data.id)).filters).toMatchObject({ customer_acc_id_eq: 11 })
    expect(data.attributes['filters']).not.toHaveProperty('customer_acc_id_eq')
  })

  test('without the columns that the operator hides', async () => {
    const hidden = { OUTGOING_CDR_HIDE_FIELDS: 'src_name_in,destination_fee' }
    const { data } = await bodyOf<{ data: Resource }>(await post(order({ filters: DAY }), { variables: hidden }))
    const { fields } = await stored(data.id)
    expect(fields).toHaveLength(27)
    expect(fields).not.toContain('destination_fee')
  })

  test('with the includes and fields that the client asks for', async () => {
    const response = await post(order({ filters: DAY }), {
      path: '/cdr-exports?include=account&fields[cdr-exports]=status,account&fields[accounts]=name',
    })
    const { data, included } = await bodyOf<{ data: Resource; included: Resource[] }>(response)
    expect(data.attributes).toEqual({ status: 'Pending' })
    expect(included.map(({ attributes }) => attributes)).toEqual([{ name: 'Account 11' }])
  })

  test.for<[what: string, body: string]>([
    ['with filters as text that holds JSON', order({ filters: JSON.stringify(DAY) })],
    ['from a body with comments, as the reference reads it', `/* by hand */${order({ filters: DAY })}// the end`],
    ['with an integer that is an object with methods of its own', order({ filters: { ...DAY, duration_eq: { toString: 1, valueOf: 1 } } })],
    [
      'with an integer that is a list of long numbers',
      order({ filters: { ...DAY, duration_gteq: [JSON.rawJSON('-1.6051523844976867e-155')] } }),
    ],
    ...[' ', '\t\n', '\u0085', '\u00a0\u3000'].map(
      (zone) =>
        [`with a time zone of nothing but ${JSON.stringify(zone)}`, order({ filters: DAY, 'time-zone-name': zone })] as [string, string],
    ),
  ])('%s', async ([, body]) => {
    expect((await post(body)).status).toBe(201)
  })

  test.for(['application/vnd.api+json,application/json', 'Application/Vnd.Api+Json; ext="a,b" , text/html', ',application/vnd.api+json'])(
    'by the first media type of %s',
    async (type) => {
      expect((await post(order({ filters: DAY }), { headers: { 'content-type': type } })).status).toBe(201)
    },
  )

  test.for<[filters: string, shown: Record<string, unknown>]>([
    ['{"duration_eq":[5],"duration_gteq":{"a":1},"duration_lteq":[]}', {}],
    ['{"success_eq":[]}', {}],
    ['{"success_eq":[true],"duration_eq":true}', { duration_eq: 1 }],
    ['{"success_eq":{"a":false},"duration_gteq":false}', { duration_gteq: 0 }],
    [
      '{"src_prefix_routing_eq":["1",{"a":1}],"dst_prefix_routing_eq":380}',
      { src_prefix_routing_eq: '["1", {"a"=>1}]', dst_prefix_routing_eq: '380' },
    ],
    ['{"duration_eq":-12.7,"duration_gteq":" 5x","duration_lteq":1.5e3}', { duration_eq: -12, duration_gteq: 5, duration_lteq: 1500 }],
    ['{"duration_eq":1e999,"duration_gteq":5e-324}', { duration_gteq: 0 }],
    ['{"src_country_iso_in":[],"dst_country_iso_in":[""],"customer_auth_external_id_in":[null," "]}', {}],
    ['{"routing_tag_ids_include":{},"vendor_id_eq":"","time_start_lteq":[]}', {}],
  ])('with the filters that it reads of %s', async ([filters, shown]) => {
    const given = `{"time_start_gteq":"2026-01-01","time_start_lt":"2026-01-02",${filters.slice(1)}`
    const response = await post(order({ filters: given }))
    expect(response.status).toBe(201)
    const {
      time_start_gteq: _from,
      time_start_lt: _to,
      ...others
    } = (await bodyOf<{ data: Resource }>(response)).data.attributes['filters'] as Record<string, unknown>
    expect(others).toEqual(shown)
  })

  test('with integers of any size, to the digit', async () => {
    const [number, text] = ['-123456789012345678901234567890', '9'.repeat(400)]
    const response = await post(order({ filters: { ...DAY, duration_gteq: JSON.rawJSON(number), duration_lteq: text } }))
    expect(await response.text()).toContain(`"duration_gteq":${number},"duration_lteq":${text}}`)
  })

  test('by an access for an account that it may see', async () => {
    expect((await post(order({ filters: DAY }, toAccount(uuidOf(12))), { access: LIMITED })).status).toBe(201)
  })
})

describe('an order is refused', () => {
  const filters = '/data/attributes/filters'
  test.for<[what: string, body: string, complaints: [detail: string, pointer: string][]]>([
    [
      'for the account of another customer',
      order({ filters: DAY }, toAccount(uuidOf(21))),
      [['account - is invalid', '/data/relationships/account']],
    ],
    [
      'for all that is wrong with it',
      order({ filters: { foo: 1, duration_eq: 1, vendor_id_eq: 2 }, 'time-format': '', 'time-zone-name': 'Kyiv' }, toAccount(uuidOf(21))),
      [
        ['filters - foo not allowed', filters],
        ['filters - requires time_start_gteq', filters],
        ['filters - requires time_start_lt', filters],
        ['filters - vendor_id_eq not allowed', filters],
        ['time-zone-name - is not included in the list', '/data/attributes/time-zone-name'],
        ['account - is invalid', '/data/relationships/account'],
        ["time-format - can't be blank", '/data/attributes/time-format'],
        ['time-format - is not included in the list: with_timezone, without_timezone, round_to_seconds', '/data/attributes/time-format'],
      ],
    ],
    [
      'with only a false among its filters',
      order({ filters: { is_last_cdr_eq: false } }, {}),
      [
        ["filters - can't be blank", filters],
        ['filters - is_last_cdr_eq not allowed', filters],
        ["account - can't be blank", '/data/relationships/account'],
      ],
    ],
    [
      'without anything',
      JSON.stringify({ data: { type: 'cdr-exports' } }),
      [
        ["filters - can't be blank", filters],
        ["account - can't be blank", '/data/relationships/account'],
      ],
    ],
    [
      'with bounds that are no times',
      order({ filters: { time_start_gteq: 'infinity', time_start_lt: 1767225600, duration_eq: 1 } }),
      [
        ['filters - requires time_start_gteq', filters],
        ['filters - requires time_start_lt', filters],
      ],
    ],
    [
      'with a list for a filter that no customer has',
      order({ filters: { ...DAY, src_country_iso_in: ['UA'], vendor_id_eq: [1] } }),
      [['filters - vendor_id_eq, src_country_iso_in not allowed', filters]],
    ],
    [
      'with nothing but lists of nothing',
      order({ filters: { duration_eq: [], src_country_iso_in: [], routing_tag_ids_include: {} } }),
      [["filters - can't be blank", filters]],
    ],
    [
      'from the 30th of February',
      order({ filters: { ...DAY, time_start_gteq: '2026-02-30' } }),
      [['filters - requires time_start_gteq', filters]],
    ],
  ])('%s', async ([, body, complaints]) => {
    const response = await post(body)
    expect(response.status).toBe(422)
    const { errors } = await bodyOf<{ errors: { code: string; detail: string; source: { pointer: string } }[] }>(response)
    expect(errors.map(({ detail, source }) => [detail, source.pointer])).toEqual(complaints)
  })

  test.for<[what: string, body: string, errors: [code: string, detail: string][]]>([
    ['that is no JSON', '{bad', [['400', 'The body is not JSON.']]],
    ['that is nothing but escaped quotes', '\\"'.repeat(32_000), [['400', 'The body is not JSON.']]],
    ['that is nested without end', `{"data":{"type":${'['.repeat(32_000)}${']'.repeat(32_000)}}}`, [['400', 'The body is not JSON.']]],
    ['that is a list', '[]', [['400', 'Request must be a hash']]],
    ['without data', '{"data":null}', [['106', 'The required parameter, data, is missing.']]],
    [
      'with a type that is a huge number',
      '{"data":{"type":99999999999999999999999}}',
      [['101', '99999999999999999999999 is not a valid resource.']],
    ],
    ['with an id of its own', JSON.stringify({ data: { type: 'cdr-exports', id: uuidOf(1) } }), [['105', 'id is not allowed.']]],
    [
      'with attributes that are null',
      JSON.stringify({ data: { type: 'cdr-exports', attributes: null } }),
      [['122', 'Attributes must be a hash.']],
    ],
    ['with an attribute of that name in the prototype', order({ constructor: 1 }), [['105', 'constructor is not allowed.']]],
    ['with a linkage that is text', order({ filters: DAY }, { account: 'x' }), [['115', 'Data is not a valid Links Object.']]],
    [
      'with a linkage to another type',
      order({ filters: DAY }, { account: { data: { type: 'fooBar', id: uuidOf(11) } } }),
      [['116', 'foo_bar is not a valid type for this operation.']],
    ],
  ])('%s', async ([, body, errors]) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await errorsOf(response)).toEqual(errors)
  })

  test('for a bad include together with what is wrong in the body', async () => {
    const response = await post('{"data":{"type":"foo"}}', { path: '/cdr-exports?include=bar' })
    expect(await errorsOf(response)).toEqual([
      ['112', 'bar is not a valid relationship of cdr-exports'],
      ['101', 'foo is not a valid resource.'],
    ])
  })

  test.for<[what: string, headers: Record<string, string>, status: number]>([
    ['415 for another media type', { 'content-type': 'application/json' }, 415],
    ['415 before 406', { 'content-type': 'multipart/form-data; boundary=x', accept: 'text/html' }, 415],
    ['406 for a client that takes no JSON:API', { accept: 'text/html' }, 406],
    ['415 for a list that begins with another media type', { 'content-type': 'application/json,application/vnd.api+json' }, 415],
  ])('with %s', async ([, headers, status]) => {
    expect((await post('{bad', { headers })).status).toBe(status)
  })

  test('soon, however it is put together', async () => {
    for (const piece of ['\\"', '/*', '"/*', '/*/', '//', '"\\']) {
      const start = performance.now()
      expect((await post(piece.repeat(65_000 / piece.length))).status).toBe(400)
      expect(performance.now() - start).toBeLessThan(500)
    }
  })

  test('however deep the body is nested', async () => {
    const deep = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times)
    const nestings = [deep('[', ']', 8000), deep('[', ']', 32_000), `${'{"a":'.repeat(8000)}1${'}'.repeat(8000)}`]
    const bodies = nestings.flatMap((nested) => [
      nested,
      `{"data":${nested}}`,
      `{"data":{"type":"cdr-exports","attributes":${nested}}}`,
      `{"data":{"type":"cdr-exports","attributes":{"filters":{"duration_eq":${nested}}}}}`,
      `{"data":{"type":"cdr-exports","attributes":{"filters":{"src_prefix_routing_eq":${nested}}}}}`,
      `{"data":{"type":"cdr-exports","attributes":{"filters":${JSON.stringify(`{"src_prefix_routing_eq":${nested}}`)}}}}`,
      `{"data":{"type":"cdr-exports","attributes":{"fields":${nested}}}}`,
      `{"data":{"type":"cdr-exports","relationships":{"account":{"data":${nested}}}}}`,
    ])
    for (const body of bodies) expect((await post(body)).status).toBeOneOf([400, 413, 422])
  })

  test.for<[what: string, path: string, length: string | undefined, mostRead: number]>([
    ['an order in pieces', '/cdr-exports', undefined, 80_000],
    ['an order that tells its length', '/cdr-exports', '200000000', 0],
    ['a sign-in in pieces', '/auth', undefined, 80_000],
    ['a sign-in that tells its length', '/auth', '200000000', 0],
  ])('with 413 as soon as it is known to be too large: %s', async ([, path, length, mostRead], { expect }) => {
    let read = 0
    let cancelled = false
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          read += 10_000
          controller.enqueue(new Uint8Array(10_000).fill(32))
        },
        cancel: () => void (cancelled = true),
      },
      { highWaterMark: 0 },
    )
    const headers = { ...JSON_API, authorization: await tokenOf(OWNER), ...(length === undefined ? {} : { 'content-length': length }) }
    expect((await send(ROOT + path, { method: 'POST', body, headers })).status).toBe(413)
    expect(read).toBeLessThanOrEqual(mostRead)
    expect(cancelled).toBe(length === undefined)
  })

  test('with 400 where the body is not UTF-8', async () => {
    const headers = { ...JSON_API, authorization: await tokenOf(OWNER) }
    const response = await send(`${ROOT}/cdr-exports`, { method: 'POST', body: new Uint8Array([0x7b, 0xff, 0x7d]), headers })
    expect(await errorsOf(response)).toEqual([['400', 'The body is not UTF-8.']])
  })

  test('with 401 where the access is gone, whatever else is wrong', async () => {
    for (const body of [order({ filters: DAY }), order({}), '{bad']) expect((await post(body, { access: 99 })).status).toBe(401)
  })

  test('and then nothing is stored', async () => {
    const count = async () => (await env.DB.prepare('SELECT count(*) AS n FROM cdr_exports').first<{ n: number }>())!.n
    const before = await count()
    await post(order({ filters: DAY }, toAccount(uuidOf(21))))
    await post(order({ filters: DAY }), { access: 99 })
    expect(await count()).toBe(before)
  })
})

describe('the pending exports of a customer', () => {
  const limited = (most: number): Partial<Env> => ({ EXPORTS_PENDING_MOST: String(most) })
  const lasting = (duration: number, account = 11) => order({ filters: { ...DAY, duration_eq: duration } }, toAccount(uuidOf(account)))
  const idOf = async (response: Response) => (await bodyOf<{ data: Resource }>(response)).data.id
  const count = () => env.DB.prepare("SELECT count(*) FROM cdr_exports WHERE status = 'Pending'").first<number>('count(*)')
  const age = (microseconds: number) => env.DB.prepare('UPDATE cdr_exports SET created_at = created_at - ?').bind(microseconds).run()

  beforeEach(() => env.DB.prepare('DELETE FROM cdr_exports').run())

  test('are so many at most; a further one is told when to come back', async () => {
    for (const duration of [1, 2, 3]) expect((await post(lasting(duration), { variables: limited(3) })).status).toBe(201)
    const refused = await post(lasting(4, 12), { access: LIMITED, variables: limited(3) })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    expect(await errorsOf(refused)).toEqual([['429', '3 exports wait to be made. Order again when one of them is complete.']])
    expect(await count()).toBe(3)
  })

  test('are so many at most, however many are ordered at once', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((duration) => post(lasting(duration), { variables: limited(5) })))
    const having = (status: number) => answers.filter((answer) => answer.status === status).length
    expect([having(201), having(429)]).toEqual([5, 3])
    expect(await count()).toBe(5)
  })

  test('are five unless the operator says otherwise', async () => {
    const statuses: number[] = []
    for (const duration of [1, 2, 3, 4, 5, 6]) {
      statuses.push((await post(lasting(duration), { variables: { EXPORTS_PENDING_MOST: '' } })).status)
    }
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429])
  })

  test.for(['Completed', 'Failed', 'Deleted'])('make room as soon as one is %s', async (status) => {
    await post(lasting(1), { variables: limited(1) })
    expect((await post(lasting(2), { variables: limited(1) })).status).toBe(429)
    await env.DB.prepare('UPDATE cdr_exports SET status = ?').bind(status).run()
    expect((await post(lasting(2), { variables: limited(1) })).status).toBe(201)
  })

  test('do not count after a day', async () => {
    await post(lasting(1), { variables: limited(1) })
    await age(86_300_000_000)
    expect((await post(lasting(2), { variables: limited(1) })).status).toBe(429)
    await age(200_000_000)
    expect((await post(lasting(2), { variables: limited(1) })).status).toBe(201)
  })

  test('do not count for another customer', async () => {
    await post(lasting(1), { variables: limited(1) })
    expect((await post(lasting(1, 21), { access: OTHER, variables: limited(1) })).status).toBe(201)
  })

  test('do not hide what is wrong with an order', async () => {
    await post(lasting(1), { variables: limited(1) })
    expect((await post(lasting(2, 21), { variables: limited(1) })).status).toBe(422)
    expect((await post(lasting(2), { access: 99, variables: limited(1) })).status).toBe(401)
  })

  test('answer an order like one of them, also where there are as many as may be', async () => {
    const first = await post(lasting(1), { variables: limited(1) })
    const again = await post(lasting(1), { path: '/cdr-exports?include=account', access: LIMITED_TO_BOTH, variables: limited(1) })
    expect([again.status, again.headers.get('location')]).toEqual([201, first.headers.get('location')])
    const { data, included } = await bodyOf<{ data: Resource; included: Resource[] }>(again)
    expect(data.attributes).toEqual((await bodyOf<{ data: Resource }>(first)).data.attributes)
    expect(included).toHaveLength(1)
    expect(await count()).toBe(1)
  })

  test('are started by an order like them, if they could not be before', async () => {
    const first = await idOf(await post(lasting(1), { variables: limited(1) }))
    expect(await idOf(await post(lasting(1), { variables: { EXPORTS: env.EXPORTS } }))).toBe(first)
    expect(await settled(first)).toMatchObject({ status: 'Completed' })
  })

  test('answer orders that come at once by one', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(lasting(1), { variables: limited(5) })))
    expect(new Set(await Promise.all(answers.map(idOf))).size).toBe(1)
    expect(await count()).toBe(1)
  })

  test.for<[what: string, body: string, variables?: Partial<Env>]>([
    ['account', lasting(1, 12)],
    ['filter', lasting(2)],
    ['filter less', order({ filters: DAY })],
    ['time format', order({ filters: { ...DAY, duration_eq: 1 }, 'time-format': 'round_to_seconds' })],
    ['time zone', order({ filters: { ...DAY, duration_eq: 1 }, 'time-zone-name': 'UTC' })],
    ['column', lasting(1), { OUTGOING_CDR_HIDE_FIELDS: 'src_name_in' }],
  ])('do not answer an order of another %s', async ([, body, variables]) => {
    const first = await idOf(await post(lasting(1), { variables: limited(5) }))
    expect(await idOf(await post(body, { variables: { ...limited(5), ...variables } }))).not.toBe(first)
  })

  test('that are complete answer no order', async () => {
    const first = await idOf(await post(lasting(1), { variables: limited(5) }))
    await env.DB.prepare("UPDATE cdr_exports SET status = 'Completed'").run()
    expect(await idOf(await post(lasting(1), { variables: limited(5) }))).not.toBe(first)
  })
})

describe('an order counts against the limit of its access', () => {
  const keys: string[] = []
  const limit: RateLimit = { limit: ({ key }) => Promise.resolve({ success: keys.push(key) > 0 }) }
  const counted = async (filters: object, account = 11) => {
    keys.length = 0
    const variables = { API_LIMIT: limit, RATE_LIMITS: '1' }
    const response = await post(order({ filters }, toAccount(uuidOf(account))), { variables })
    return [response.status, keys.length, new Set(keys).size]
  }

  test('by the calls that its export has to read', async () => {
    await env.DB.batch([
      env.DB.prepare('DELETE FROM cdr_exports'),
      // 12,000 calls in each hour of a day.
      env.DB.prepare(
        `INSERT INTO account_counters WITH RECURSIVE h(n) AS (SELECT 490896 UNION ALL SELECT n + 1 FROM h WHERE n < 490919)
         SELECT 0, 1, 11, 0, n, 12000 FROM h UNION ALL SELECT 0, 1, 11, 1, 20454, 288000`,
      ),
    ])
    expect(await counted(DAY)).toEqual([201, 1 + 28, 1])
    expect(await counted(DAY)).toEqual([201, 1, 1])
    expect(await counted({ ...DAY, time_start_lt: '2026-01-01T02:00:00Z', duration_eq: 1 })).toEqual([201, 1 + 2, 1])
    expect(await counted(DAY, 12)).toEqual([201, 1, 1])
    expect(await counted(DAY, 21)).toEqual([422, 1, 1])
  })
})
