import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createClient, FailureError, unwrap, type ClientOptions, type Export } from '../../src/client/index.ts'
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
  test('each object once while new ones come in', async () => {
    const { cdrs } = await signedIn()
    const ids: string[] = []
    for await (const page of cdrs.pages({ filter: SINCE, page: { size: 50 } })) {
      ids.push(...unwrap(page).data.map(({ id }) => id))
      if (sent.length === 1) {
        await load('cdrs', ['{"id":900,"customer_id":1,"is_last_cdr":true,"time_start":"2026-02-01T00:00:00Z"}'])
      }
    }
    expect(ids).toHaveLength(CALLS)
    expect(new Set(ids).size).toBe(CALLS)
    await env.DB.prepare('DELETE FROM cdrs WHERE id = 900').run()
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
    expect(takeLog().map((line) => JSON.parse(line) as object)).toMatchObject(Array(2).fill({ refused: 'password wrong', accessId: '1' }))
  })
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
  })
  test('of a token that expired', async () => {
    expect(await clientOf({ token: 'expired' }).accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } })
  })
  test('of a service that does not answer', async () => {
    const { accounts } = clientOf({ token: await tokenOf(1) }, { DB: failing(env.DB) })
    expect(await accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unavailable', status: 503, retryAfterSeconds: 5 } })
    expect(takeLog()).toHaveLength(1)
  })
  test('of a network that is not there', async () => {
    const { accounts } = clientOf({ token: 'x', fetch: () => Promise.reject(new TypeError('offline')) })
    expect(await accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
  })
  test('of something else that answers', async () => {
    const { accounts } = clientOf({ token: 'x', fetch: () => Promise.resolve(new Response('<html>')) })
    expect(await accounts.list()).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
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
    const { name, body } = unwrap(await exports.download(done.id))
    const text = await new Response(body.pipeThrough(new DecompressionStream('gzip'))).text()
    expect(name).toBe(`${done.id}.csv.gz`)
    expect(text.split('\n')[1]).toContain('"2026-01-01 03:59:00+02"')
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
