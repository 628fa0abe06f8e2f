import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createClient, FailureError, unwrap, type Client, type ClientOptions, type Export, type ListQuery } from '../../src/client/index.ts'
import { toSearch } from '../../src/client/query.ts'
import app from '../../src/index.ts'
import { load, migrate, tokenOf } from '../support/api.ts'
import { failing } from '../support/d1.ts'
import { takeLog } from '../support/log.ts'

const ACCOUNT = '00000000-0000-1000-8000-000000000011'
const SINCE = { time_start_gteq: new Date('2026-01-01') }
const CALLS = 120

let sent: Request[] = []
beforeEach(() => {
  sent = []
})

/** A client of the app, without a network between them. */
const clientOf = (options: Partial<ClientOptions>, variables: Partial<Env> = {}) =>
  createClient({
    url: 'http://example.org/',
    fetch: (request) => {
      sent.push(request.clone())
      return Promise.resolve(app.request(request, undefined, { ...env, ...variables }))
    },
    ...options,
  })

/** A value where the types allow none such. */
const wrong = (value: unknown) => value as never

const signedIn = async () => clientOf({ token: await tokenOf(1) })

beforeAll(async () => {
  await migrate()
  await load('customers', ['{"id":1,"name":"One"}'])
  await load('profiles', ['{"id":1,"name":"All"}'])
  await load('api-accesses', ['{"id":1,"customer_id":1,"login":"one","password":"secret","allow_listen_recording":true}'])
  await load('accounts', [`{"id":11,"uuid":"${ACCOUNT}","customer_id":1,"name":"Eleven","balance":"1.50"}`])
  const calls = Array.from({ length: CALLS }, (_, at) => ({
    id: at + 1,
    customer_id: 1,
    customer_acc_id: 11,
    is_last_cdr: true,
    time_start: new Date(Date.UTC(2026, 0, 1, 0, at)).toISOString(),
    duration: at,
    success: at % 2 === 0,
    src_name_in: at === 7 ? 'Smith, "Bob"' : `Caller ${at}`,
    local_tag: `tag-${at}`,
    audio_recorded: true,
  }))
  await load(
    'cdrs',
    calls.map((call) => JSON.stringify(call)),
  )
  await env.FILES.put('record/tag-5.mp3', 'sound')
})

describe('a client reads', () => {
  test('a page of what a filter leaves', async () => {
    const { cdrs } = await signedIn()
    const page = unwrap(
      await cdrs.list({ filter: { ...SINCE, duration_gteq: 100, success_eq: true }, sort: ['duration'], page: { size: 3 } }),
    )
    expect(page.data.map(({ attributes }) => attributes.duration)).toEqual([100, 102, 104])
    expect(page.meta['total-count']).toBe(10)
  })
  test('a value with commas and quotes as one value', async () => {
    const { cdrs } = await signedIn()
    const page = unwrap(await cdrs.list({ filter: { ...SINCE, src_name_in_in: ['Smith, "Bob"', 'Caller 9'] }, sort: ['id'] }))
    expect(page.data.map(({ id }) => id)).toEqual(['8', '10'])
  })
  test('nothing where an empty list is to hold one of its values', async () => {
    const { cdrs } = await signedIn()
    expect(unwrap(await cdrs.list({ filter: { ...SINCE, duration_in: [] } })).data).toEqual([])
    expect(unwrap(await cdrs.list({ filter: { ...SINCE, duration_not_in: [] } })).meta['total-count']).toBe(CALLS)
  })
  test('only the fields that are named, with what is included', async () => {
    const { cdrs } = await signedIn()
    const shown = unwrap(await cdrs.show('8', { fields: { cdrs: ['duration', 'account'], accounts: ['balance'] }, include: ['account'] }))
    expect(shown.data.attributes).toEqual({ duration: 7 })
    expect(shown.data.relationships.account.data).toEqual({ type: 'accounts', id: ACCOUNT })
    expect(shown.included?.[0]?.attributes).toEqual({ balance: '1.5' })
  })
  test('all objects of all pages, each once', async () => {
    const { cdrs } = await signedIn()
    const ids: string[] = []
    for await (const { id } of cdrs.all({ filter: SINCE, page: { size: 50 } })) ids.push(id)
    expect(new Set(ids).size).toBe(CALLS)
    expect(ids).toHaveLength(CALLS)
    expect(sent).toHaveLength(3)
  })
  test('accounts, the profile, the session', async () => {
    const { accounts, profile, session, incomingCdrs } = await signedIn()
    expect(unwrap(await accounts.show(ACCOUNT)).data.attributes.name).toBe('Eleven')
    expect(unwrap(await profile()).data.attributes['outgoing-cdrs']).toBe(true)
    expect(unwrap(await session())).toEqual({ 'allow-rec': true })
    expect(unwrap(await incomingCdrs.list()).data).toEqual([])
  })
  test('a recording', async () => {
    const { cdrs } = await signedIn()
    const { body, contentType, sizeBytes } = unwrap(await cdrs.recording('6'))
    expect([await new Response(body).text(), contentType, sizeBytes]).toEqual(['sound', 'audio/mpeg', 5])
  })
  test('what is known of a recording, and where it is', async () => {
    const { cdrs } = await signedIn()
    expect(unwrap(await cdrs.recordingInfo('6'))).toEqual({ name: null, contentType: 'audio/mpeg', sizeBytes: 5 })
    expect(sent.map(({ method, url }) => [method, url])).toEqual([['HEAD', cdrs.recordingUrl('6')]])
    expect(() => cdrs.recordingUrl('..')).toThrow('".." is no id.')
  })
})

describe('pages have each object once', () => {
  const OWN = { ...SINCE, from_domain_eq: 'pages' }
  let arrived = 0

  /** Calls in the middle of the others' ids and times, or before them, or after. */
  const arrive = async (count: number, at: 'first' | 'last' | 'between' = 'between') => {
    const place = { first: -1, last: 30, between: 5.5 }[at]
    const calls = Array.from({ length: count }, () => {
      const id = Math.round(2000 + place * 1000 + ++arrived)
      return { id, customer_id: 1, customer_acc_id: 11, is_last_cdr: true, from_domain: 'pages', duration: 1, time_start: timeOf(place) }
    })
    await load(
      'cdrs',
      calls.map((call) => JSON.stringify(call)),
    )
  }
  const timeOf = (place: number) => new Date(Date.UTC(2026, 2, 1) + place * 60_000 + arrived).toISOString()
  const remove = (...ids: number[]) => env.DB.prepare(`DELETE FROM cdrs WHERE id IN (${ids.join()})`).run()

  const clear = () => env.DB.prepare("DELETE FROM cdrs WHERE from_domain = 'pages'").run()
  afterAll(clear)
  beforeEach(async () => {
    await clear()
    const calls = Array.from({ length: 12 }, (_, at) => ({
      id: 2000 + at * 1000,
      customer_id: 1,
      customer_acc_id: 11,
      is_last_cdr: true,
      from_domain: 'pages',
      duration: at < 6 ? at % 3 : null,
      src_name_in: at % 2 ? 'a' : 'b',
      time_start: timeOf(at),
    }))
    await load(
      'cdrs',
      calls.map((call) => JSON.stringify(call)),
    )
  })

  const before = Array.from({ length: 12 }, (_, at) => 2000 + at * 1000)
  const walk = async (query: Parameters<ReturnType<typeof createClient>['cdrs']['pages']>[0], meanwhile: (page: number) => unknown) => {
    const { cdrs } = await signedIn()
    const ids: number[] = []
    let page = 0
    for await (const result of cdrs.pages({ ...query, filter: OWN, page: { size: 3, ...query?.page } })) {
      ids.push(...unwrap(result).data.map(({ id }) => Number(id)))
      await meanwhile(++page)
    }
    expect(ids, 'an object came twice').toHaveLength(new Set(ids).size)
    return ids
  }

  test.for<[sort: ListQuery<'cdrs'>['sort']]>([
    [undefined],
    [['id']],
    [['-id']],
    [['time-start']],
    [['-duration']],
    [['src-name-in', 'duration']],
  ])('while others come in, sorted by %j', async ([sort]) => {
    for (const place of ['first', 'last', 'between'] as const) {
      const ids = await walk(sort ? { sort } : {}, (page) => (page <= 3 ? arrive(page === 1 ? 6 : 1, place) : undefined))
      expect(ids).toEqual(expect.arrayContaining(before))
    }
  })
  test.for<[what: string, sort: ListQuery<'cdrs'>['sort'], gone: number[][]]>([
    ['one of each page', ['id'], [[2000], [5000], [8000]]],
    ['a whole page', ['id'], [[2000, 3000, 4000]]],
    [
      'all that came',
      ['id'],
      [
        [2000, 3000, 4000],
        [5000, 6000, 7000],
      ],
    ],
    ['one before the last page', ['id'], [[], [], [2000]]],
    ['the oldest, as they expire', undefined, [[2000], [3000], [4000]]],
    ['of those to come', ['-id'], [[2000, 3000]]],
  ])('while some go: %s', async ([, sort, gone]) => {
    const ids = await walk(sort ? { sort } : {}, (page) => gone[page - 1]?.length && remove(...gone[page - 1]!))
    expect(ids).toEqual(expect.arrayContaining(before.filter((id) => !gone.flat().includes(id))))
  })
  test('while some come and others go', async () => {
    const ids = await walk({}, async (page) => {
      if (page < 4) await Promise.all([arrive(2, 'last'), remove(1000 * page + 1000)])
    })
    expect(ids).toEqual(expect.arrayContaining(before.slice(3)))
  })
  test('from the page that is asked for', async () => {
    expect(await walk({ sort: ['id'], page: { number: 2 } }, () => undefined)).toEqual(before.slice(3))
  })
  test('with a request for each page while nothing changes', async () => {
    await walk({}, () => undefined)
    expect(sent).toHaveLength(4)
  })
})

describe('a client signs in', () => {
  test('once for requests that are sent together', async () => {
    const { accounts, cdrs } = clientOf({ login: 'one', password: 'secret' })
    const results = await Promise.all([accounts.list(), cdrs.list(), accounts.list()])
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true])
    expect(sent.filter(({ url }) => url.endsWith('/auth'))).toHaveLength(1)
  })
  test('again when its token has expired', async () => {
    const { accounts } = clientOf({ login: 'one', password: 'secret', token: 'expired' })
    expect((await accounts.list()).ok).toBe(true)
    expect(sent.map(({ method, url }) => `${method} ${new URL(url).pathname.split('/').at(-1)}`)).toEqual([
      'GET accounts',
      'POST auth',
      'GET accounts',
    ])
  })
  test('in vain, which it tells, and tries anew with the next request', async () => {
    const { accounts } = clientOf({ login: 'one', password: 'wrong' })
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unauthorized', errors: [{ code: '401' }] } })
    }
    expect(sent).toHaveLength(2)
    expect(takeLog().map((line) => JSON.parse(line) as object)).toMatchObject(
      [1, 2].map(() => ({ refused: 'password wrong', accessId: '1' })),
    )
  })
})

describe('a session of a browser', () => {
  /** As a browser does: it keeps the cookie of each answer and sends it along. */
  const inBrowser = (options: Partial<ClientOptions> = {}) => {
    const browser = { cookie: '' }
    const transmit = async (request: Request) => {
      sent.push(request.clone())
      request.headers.set('cookie', browser.cookie)
      const response = await app.request(request, undefined, env)
      browser.cookie = response.headers.get('set-cookie')?.split(';')[0] ?? browser.cookie
      return response
    }
    return { browser, client: clientOf({ fetch: transmit, ...options }) }
  }
  const paths = () => sent.map(({ method, url }) => `${method} ${new URL(url).pathname.split('/').at(-1)}`)

  test('begins with login and password, is carried by a cookie alone, ends', async () => {
    const { client } = inBrowser()
    expect(await client.signIn('one', 'secret')).toEqual({ ok: true, value: undefined })
    expect((await client.accounts.list()).ok).toBe(true)
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([null, null])
    expect(await client.signOut()).toEqual({ ok: true, value: undefined })
    expect(await client.accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } })
  })
  test('is begun anew once for requests that find it ended together', async () => {
    let asked = 0
    const { client } = inBrowser({
      onSessionEnd: async () => {
        asked += 1
        unwrap(await client.signIn('one', 'secret'))
      },
    })
    const results = await Promise.all([client.accounts.list(), client.profile()])
    expect(results.map(({ ok }) => ok)).toEqual([true, true])
    expect(asked).toBe(1)
    expect(paths()).toEqual(['GET accounts', 'GET profiles', 'POST auth', 'GET accounts', 'GET profiles'])
  })
  test('is told as ended when it is not begun anew, and asked for again with the next request', async () => {
    let asked = 0
    const { client } = inBrowser({ onSessionEnd: () => Promise.reject(new Error(String(++asked))) })
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await client.accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } })
    }
    expect([asked, sent.length]).toEqual([2, 2])
  })
  test('is not begun anew by a login that is wrong', async () => {
    const { client } = inBrowser({ onSessionEnd: () => Promise.reject(new Error('asked')) })
    expect(await client.signIn('one', 'wrong')).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } })
    expect(paths()).toEqual(['POST auth'])
    expect(takeLog()).toHaveLength(1)
  })
})

describe('a request is repeated', () => {
  /** An API that asks to wait before it answers. */
  const busy = (times: number, headers: Record<string, string>, status = 429) =>
    clientOf({
      token: 'x',
      patienceSeconds: 1,
      fetch: (request) => {
        sent.push(request)
        const answer = { data: [], meta: { 'total-count': 0 }, links: {} }
        return Promise.resolve(sent.length > times ? Response.json(answer) : new Response('', { status, headers }))
      },
    })

  test.for<[what: string, times: number, headers: Record<string, string>, status: number, requests: number, ok: boolean]>([
    ['as the API asks', 2, { 'retry-after': '0' }, 429, 3, true],
    ['twice at most', 3, { 'retry-after': '0' }, 429, 3, false],
    ['after a second', 1, { 'retry-after': '1' }, 429, 2, true],
    ['not where that takes longer', 1, { 'retry-after': '2' }, 429, 1, false],
    ['not where the API does not say when', 1, {}, 429, 1, false],
    ['not where something does not work', 1, { 'retry-after': '0' }, 503, 1, false],
  ])('%s', async ([, times, headers, status, requests, ok]) => {
    expect((await busy(times, headers, status).accounts.list()).ok).toBe(ok)
    expect(sent).toHaveLength(requests)
  })
  test('not after its signal was aborted', async () => {
    const controller = new AbortController()
    const begun = Date.now()
    const waiting = busy(2, { 'retry-after': '1' }).accounts.list({}, { signal: controller.signal })
    controller.abort()
    expect(await waiting).toEqual({ ok: false, failure: { kind: 'aborted' } })
    expect([sent.length, Date.now() - begun < 900]).toEqual([1, true])
  })
})

test('a client reads nothing older than it has read', async () => {
  const bookmarks = ['one', 'two', null, 'three']
  const { session } = clientOf({
    token: 'x',
    fetch: (request) => {
      const bookmark = bookmarks[sent.length]
      sent.push(request)
      return Promise.resolve(Response.json({}, { headers: bookmark ? { 'x-d1-bookmark': bookmark } : {} }))
    },
  })
  for (const _ of bookmarks) await session()
  expect(sent.map(({ headers }) => headers.get('x-d1-bookmark'))).toEqual([null, 'one', 'two', 'two'])
})

describe('a failure is a value', () => {
  test('of a request that is refused', async () => {
    const { cdrs } = await signedIn()
    expect(await cdrs.list({ filter: { duration_eq: 'abc' } })).toMatchObject({
      ok: false,
      failure: { kind: 'refused', status: 400, errors: [{ code: '107', detail: 'abc is not a valid value for duration_eq.' }] },
    })
  })
  test('of an object that is not there', async () => {
    const { cdrs } = await signedIn()
    expect(await cdrs.show('5000')).toMatchObject({ ok: false, failure: { kind: 'not found', errors: [{ code: '404' }] } })
    expect(await cdrs.recording('9')).toMatchObject({ ok: false, failure: { kind: 'not found', errors: [] } })
    expect(await cdrs.recordingInfo('9')).toMatchObject({ ok: false, failure: { kind: 'not found', errors: [] } })
  })
  test('of a token that expired', async () => {
    expect(await clientOf({ token: 'expired' }).accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } })
  })
  test('of a service that does not answer', async () => {
    const { accounts } = clientOf({ token: await tokenOf(1) }, { DB: failing(env.DB) })
    expect(await accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unavailable', status: 503, retryAfterSeconds: 5 } })
    expect(takeLog()).toHaveLength(1)
  })
  test.for<[what: string, list: (client: Client) => Promise<unknown>, detail: string]>([
    [
      'an invalid date',
      ({ cdrs }) => cdrs.list({ filter: { time_start_gteq: new Date('nonsense') } }),
      'time_start_gteq cannot be an invalid date.',
    ],
    [
      'an invalid date in a list',
      ({ cdrs }) => cdrs.list({ filter: { time_start_in: [new Date(0), new Date(NaN)] } }),
      'time_start_in cannot be an invalid date.',
    ],
    ['NaN', ({ cdrs }) => cdrs.list({ filter: { customer_price_gt: NaN } }), 'customer_price_gt cannot be NaN.'],
    ['Infinity', ({ cdrs }) => cdrs.list({ filter: { duration_lt: -Infinity } }), 'duration_lt cannot be -Infinity.'],
    ['null', ({ cdrs }) => cdrs.list({ filter: { src_name_in_eq: wrong(null) } }), 'src_name_in_eq cannot be null.'],
    [
      'undefined in a list',
      ({ cdrs }) => cdrs.list({ filter: { duration_in: [1, wrong(undefined)] } }),
      'duration_in cannot be of type undefined.',
    ],
    [
      'a list in a list',
      ({ cdrs }) => cdrs.list({ filter: { src_name_in_in: [wrong(['a'])] } }),
      'src_name_in_in cannot be of type object.',
    ],
    ['an object', ({ cdrs }) => cdrs.list({ filter: { src_name_in_eq: wrong({}) } }), 'src_name_in_eq cannot be of type object.'],
    ['a symbol', ({ cdrs }) => cdrs.list({ filter: { src_name_in_eq: wrong(Symbol('a')) } }), 'src_name_in_eq cannot be of type symbol.'],
    ['a query that is null', ({ cdrs }) => cdrs.list(wrong(null)), ''],
    ['a sort that is a text', ({ cdrs }) => cdrs.list({ sort: wrong('id') }), ''],
    ['fields that are a text', ({ cdrs }) => cdrs.show('1', { fields: { cdrs: wrong('id') } }), ''],
    ['a page number that is none', async ({ cdrs }) => (await cdrs.pages({ page: { number: NaN } }).next()).value, ''],
    ['half a character', ({ cdrs }) => cdrs.show('\ud800'), ''],
    ['an id that is empty', ({ cdrs }) => cdrs.show(''), '"" is no id.'],
    ['an id that leads up', ({ cdrs }) => cdrs.recording('..'), '".." is no id.'],
    ['an id that is none', ({ exports }) => exports.download(wrong(undefined)), 'undefined is no id.'],
    ['an id to wait for that is none', ({ exports }) => exports.wait(wrong(5)), 'number is no id.'],
    ['an order that is none', ({ exports }) => exports.create(wrong(undefined)), ''],
    ['an order with a bigint', ({ exports }) => exports.create({ account: wrong(1n), filters: wrong({}) }), ''],
  ])('of an argument that is %s', async ([, ask, detail]) => {
    const answer = await ask(await signedIn())
    expect(answer).toMatchObject({
      ok: false,
      failure: { kind: 'refused', status: 400, errors: [{ detail: expect.stringContaining(detail) as string }] },
    })
  })
  test.for([
    ['a bigint', 100n, 1],
    ['undefined', undefined, CALLS - 20],
    ['a text', '100', 1],
  ] as const)('of none, for a filter that is %s', async ([, value, count]) => {
    const { cdrs } = await signedIn()
    expect(unwrap(await cdrs.list({ filter: { ...SINCE, duration_gteq: 20, duration_eq: value } })).meta['total-count']).toBe(count)
  })
  test('of a client that is made for no address', async () => {
    for (const options of [{ url: 'nowhere' }, { token: 'a\nb' }]) {
      expect(await clientOf(options).accounts.list()).toMatchObject({ ok: false, failure: { kind: 'refused' } })
    }
  })
  test.for<[what: string, ask: (client: Client, signal: AbortSignal) => Promise<unknown>]>([
    ['a page', ({ cdrs }, signal) => cdrs.list({}, { signal })],
    ['pages', async ({ cdrs }, signal) => (await cdrs.pages({}, { signal }).next()).value],
    ['an object', ({ cdrs }, signal) => cdrs.show('1', {}, { signal })],
    ['a recording', ({ cdrs }, signal) => cdrs.recording('6', { signal })],
    ['an order', ({ exports }, signal) => exports.order({ account: ACCOUNT, filters: wrong({}) }, { signal })],
  ])('of a signal that was aborted before %s came', async ([, ask]) => {
    const controller = new AbortController()
    const client = clientOf({
      token: 'x',
      fetch: ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted', { cause: signal.reason })))),
    })
    const answer = ask(client, controller.signal)
    controller.abort()
    expect(await answer).toEqual({ ok: false, failure: { kind: 'aborted' } })
  })
  test('of a network that is not there', async () => {
    const { accounts } = clientOf({ token: 'x', fetch: () => Promise.reject(new TypeError('offline')) })
    expect(await accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
  })
  test.for(['<html>', 'null', '{}', '[]', '{"data":{}}', '{"data":[]}'])('of something else that answers: %s', async (body) => {
    const { accounts } = clientOf({ token: 'x', fetch: () => Promise.resolve(new Response(body)) })
    expect(await accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
    expect((await accounts.pages().next()).value).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
  })
  test('that iteration throws, with what the API said', async () => {
    const { cdrs } = await signedIn()
    const first = cdrs.all({ filter: { duration_eq: 'abc' } }).next()
    await expect(first).rejects.toThrow(FailureError)
    await expect(cdrs.all({ filter: { duration_eq: 'abc' } }).next()).rejects.toThrow('abc is not a valid value for duration_eq.')
  })
})

describe('an export', () => {
  const order = {
    account: ACCOUNT,
    filters: { time_start_gteq: '2026-01-01T00:00:00Z', time_start_lt: '2026-01-02T00:00:00Z' },
    timeZoneName: 'Europe/Kyiv',
  }

  test('is ordered, waited for, downloaded', async () => {
    const { exports } = await signedIn()
    const seen: string[] = []
    const onProgress = ({ attributes: { status } }: Export) => void seen.push(status)
    const done = unwrap(await exports.create(order, { onProgress, pollMilliseconds: 50 }))
    expect([seen.at(0), seen.at(-1), done.attributes['rows-count']]).toEqual(['Pending', 'Completed', CALLS])
    const { name, body, sizeBytes } = unwrap(await exports.download(done.id))
    expect(unwrap(await exports.fileInfo(done.id))).toMatchObject({ name, sizeBytes })
    const text = await new Response(body.pipeThrough(new DecompressionStream('gzip'))).text()
    expect(name).toBe(`${done.id}.csv.gz`)
    expect(text.split('\n')[1]).toContain('"2026-01-01 03:59:00+02"')
  })
  test('is ordered, and not waited for', async () => {
    const { exports } = await signedIn()
    const { id, attributes } = unwrap(await exports.order({ ...order, timeFormat: 'round_to_seconds' }))
    expect([attributes.status, sent.length]).toEqual(['Pending', 1])
    expect(exports.fileUrl(id)).toBe(`http://example.org/api/rest/customer/v1/cdr-exports/${id}/download`)
    expect((await exports.wait(id, { pollMilliseconds: 50 })).ok).toBe(true)
  })
  test('that fails is a failure', async () => {
    const idle = { createBatch: () => Promise.resolve([]) } as unknown as Workflow
    const { exports } = clientOf({ token: await tokenOf(1) }, { EXPORTS: idle })
    const fail = ({ id }: Export) => void env.DB.prepare("UPDATE cdr_exports SET status = 'Failed' WHERE uuid = ?1").bind(id).run()
    expect(await exports.create(order, { onProgress: fail, pollMilliseconds: 20 })).toMatchObject({
      ok: false,
      failure: { kind: 'export failed', status: 'Failed' },
    })
  })
  test('that may not be made is refused', async () => {
    const { exports } = await signedIn()
    const refused = await exports.create({ ...order, timeZoneName: 'Europe/Nowhere' })
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'refused', status: 422, errors: [{ code: '100' }] } })
  })
  test('is no longer waited for when the signal is aborted', async () => {
    const { exports } = await signedIn()
    const controller = new AbortController()
    const waiting = exports.create(order, { signal: controller.signal, onProgress: () => controller.abort() })
    expect(await waiting).toEqual({ ok: false, failure: { kind: 'aborted' } })
  })
})

describe('a query is written', () => {
  test.for([
    [{}, ''],
    [{ filter: { a_eq: undefined } }, ''],
    [{ filter: { a_eq: 'x y', b_in: [1, 2] } }, 'filter[a_eq]=x y&filter[b_in]=1,2'],
    [{ filter: { a_gteq: new Date(0) } }, 'filter[a_gteq]=1970-01-01T00:00:00.000Z'],
    [{ filter: { a_eq: 'x"y' } }, 'filter[a_eq]="x""y"'],
    [{ sort: ['-a', 'b'], include: ['c'] }, 'sort=-a,b&include=c'],
    [{ fields: { a: [], b: ['c', 'd'] }, page: { number: 2 } }, 'fields[a]=,&fields[b]=c,d&page[number]=2'],
  ] as const)('%o', ([query, search], { expect }) => {
    expect([...new URLSearchParams(toSearch(query))].map(([name, value]) => `${name}=${value}`).join('&')).toBe(search)
  })
})
