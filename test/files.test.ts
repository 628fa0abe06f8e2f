// The files that belong to rows: recordings of calls, and what an export has written.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { recordingKey } from '../src/recordings/route.ts'
import { costOf, errorsOf, get, load, migrate, ROOT, send, tokenOf } from './support/api.ts'
import { failing, recorded } from './support/d1.ts'
import { takeLog } from './support/log.ts'
import { failingBucket, watchedBucket } from './support/r2.ts'

const LISTENS = 1
const MAY_NOT_LISTEN = 2
const LISTENS_TO_ONE_ACCOUNT = 3
const OTHER_CUSTOMER = 4
const GONE = 5

const SIZE = 300_000
const FILE = Uint8Array.from({ length: SIZE }, (_, at) => (at * at * 31 + at) >> 3)
const UUID = '0a000000-0000-1000-8000-000000000001'
const DOWNLOAD = `/cdr-exports/${UUID}/download`
const REC = '/cdrs/1/rec'

const uuidOf = (number: number) => `0a000000-0000-1000-8000-${String(number).padStart(12, '0')}`
const sha256 = (bytes: Uint8Array) => crypto.subtle.digest('SHA-256', bytes)
const base64 = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
const hex = (bytes: ArrayBuffer) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())
const headersOf = (response: Response, ...names: string[]) => names.map((name) => response.headers.get(name))

const EXPORTS = ['Completed', 'Pending', 'Failed', 'Deleted', 'Completed', 'Completed', 'Completed', 'Completed']

/** Calls by id: what differs from one that has a recording. */
const CALLS: readonly object[] = [
  {},
  { audio_recorded: false },
  { audio_recorded: null },
  { local_tag: null },
  { local_tag: '' },
  { local_tag: ' \u00a0' },
  { duration: 0 },
  { duration: null },
  { local_tag: 'not-there' },
  { is_last_cdr: false },
  { local_tag: '../exports/secret' },
  { local_tag: 'a/b' },
  { local_tag: '/call' },
  { local_tag: 'a\\b' },
  { local_tag: '..' },
  { local_tag: 'a\nb' },
  { local_tag: 'a\u007fb' },
  { local_tag: 'a\u0085b' },
  { local_tag: 'x'.repeat(2000) },
  { local_tag: 'Ж ?#%2F&"' },
]

beforeAll(async () => {
  await migrate()
  await load('customers', ['{"id":1}', '{"id":2}'])
  await load('accounts', [
    JSON.stringify({ id: 11, uuid: uuidOf(11), customer_id: 1 }),
    JSON.stringify({ id: 12, uuid: uuidOf(12), customer_id: 1 }),
    JSON.stringify({ id: 21, uuid: uuidOf(21), customer_id: 2 }),
  ])
  await load('api-accesses', [
    `{"id":${LISTENS},"customer_id":1,"allow_listen_recording":true}`,
    `{"id":${MAY_NOT_LISTEN},"customer_id":1,"allow_listen_recording":false}`,
    `{"id":${LISTENS_TO_ONE_ACCOUNT},"customer_id":1,"account_ids":[12],"allow_listen_recording":true}`,
    `{"id":${OTHER_CUSTOMER},"customer_id":2,"allow_listen_recording":true}`,
  ])
  const call = {
    customer_id: 1,
    customer_acc_id: 11,
    vendor_id: 2,
    vendor_acc_id: 21,
    is_last_cdr: true,
    time_start: '2020-01-01T00:00:00Z',
    audio_recorded: true,
    local_tag: 'call',
    duration: 60,
  }
  await load(
    'cdrs',
    CALLS.map((difference, at) => JSON.stringify({ id: at + 1, ...call, ...difference })),
  )
  await load(
    'cdr-exports',
    EXPORTS.map((status, at) => JSON.stringify({ id: at + 1, uuid: uuidOf(at + 1), customer_account_id: 11, filters: {}, status })),
  )
  await env.FILES.put(`exports/${UUID}.csv.gz`, FILE, { sha256: await sha256(FILE) })
  await env.FILES.put(`exports/${uuidOf(6)}.csv.gz`, '', { customMetadata: { sha256: hex(await sha256(new Uint8Array())) } })
  await env.FILES.put(`exports/${uuidOf(7)}.csv.gz`, FILE)
  await env.DB.prepare('UPDATE cdr_exports SET digest = ? WHERE uuid = ?')
    .bind(base64(await sha256(FILE)), uuidOf(7))
    .run()
  await env.FILES.put(`exports/${uuidOf(8)}.csv.gz`, FILE)
  await env.FILES.put('record/call.mp3', FILE)
  await env.FILES.put('record/call.wav', 'wav')
  await env.FILES.put('record/Ж ?#%2F&".mp3', 'odd')
  // What a tag that leaves its folder might mean.
  for (const key of [
    'exports/secret.mp3',
    'record/../exports/secret.mp3',
    'record/a/b.mp3',
    'record//call.mp3',
    'record/a\\b.mp3',
    'record/...mp3',
  ]) {
    await env.FILES.put(key, 'secret')
  }
})

describe('a file', () => {
  test('of an export is sent whole', async () => {
    const response = await get(DOWNLOAD)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/gzip',
      'content-disposition': `attachment; filename="${UUID}.csv.gz"`,
      'content-length': String(SIZE),
      'accept-ranges': 'bytes',
      'cache-control': 'no-cache',
      'x-frame-options': 'SAMEORIGIN',
      'x-content-type-options': 'nosniff',
      'repr-digest': `sha-256=:${base64(await sha256(FILE))}:`,
    })
    expect(response.headers.get('etag')).toMatch(/^"[\da-f]+"$/)
    expect(headersOf(response, 'content-encoding', 'vary', 'last-modified', 'set-cookie')).toEqual([null, null, null, null])
    expect(await bytesOf(response)).toEqual(FILE)
  })

  test('of a call is sent whole, without a name', async () => {
    const response = await get(REC)
    expect(headersOf(response, 'content-type', 'content-length', 'cache-control', 'accept-ranges')).toEqual([
      'audio/mpeg',
      String(SIZE),
      'no-cache',
      'bytes',
    ])
    expect(headersOf(response, 'content-disposition', 'content-encoding', 'vary', 'repr-digest')).toEqual([null, null, null, null])
    expect(await bytesOf(response)).toEqual(FILE)
  })

  test.for([
    ['wav', 'audio/wav', 'wav'],
    ['mp3', 'audio/mpeg', undefined],
    ['', 'audio/mpeg', undefined],
  ] as const)('of a call is of the format that the operator has set: "%s"', async ([RECORDING_FORMAT, type, text]) => {
    const response = await get(REC, LISTENS, { RECORDING_FORMAT })
    expect(response.headers.get('content-type')).toBe(type)
    const bytes = await bytesOf(response)
    expect(bytes).toEqual(text === undefined ? FILE : new TextEncoder().encode(text))
  })

  test('of a call received is the same one, for every attempt', async () => {
    for (const id of [1, 10]) {
      const response = await get(`/incoming-cdrs/${id}/rec`, OTHER_CUSTOMER)
      expect([response.status, (await bytesOf(response)).length]).toEqual([200, SIZE])
    }
  })

  test.for([DOWNLOAD, REC])('answers HEAD as GET, without a body: %s', async (path) => {
    const authorization = await tokenOf(LISTENS)
    for (const range of ['', 'bytes=0-4', 'bytes=9999999-']) {
      const response = await send(ROOT + path, { method: 'HEAD', headers: { authorization, ...(range ? { range } : {}) } })
      const whole = await get(path)
      const named = ['content-type', 'content-length', 'content-disposition', 'etag', 'accept-ranges', 'cache-control', 'repr-digest']
      expect(response.status).toBe(200)
      expect(headersOf(response, ...named)).toEqual(headersOf(whole, ...named))
      expect(await response.text()).toBe('')
      await whole.arrayBuffer()
    }
  })

  test.for(['application/json', 'text/html', '*/*', 'audio/ogg'])('is sent whatever the Accept: %s', async (accept) => {
    const response = await get(REC, LISTENS, {}, { accept })
    expect([response.status, (await bytesOf(response)).length]).toEqual([200, SIZE])
  })

  test.for([DOWNLOAD, REC])('is found by an upper-case uuid, a suffix, doubled slashes: %s', async (path) => {
    for (const variant of [path.replace('0a', '0A'), `${path}.gz`, `/${path.replace('/rec', '//rec/')}`]) {
      const response = await get(variant)
      expect([response.status, (await bytesOf(response)).length]).toEqual([200, SIZE])
    }
  })

  test.for<[where: string, number: number, bytes: Uint8Array | undefined]>([
    ['with the object', 1, FILE],
    ['beside it', 6, new Uint8Array()],
    ['in the row', 7, FILE],
    ['nowhere', 8, undefined],
  ])('has the digest that is stored %s', async ([, number, bytes]) => {
    const response = await get(`/cdr-exports/${uuidOf(number)}/download`)
    expect(response.headers.get('repr-digest')).toBe(bytes ? `sha-256=:${base64(await sha256(bytes))}:` : null)
    await response.arrayBuffer()
  })
})

describe('a part of a file', () => {
  test.for<[range: string, from: number, to: number]>([
    ['bytes=0-0', 0, 1],
    ['bytes=0-99', 0, 100],
    ['bytes=1000-1999', 1000, 2000],
    ['bytes=0-', 0, SIZE],
    [`bytes=${SIZE - 1}-`, SIZE - 1, SIZE],
    ['bytes=-1', SIZE - 1, SIZE],
    ['bytes=-500', SIZE - 500, SIZE],
    [`bytes=-${SIZE + 1}`, 0, SIZE],
    ['bytes=-99999999999999999999', 0, SIZE],
    [`bytes=299999-${SIZE}`, SIZE - 1, SIZE],
    ['bytes=299000-99999999999999999999', 299_000, SIZE],
  ])('%s', async ([range, from, to]) => {
    const whole = await get(DOWNLOAD)
    const response = await get(DOWNLOAD, LISTENS, {}, { range })
    expect(response.status).toBe(206)
    expect(headersOf(response, 'content-range', 'content-length')).toEqual([`bytes ${from}-${to - 1}/${SIZE}`, String(to - from)])
    const same = ['etag', 'content-type', 'repr-digest', 'accept-ranges', 'cache-control']
    expect(headersOf(response, ...same)).toEqual(headersOf(whole, ...same))
    expect(await bytesOf(response)).toEqual(FILE.slice(from, to))
    await whole.arrayBuffer()
  })

  test.for(['bytes=0-1,5-6', 'bytes=5-4', 'bytes=x', 'items=0-1', 'bytes'])('is not sent for %s: the whole is', async (range) => {
    const response = await get(DOWNLOAD, LISTENS, {}, { range })
    expect([response.status, response.headers.get('content-range')]).toEqual([200, null])
    expect((await bytesOf(response)).length).toBe(SIZE)
  })

  test.for<[path: string, range: string, size: number]>([
    [DOWNLOAD, `bytes=${SIZE}-`, SIZE],
    [DOWNLOAD, `bytes=${SIZE}-${SIZE + 5}`, SIZE],
    [DOWNLOAD, 'bytes=99999999999999999999-', SIZE],
    [DOWNLOAD, 'bytes=-0', SIZE],
    [REC, `bytes=${SIZE + 1}-`, SIZE],
    [`/cdr-exports/${uuidOf(6)}/download`, 'bytes=0-', 0],
    [`/cdr-exports/${uuidOf(6)}/download`, 'bytes=0-5', 0],
    [`/cdr-exports/${uuidOf(6)}/download`, 'bytes=-5', 0],
  ])('%s is refused %s', async ([path, range, size]) => {
    const response = await get(path, LISTENS, {}, { range })
    expect(response.status).toBe(416)
    expect(headersOf(response, 'content-range', 'content-type', 'cache-control')).toEqual([
      `bytes */${size}`,
      'application/vnd.api+json',
      'no-cache',
    ])
    expect(await errorsOf(response)).toEqual([['416', `The file has ${size} bytes; the range begins beyond them.`]])
  })

  test('resumes a download that was cut', async () => {
    const cut = await get(DOWNLOAD)
    const etag = cut.headers.get('etag')!
    const pieces: Uint8Array[] = []
    const reader = cut.body!.getReader()
    while (pieces.reduce((sum, piece) => sum + piece.length, 0) < 1000) pieces.push((await reader.read()).value as Uint8Array)
    await reader.cancel()
    const begun = new Uint8Array(await new Blob(pieces).slice(0, 1000).arrayBuffer())
    const rest = await get(DOWNLOAD, LISTENS, {}, { range: `bytes=${begun.length}-`, 'if-range': etag })
    expect(rest.status).toBe(206)
    const resumed = new Uint8Array(await new Blob([begun, await bytesOf(rest)]).arrayBuffer())
    expect(rest.headers.get('repr-digest')).toBe(`sha-256=:${base64(await sha256(resumed))}:`)
  })
})

describe('a condition on a file', () => {
  test.for<[headers: Record<string, string>, status: number, length: number]>([
    [{ 'if-none-match': 'ETAG' }, 304, 0],
    [{ 'if-none-match': '"x", W/ETAG' }, 304, 0],
    [{ 'if-none-match': '*' }, 304, 0],
    [{ 'if-none-match': '"x"' }, 200, SIZE],
    [{ 'if-none-match': 'ETAG', range: 'bytes=0-4' }, 304, 0],
    [{ 'if-none-match': 'ETAG', range: 'bytes=999999-' }, 304, 0],
    [{ 'if-match': 'ETAG' }, 200, SIZE],
    [{ range: 'bytes=0-4', 'if-range': 'ETAG' }, 206, 5],
    [{ range: 'bytes=0-4', 'if-range': 'W/ETAG' }, 200, SIZE],
    [{ range: 'bytes=0-4', 'if-range': '"x"' }, 200, SIZE],
    [{ range: 'bytes=999999-', 'if-range': '"x"' }, 200, SIZE],
    [{ range: 'bytes=0-4', 'if-range': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200, SIZE],
  ])('%o', async ([given, status, length]) => {
    const whole = await get(REC)
    await whole.arrayBuffer()
    const etag = whole.headers.get('etag')!
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.replace('ETAG', etag)]))
    const response = await get(REC, LISTENS, {}, headers)
    expect(response.status).toBe(status)
    expect(headersOf(response, 'etag', 'cache-control')).toEqual([etag, 'no-cache'])
    if (status === 304) expect(headersOf(response, 'content-type', 'content-length')).toEqual([null, null])
    expect((await bytesOf(response)).length).toBe(length)
  })

  test('that does not hold is told as a document', async () => {
    const response = await get(REC, LISTENS, {}, { 'if-match': '"x"' })
    expect(response.status).toBe(412)
    expect(await errorsOf(response)).toEqual([['412', 'The file is not the one that If-Match names.']])
  })
})

describe('there is no file', () => {
  test.for<[why: string, path: string, access: number]>([
    ['of a pending export', `/cdr-exports/${uuidOf(2)}/download`, LISTENS],
    ['of a failed export', `/cdr-exports/${uuidOf(3)}/download`, LISTENS],
    ['of a deleted export', `/cdr-exports/${uuidOf(4)}/download`, LISTENS],
    ['where the object is missing', `/cdr-exports/${uuidOf(5)}/download`, LISTENS],
    ['for an access that may not listen', REC, MAY_NOT_LISTEN],
    ['of a call that was not recorded', '/cdrs/2/rec', LISTENS],
    ['of a call of which that is unknown', '/cdrs/3/rec', LISTENS],
    ['without a tag', '/cdrs/4/rec', LISTENS],
    ['with an empty tag', '/cdrs/5/rec', LISTENS],
    ['with a blank tag', '/cdrs/6/rec', LISTENS],
    ['of a call that took no time', '/cdrs/7/rec', LISTENS],
    ['of a call of unknown duration', '/cdrs/8/rec', LISTENS],
    ['where the recording is missing', '/cdrs/9/rec', LISTENS],
    ['of a call received that was not recorded', '/incoming-cdrs/2/rec', OTHER_CUSTOMER],
    ...[11, 12, 13, 14, 15, 16, 17, 18, 19].map(
      (id) => [`for the tag ${JSON.stringify(CALLS[id - 1]).slice(0, 50)}`, `/cdrs/${id}/rec`, LISTENS] as [string, string, number],
    ),
  ])('%s', async ([, path, access]) => {
    for (const headers of [{}, { range: 'bytes=0-4' }, { 'if-none-match': '*' }]) {
      const response = await get(path, access, {}, headers)
      expect(response.status).toBe(404)
      expect(headersOf(response, 'content-type', 'content-length', 'cache-control', 'vary', 'etag', 'x-frame-options')).toEqual([
        'application/vnd.api+json',
        '0',
        'no-cache',
        null,
        null,
        'SAMEORIGIN',
      ])
      expect(await response.text()).toBe('')
    }
  })

  test.for([
    ['*/*', 'text/html'],
    ['', 'text/html'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['application/json', 'application/json'],
    ['application/vnd.api+json;q=0.9, text/html', 'application/vnd.api+json'],
  ])('and an Accept of "%s" gets %s', async ([accept, type]) => {
    const response = await get('/cdrs/2/rec', LISTENS, {}, { accept: accept! })
    expect([response.status, response.headers.get('content-type')]).toEqual([404, type])
  })

  test('HEAD is told so too', async () => {
    const response = await send(`${ROOT}/cdrs/2/rec`, { method: 'HEAD', headers: { authorization: await tokenOf(LISTENS) } })
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html'])
  })
})

describe('a tag', () => {
  test('of any other characters names its own recording', async () => {
    expect(await bytesOf(await get('/cdrs/20/rec'))).toEqual(new TextEncoder().encode('odd'))
  })

  test.for<[tag: string, key: string | undefined]>([
    ['8-4F0C2A-5F3', 'record/8-4F0C2A-5F3.mp3'],
    ['...', 'record/....mp3'],
    ['a..b', 'record/a..b.mp3'],
    ['.', undefined],
    ['..', undefined],
    ['../x', undefined],
    ['..\\x', undefined],
    ['x/', undefined],
    ['x\0', undefined],
    ['x\u009f', undefined],
    ['ж'.repeat(506), `record/${'ж'.repeat(506)}.mp3`],
    ['ж'.repeat(507), undefined],
  ])('%j', ([tag, key]) => {
    expect(recordingKey(tag, 'mp3')).toBe(key)
  })
})

describe('a refusal', () => {
  test.for<[why: string, path: string, access: number, status: number, error: [code: string, detail: string]]>([
    ['of a token comes first', '/cdrs/abc/rec', GONE, 401, ['401', 'Authorization token expired or incorrect.']],
    ['of a token comes first', DOWNLOAD, GONE, 401, ['401', 'Authorization token expired or incorrect.']],
    ['names what is no id', '/cdrs/abc/rec', MAY_NOT_LISTEN, 400, ['103', 'abc is not a valid value for id.']],
    ['names what is no id', '/incoming-cdrs/1_/rec', LISTENS, 400, ['103', '1_ is not a valid value for id.']],
    ['shows the id as it was read', '/cdrs/0x999/rec', LISTENS, 404, ['404', 'The record identified by 2457 could not be found.']],
    ['comes before the right to listen', '/cdrs/999/rec', MAY_NOT_LISTEN, 404, ['404', 'The record identified by 999 could not be found.']],
    ["hides another customer's call", REC, OTHER_CUSTOMER, 404, ['404', 'The record identified by 1 could not be found.']],
    ["hides another account's call", REC, LISTENS_TO_ONE_ACCOUNT, 404, ['404', 'The record identified by 1 could not be found.']],
    ['hides an attempt that was not the last', '/cdrs/10/rec', LISTENS, 404, ['404', 'The record identified by 10 could not be found.']],
    ["hides another vendor's call", '/incoming-cdrs/1/rec', LISTENS, 404, ['404', 'The record identified by 1 could not be found.']],
    ["hides another customer's export", DOWNLOAD, OTHER_CUSTOMER, 404, ['404', `The record identified by ${UUID} could not be found.`]],
    [
      "hides another account's export",
      DOWNLOAD,
      LISTENS_TO_ONE_ACCOUNT,
      404,
      ['404', `The record identified by ${UUID} could not be found.`],
    ],
    [
      'shows a uuid as typed',
      `/cdr-exports/${UUID.replace('0a', '0B')}/download`,
      LISTENS,
      404,
      ['404', `The record identified by ${UUID.replace('0a', '0B')} could not be found.`],
    ],
    ['says that a path is none', '/cdr-exports/abc/download', LISTENS, 404, ['404', 'There is nothing at this path.']],
    ['says that a query cannot be read', `${REC}?a=%zz`, LISTENS, 400, ['400', 'The query is not valid percent-encoded UTF-8.']],
  ])('%s: %s', async ([, path, access, status, error]) => {
    const response = await get(path, access)
    expect(response.status).toBe(status)
    expect(headersOf(response, 'content-type', 'cache-control')).toEqual(['application/vnd.api+json', 'no-cache'])
    expect(await errorsOf(response)).toEqual([error])
  })

  test.for([DOWNLOAD, REC, '/incoming-cdrs/1/rec'])('of other methods says which there are: %s', async (path) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const response = await send(ROOT + path, { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    }
  })

  test('of an unreadable Accept holds here too', async () => {
    expect((await get(REC, LISTENS, {}, { accept: 'foo' })).status).toBe(406)
  })
})

describe('a session in a cookie', () => {
  test.for<[what: string, path: string, headers: Record<string, string>, renewed: boolean]>([
    ['is renewed with a file', REC, {}, true],
    ['is renewed with a part of it', REC, { range: 'bytes=0-4' }, true],
    ['is renewed where there is no file', '/cdrs/2/rec', {}, true],
    ['is renewed where there is no file', `/cdr-exports/${uuidOf(2)}/download`, {}, true],
    ['is not renewed by a lookup that fails', '/cdrs/999/rec', {}, false],
    ['is not renewed by a lookup that fails', '/cdrs/abc/rec', {}, false],
  ])('%s: %s', async ([, path, headers, renewed]) => {
    const response = await send(ROOT + path, { headers: { cookie: `_yeti_customer_v1_session=${await tokenOf(LISTENS)}`, ...headers } })
    expect(response.headers.has('set-cookie')).toBe(renewed)
    await response.arrayBuffer()
  })
})

describe('what a file costs', () => {
  test.for<[path: string, method: string, headers: Record<string, string>, operations: string[]]>([
    [DOWNLOAD, 'GET', {}, ['get']],
    [REC, 'GET', {}, ['get']],
    [REC, 'GET', { range: 'bytes=5-' }, ['get']],
    [REC, 'GET', { 'if-none-match': '*' }, ['get']],
    [REC, 'HEAD', {}, ['head']],
    [REC, 'GET', { range: 'bytes=5-', 'if-range': '"x"' }, ['get', 'get']],
    [REC, 'GET', { range: `bytes=${SIZE + 5}-` }, ['get', 'head']],
    ['/cdrs/2/rec', 'GET', {}, []],
    ['/cdrs/11/rec', 'GET', {}, []],
    ['/cdrs/999/rec', 'GET', {}, []],
    ['/cdrs/abc/rec', 'GET', {}, []],
    [`/cdr-exports/${uuidOf(2)}/download`, 'GET', {}, []],
  ])('%s %s %o', async ([path, method, headers, operations]) => {
    const { d1, trips } = recorded(env.DB)
    const watched = watchedBucket(env.FILES)
    const init = { method, headers: { authorization: await tokenOf(LISTENS), ...headers } }
    const response = await send(ROOT + path, init, { DB: d1, FILES: watched.bucket, SERVER_TIMING: '' })
    expect(trips).toHaveLength(1)
    expect(watched.operations).toEqual(operations)
    await response.arrayBuffer()
  })

  test.for([
    [REC, 2],
    [DOWNLOAD, 3],
  ] as const)('%s reads %i rows', async ([path, read]) => {
    const response = await get(path)
    expect(costOf(response)).toEqual({ trips: 1, read, written: 0 })
    await response.arrayBuffer()
  })
})

describe('a failure', () => {
  const answerOf = async (path: string, variables: Partial<Env>, headers: Record<string, string> = {}) => {
    const response = await get(path, LISTENS, variables, headers)
    return { response, lines: takeLog() }
  }

  test.for<[path: string, headers: Record<string, string>, at: ('get' | 'head')[]]>([
    [DOWNLOAD, {}, ['get', 'head']],
    [REC, {}, ['get', 'head']],
    [REC, { range: 'bytes=0-4' }, ['get', 'head']],
    [REC, { range: 'bytes=0-4' }, ['get']],
    [REC, { range: 'bytes=999999-' }, ['head']],
  ])('of R2 is told as ours: %s %o %j', async ([path, headers, at]) => {
    const { response, lines } = await answerOf(path, { FILES: failingBucket(env.FILES, at) }, headers)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await errorsOf(response)).toEqual([['503', 'The file storage did not answer. Nothing was changed; try again.']])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('10001')
  })

  test.for([DOWNLOAD, REC])('of D1 is told as ours: %s', async (path) => {
    const { response } = await answerOf(path, { DB: failing(env.DB) })
    expect(response.status).toBe(503)
    expect(await errorsOf(response)).toEqual([['503', 'The database did not answer. Nothing was changed; try again.']])
  })
})
