import { beforeEach, describe, expect, test } from 'vitest'
import { rejectedPage } from '../../src/ingest/requests.ts'
import { env, KEY, lastCost, newDatabase, put, request, select } from './operator.ts'

beforeEach(newDatabase)

const basic = (pair: string) => ({ authorization: `Basic ${btoa(pair)}` })
const status = (headers: HeadersInit, bound?: Partial<Env>) => request('status', { headers }, bound)

describe('the operator key opens', () => {
  test.for<[string, Record<string, string>]>([
    ['as a bearer token', { authorization: `Bearer ${KEY}` }],
    ['as a bearer token, the scheme in any case', { authorization: `bearer  ${KEY}` }],
    ['as the password of Basic authentication', basic(`anyone:${KEY}`)],
    ['as the password of nobody', basic(`:${KEY}`)],
    ['in X-Api-Key', { 'x-api-key': KEY }],
    ['in X-Api-Key beside another authorization', { 'x-api-key': KEY, authorization: 'Bearer other' }],
  ])('%s', async ([, headers]) => {
    expect((await status(headers)).status).toBe(200)
  })

  test('with a colon in it, as the password of Basic authentication', async () => {
    expect((await status(basic('anyone:a:b'), { OPERATOR_KEY: 'a:b' })).status).toBe(200)
  })
})

describe('the key before it', () => {
  test('opens as well, while the operator changes his key', async () => {
    const bound = { OPERATOR_KEY: 'new', OPERATOR_KEY_PREVIOUS: 'old' }
    for (const key of ['new', 'old']) expect((await status({ 'x-api-key': key }, bound)).status).toBe(200)
    expect((await status({ 'x-api-key': KEY }, bound)).status).toBe(401)
  })

  test('does not open while it is empty', async () => {
    expect((await status({ 'x-api-key': '' }, { OPERATOR_KEY_PREVIOUS: '' })).status).toBe(401)
  })
})

describe('the door stays shut', () => {
  test.for<[string, Record<string, string>]>([
    ['without a key', {}],
    ['to another key', { 'x-api-key': `${KEY}!` }],
    ['to an empty key', { 'x-api-key': '' }],
    ['to the key as a user name', basic(`${KEY}:`)],
    ['to the key as a Basic credential without a colon', basic(KEY)],
    ['to the key under another scheme', { authorization: `Token ${KEY}` }],
    ['to the bare key', { authorization: KEY }],
  ])('%s', async ([, headers]) => {
    const response = await status(headers)
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('The operator key is missing or wrong.')
  })

  test.for(['', undefined])('to everybody while the key is %j', async (key) => {
    const bound = { OPERATOR_KEY: key as string }
    expect((await status({ 'x-api-key': '' }, bound)).status).toBe(401)
    expect((await status({ authorization: 'Bearer undefined' }, bound)).status).toBe(401)
  })

  test('for a while, so that nobody tries many', async () => {
    const start = Date.now()
    await status({})
    expect(Date.now() - start).toBeGreaterThan(400)
  })

  test('to those who ask for a path that does not exist', async () => {
    expect((await request('nothing', { headers: {} })).status).toBe(401)
  })
})

describe('a path answers', () => {
  test.for([
    ['GET', 'cdrs', 405],
    ['DELETE', 'cdrs', 405],
    ['PUT', 'status', 405],
    ['POST', 'rejected-cdrs', 405],
    ['GET', 'counters/verify', 405],
    ['POST', 'counters/forget', 404],
    ['PUT', 'status?verbose=1', 405],
    ['GET', 'status?verbose=1', 200],
    ['PUT', 'customers?verbose=1', 200],
    ['GET', 'calls', 404],
    ['PUT', 'api_accesses', 404],
    ['PUT', '__proto__', 404],
    ['PUT', 'cdrs/1', 404],
    ['DELETE', 'customers/1', 404],
    ['DELETE', '__proto__/1', 404],
    ['DELETE', 'api-accesses', 405],
    ['PUT', 'api-accesses/1', 405],
    ['DELETE', 'api-accesses/1', 204],
    ['DELETE', 'api-accesses/abc', 404],
    ['DELETE', 'api-accesses/1.5', 404],
    ['DELETE', 'api-accesses/1;2', 404],
    ['DELETE', 'api-accesses/99999999999', 404],
    ['DELETE', 'api-accesses/1/2', 404],
    ['PUT', 'customers', 200],
    ['POST', 'accounts', 200],
    ['PATCH', 'api-accesses', 200],
    ['PUT', 'transport-protocols', 200],
    ['PUT', 'profiles', 200],
    ['PUT', 'cdrs', 200],
    ['PUT', 'cdr-exports', 200],
  ] as const)('%s %s with %d', async ([method, path, expected]) => {
    expect((await request(path, { method })).status).toBe(expected)
  })

  test('405 with the methods it knows', async () => {
    expect((await request('cdrs')).headers.get('allow')).toBe('PUT, POST, PATCH')
  })

  test('405 with the method of a single row', async () => {
    expect((await request('api-accesses/1')).headers.get('allow')).toBe('DELETE')
  })

  test('status with what an operator looks at first', async () => {
    await put('customers', [{ id: 1 }, { id: 2 }])
    await put('cdr-exports', [{ uuid: 'ef676c5d-638e-568f-951b-e5660ab2b491' }])
    await put('cdrs', [
      { id: 1, customer_id: 1, is_last_cdr: true, time_start: '2026-01-07T00:00:00.0015Z' },
      { id: 2, customer_id: 2, is_last_cdr: true, time_start: '2026-01-05T00:00:00Z' },
      { id: 3, is_last_cdr: false, time_start: '2026-01-04T00:00:00Z' },
    ])
    const response = await request('status')
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toEqual({
      customers: 2,
      accounts: 0,
      api_accesses: 0,
      transport_protocols: 0,
      cdr_exports: 1,
      cdrs: 3,
      oldest_cdr: '2026-01-05T00:00:00.000Z',
      newest_cdr: '2026-01-07T00:00:00.001Z',
      last_batch: { at: expect.stringMatching(/^20\d\d-.*Z$/) as string, cdrs: 3, yeti_batch_id: null },
      rejected_cdrs: 0,
      last_rejected_at: null,
      cut_cdrs: 0,
      counters_complete: true,
      marks_complete: true,
      pending_exports: 1,
      database_bytes: expect.any(Number) as number,
    })
  })

  test('status of an empty database', async () => {
    const none = { customers: 0, cdrs: 0, oldest_cdr: null, newest_cdr: null, last_batch: { at: null, cdrs: null } }
    expect(await (await request('status')).json()).toMatchObject(none)
  })

  test('status at a cost that does not grow with the CDRs', async () => {
    const rows = Array.from({ length: 1000 }, (_, id) => ({ id, customer_id: 1, is_last_cdr: true, time_start: '2026-01-07T00:00:00Z' }))
    await put('cdrs', rows)
    await request('status')
    expect(lastCost().rowsRead).toBeLessThan(30)
  })
})

describe('the query of the rejected CDRs', () => {
  test.for([
    ['nothing', {}, { limit: 100 }],
    ['a limit', { limit: '1' }, { limit: 1 }],
    ['a limit that is too high', { limit: '1001' }, { limit: 1000 }],
    ['an id to begin below', { before: '999999999999999' }, { limit: 100, before: 999_999_999_999_999 }],
  ] as const)('reads %s', ([, query, read]) => {
    expect(rejectedPage.parse(query)).toEqual(read)
  })

  const LIMIT = ['400', 'limit takes a whole number above 0.']
  const BEFORE = ['400', 'before takes a whole number above 0.']
  test.for<[query: string, errors: string[][]]>([
    ['limit=no', [LIMIT]],
    ['limit=0', [LIMIT]],
    ['limit=', [LIMIT]],
    ['limit=%201', [LIMIT]],
    ['limit=1e3', [LIMIT]],
    ['limit=1.0', [LIMIT]],
    ['limit=%D9%A1', [LIMIT]],
    ['before=-1', [BEFORE]],
    ['before=1000000000000000', [BEFORE]],
    ['limit=1&limit=1', [['400', 'limit takes one value.']]],
    ['befor=9', [['105', 'befor is not allowed.']]],
    ['LIMIT=9', [['105', 'LIMIT is not allowed.']]],
    ['constructor=9', [['105', 'constructor is not allowed.']]],
    ['page=2&before=x&limit=0&befor=9', [LIMIT, BEFORE, ['105', 'page is not allowed.'], ['105', 'befor is not allowed.']]],
  ])('%s is refused with every fault of it', async ([query, errors]) => {
    const response = await request(`rejected-cdrs?${query}`)
    expect(response.status).toBe(400)
    const told = await response.json<{ errors: { code: string; detail: string }[] }>()
    expect(told.errors.map(({ code, detail }) => [code, detail])).toEqual(errors)
  })

  test('is judged after the key', async () => {
    expect((await request('rejected-cdrs?limit=no', { headers: {} })).status).toBe(401)
  })
})

describe('the number of a batch', () => {
  test.for<[name: string, given: string, shown: number | null]>([
    ['X-Yeti-Cdr-Batch-Id', '42', 42],
    ['x-yeti-cdr-batch-id', '0', 0],
    ['X-Yeti-Cdr-Batch-Id', '-1', null],
    ['X-Yeti-Cdr-Batch-Id', '4 2', null],
    ['X-Yeti-Cdr-Batch-Id', '1000000000000000', null],
    ['X-Yeti-Cdr-Batch-Id', '', null],
  ])('%s: %s is %j, and the rows are stored', async ([name, given, shown]) => {
    const headers = { 'x-api-key': KEY, [name]: given }
    const body = '{"id":1,"time_start":"2026-01-07T00:00:00Z"}'
    expect(await (await request('cdrs', { method: 'POST', headers, body })).json()).toMatchObject({ stored: 1 })
    expect(await (await request('status')).json()).toMatchObject({ last_batch: { cdrs: 1, yeti_batch_id: shown } })
  })
})

describe('a body is read as', () => {
  const bytes = (...values: number[]) => Uint8Array.from(values)
  test.for<[string, string | Uint8Array<ArrayBuffer>, string[], number[]]>([
    ['nothing when empty', '', [], []],
    ['nothing when blank', ' \r\n\n', [], []],
    ['one row', '{"id":1,"name":"a"}', ['a'], []],
    ['one row over several lines', '{\n  "id": 1,\n  "name": "a"\n}\n', ['a'], []],
    ['one row after a byte order mark', '\ufeff{"id":1,"name":"a"}', ['a'], []],
    ['a batch', '{"data":[{"id":1,"name":"a"},{"id":2,"name":"b"}]}', ['a', 'b'], []],
    ['a batch with other members', '{"batch_id":42,"data":[{"id":1,"name":"a"}]}', ['a'], []],
    ['a batch over several lines', '{"data": [\n{"id":1,"name":"a"},\n{"id":2,"name":"b"}\n]}', ['a', 'b'], []],
    ['an empty batch', '{"data":[]}', [], []],
    ['a batch with bad rows', '{"data":[{"id":1,"name":"a"},{"name":"b"},3]}', ['a'], [2, 3]],
    ['lines', '{"id":1,"name":"a"}\n{"id":2,"name":"b"}', ['a', 'b'], []],
    ['lines with CRLF', '{"id":1,"name":"a"}\r\n{"id":2,"name":"b"}\r\n', ['a', 'b'], []],
    ['lines with blank ones, which count', '\n{"id":1,"name":"a"}\n \n{"id":2,"name":\n{"id":3,"name":"c"}\n', ['a', 'c'], [4]],
    ['lines of which the first is broken', '{"id":1,"na\n{"id":2,"name":"b"}', ['b'], [1]],
    ['lines of which the first is a heading', 'id,name\n{"id":2,"name":"b"}', ['b'], [1]],
    ['lines that are not objects', '1\n[]\n"a"\nnull\n12345678901234567890', [], [1, 2, 3, 4, 5]],
    ['a batch whose rows stand behind others', '{"meta":{"a":[{}]},"data":[{"id":1,"name":"a"}],"more":[1]}', ['a'], []],
    ['a list, which is a batch', '[{"id":1,"name":"a"},{"id":2,"name":"b"},[]]', ['a', 'b'], [3]],
    ['a list over several lines', '\n[\n{"id":1,"name":"a"}\n]\n', ['a'], []],
    ['an empty list', '[]', [], []],
    ['a row whose data is none', '{"id":1,"data":null,"name":"a"}', ['a'], []],
    ['an object whose data is no list, which is a row', '{"data":{"id":1,"name":"a"}}', [], [1]],
    ['lines of which one is not UTF-8', bytes(...new TextEncoder().encode('{"id":1,"name":"a"}\n'), 0x22, 0xff, 0x22), ['a'], [2]],
  ])('%s', async ([, body, names, lines]) => {
    const outcome = await put('customers', body)
    expect(await select('SELECT name FROM customers ORDER BY id')).toEqual(names.map((name) => ({ name })))
    expect(outcome.errors.map(({ line }) => line)).toEqual(lines)
    expect(outcome).toMatchObject({ received: names.length + lines.length, stored: names.length, unchanged: 0, rejected: lines.length })
  })

  test.for<[string, BodyInit]>([
    ['one line that is not JSON', '{"id":1,'],
    ['several lines of which none is JSON', '{"id":1,\n"name":}'],
    ['an object that opens on a line of its own, without its end', '{\n"id": 1,\n{"id":2}'],
    ['a line that is not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['a CSV', 'id,name\n1,a\nx,b'],
  ])('a broken document, answered with 400: %s', async ([, body]) => {
    const response = await request('customers', { method: 'PUT', body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ title: 'Bad Request', code: '400' }] })
    expect(await select('SELECT * FROM customers')).toEqual([])
  })

  test.for(['application/json', 'application/octet-stream', 'text/csv', 'no type'])('the same with the content type %s', async (type) => {
    const headers = { 'x-api-key': KEY, 'content-type': type }
    const response = await request('customers', { method: 'POST', headers, body: '{"id":1}' })
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toEqual({ received: 1, stored: 1, unchanged: 0, rejected: 0, errors: [] })
  })

  test('rows of which the first hundred errors are told', async () => {
    const outcome = await put('customers', `${'?\n'.repeat(1500)}{"id":1}`)
    expect(outcome).toMatchObject({ received: 1501, stored: 1, rejected: 1500 })
    expect(outcome.errors).toHaveLength(100)
    expect(outcome.errors[99]).toEqual({ line: 100, detail: 'This is not JSON.' })
  })
})

describe('when the database fails', () => {
  const failing = "CREATE TRIGGER failing BEFORE INSERT ON customers WHEN new.name = 'bad' BEGIN SELECT raise(ABORT, 'no'); END"
  const load = (rows: readonly object[]) => request('customers', { method: 'PUT', body: rows.map((row) => JSON.stringify(row)).join('\n') })

  test('nothing of the chunk is stored, in whatever statement of it', async () => {
    await env.DB.exec(failing)
    const response = await load([{ id: 1, external_id: 1 }, { id: 2, name: 'good' }, { id: 3, name: 'bad' }, { id: 4 }])
    expect(await response.text()).toBe('DatabaseError')
    expect(await select('SELECT * FROM customers')).toEqual([])
  })

  test('earlier chunks stay, so the same rows can be sent again', async () => {
    await env.DB.exec(failing)
    const rows = Array.from({ length: 2500 }, (_, index) => ({ id: index + 1, name: index === 2200 ? 'bad' : 'good' }))
    expect((await load(rows)).status).toBe(503)
    expect(await select('SELECT count(*) AS n FROM customers')).toEqual([{ n: 2000 }])
    await env.DB.exec('DROP TRIGGER failing')
    expect(await (await load(rows)).json()).toMatchObject({ received: 2500, stored: 500, unchanged: 2000, rejected: 0 })
  })

  test('a failing read is told as well', async () => {
    await env.DB.exec('DROP TABLE cdrs')
    const response = await request('cdrs', { method: 'PUT', body: '{"id":1,"duration":1}' })
    expect(await response.text()).toBe('DatabaseError')
  })
})
