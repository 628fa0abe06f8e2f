// What Yeti's CDR processors send, as they send it: each event of a batch in turn, or the batch whole. At the first failure the worker ends, and
// is started again with the same batch from its first event.
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bodyOf, get, load, send } from '../support/api.ts'
import batchFile from './push/batch.json.gz?inline'
import batchWithIdFile from './push/batch-with-id.json.gz?inline'
import singleFile from './push/single.json.gz?inline'
import { counted, kept, totals } from './counted.ts'
import { withFaults, type Fault } from './faults.ts'
import { linesOf } from '../support/gzip.ts'
import { emptyTables, env, KEY, newDatabase, request, select } from './operator.ts'

beforeAll(newDatabase)
beforeEach(emptyTables)

type Cdr = Record<string, unknown> & { id: number }

const textOf = async (file: string) => (await linesOf(file)).join('\n')
const cdrsOf = async (file: string) => (JSON.parse(await textOf(file)) as { data: Cdr[] }).data

const outcomeOf = async (response: Response) => ({ status: response.status, ...(await response.json<object>()) })

describe('a body of Yeti is taken as it is', () => {
  const basic = { authorization: `Basic ${btoa(`yeti:${KEY}`)}` }
  test.for<[string, string, string, Record<string, string>, number]>([
    ['a single CDR', singleFile, 'POST', { 'content-type': 'application/json', accept: 'application/json' }, 1],
    ['a single CDR', singleFile, 'PUT', {}, 1],
    ['a single CDR', singleFile, 'PATCH', { 'content-type': 'application/octet-stream', 'x-yeti-cdr-event-id': '7' }, 1],
    ['a batch', batchFile, 'POST', { 'content-type': 'application/json' }, 24],
    ['a batch with its number', batchWithIdFile, 'POST', { 'content-type': 'application/octet-stream', 'x-yeti-cdr-batch-id': '4711' }, 50],
  ])('%s, %s %s', async ([, file, method, headers, stored]) => {
    const response = await request('cdrs', { method, headers: { ...basic, ...headers }, body: await textOf(file) })
    expect(await outcomeOf(response)).toMatchObject({ status: 200, stored, rejected: 0 })
    expect(await kept()).toEqual(await counted())
    const status = await (await request('status')).json<{ cdrs: number; last_batch: object }>()
    expect(status).toMatchObject({
      cdrs: stored,
      last_batch: { cdrs: stored, yeti_batch_id: headers['x-yeti-cdr-batch-id'] ? 4711 : null },
    })
  })

  test('every attribute of its CDRs reads back right', async () => {
    await load('customers', ['{"id":1}', '{"id":501}'])
    await load('api-accesses', ['{"id":1,"customer_id":1}', '{"id":501,"customer_id":501}'])
    const pushed = new Map((await cdrsOf(batchWithIdFile)).map((cdr) => [cdr.id, cdr]))
    await request('cdrs', { method: 'POST', body: await textOf(batchWithIdFile) })
    let compared = 0
    for (const [resource, access] of [
      ['cdrs', 1],
      ['cdrs', 501],
      ['incoming-cdrs', 1],
    ] as const) {
      const path = `/${resource}?page%5Bsize%5D=1000&filter%5Btime_start_gteq%5D=2000-01-01`
      const { data } = await bodyOf(await get(path, access))
      const [owner, last] = resource === 'cdrs' ? ['customer_id', true] : ['vendor_id', undefined]
      const own = [...pushed.values()].filter((cdr) => cdr[owner] === access && (last === undefined || cdr['is_last_cdr'] === last))
      expect(new Set(data.map(({ id }) => Number(id)))).toEqual(new Set(own.map(({ id }) => id)))
      for (const { id, attributes } of data) {
        const cdr = pushed.get(Number(id))!
        for (const [name, shown] of Object.entries(attributes)) {
          const key = name.replaceAll('-', '_')
          if (!(key in cdr)) continue
          expect([id, name, asPushed(cdr[key], shown)]).toEqual([id, name, cdr[key] === 'NaN' ? null : cdr[key]])
          compared++
        }
      }
    }
    expect(compared).toBeGreaterThan(1000)
  })

  /** A shown value in the form that Yeti pushes: decimals are numbers there, and times keep their microseconds. */
  function asPushed(pushed: unknown, shown: unknown): unknown {
    if (typeof pushed === 'number' && typeof shown === 'string') return Number(shown)
    const isTime = typeof pushed === 'string' && /^\d{4}-\d\d-\d\dT/.test(pushed)
    return isTime && Date.parse(String(shown)) === new Date(pushed).getTime() ? pushed : shown
  }
})

describe('a CDR that can never be stored', () => {
  const good = { id: 1, time_start: '2026-01-07T12:00:00+00:00', duration: 5 }
  const batch = { batch_id: 42, data: [{ ...good, id: null }, good, { id: 2, duration: 3 }, { ...good, id: 3, duration: 'long' }] }
  const push = (body: object = batch) => request('cdrs', { method: 'POST', body: JSON.stringify(body) })
  const list = async (query = '') =>
    (await request(`rejected-cdrs${query}`)).json<{
      rejected: { detail: string; row: string; rejected_at: string }[]
      next: string | null
    }>()

  test('holds nothing up, and is set aside with the reason', async () => {
    expect(await outcomeOf(await push())).toMatchObject({ status: 200, received: 4, stored: 1, rejected: 3 })
    const { rejected, next } = await list()
    expect(rejected.map(({ detail, row }) => [detail, (JSON.parse(row) as { id: number | null }).id])).toEqual([
      ['duration is not an integer from -2147483648 to 2147483647.', 3],
      ['time_start is missing, and there is no such row yet.', 2],
      ['id must not be null.', null],
    ])
    expect(Date.now() - Date.parse(rejected[0]!.rejected_at)).toBeLessThan(60_000)
    expect(next).toBeNull()
  })

  test('is set aside once, however often it comes', async () => {
    for (let turn = 0; turn < 3; turn++) await push()
    expect((await list()).rejected).toHaveLength(3)
    expect(await (await request('status')).json()).toMatchObject({ rejected_cdrs: 3 })
  })

  test('is shown without secrets, and not at any length', async () => {
    await push({ password: 'hidden"!', api_key: 5, nested: { client_secret: 'hidden' }, name: 'x'.repeat(5000) })
    const { row } = (await list()).rejected[0]!
    expect(row).not.toMatch(/hidden|5/)
    expect(row.length).toBeLessThan(2100)
  })

  test('is listed page by page', async () => {
    await push({ data: Array.from({ length: 5 }, (_, id) => ({ id })) })
    const first = await list('?limit=2')
    expect(first.rejected.map(({ row }) => row)).toEqual(['{"id":4}', '{"id":3}'])
    const second = await list(first.next!.slice(first.next!.indexOf('?')))
    expect(second.rejected.map(({ row }) => row)).toEqual(['{"id":2}', '{"id":1}'])
    expect((await request('rejected-cdrs?limit=no')).status).toBe(400)
  })

  test('of another kind is only told', async () => {
    await request('customers', { method: 'PUT', body: '{"id":"x"}\n{"id":1}' })
    expect((await list()).rejected).toEqual([])
  })
})

describe('through faults', () => {
  type Trouble = Fault | 'dropped' | 'timeout' | 'twice'
  const generations = {
    'the older generation': (status: number) => status >= 200 && status <= 207,
    'the newer generation': (status: number) => status < 400,
  }

  /** A network between Yeti and us; what happens to a request is the next of the troubles, until they are used up. */
  function network(troubles: Trouble[]) {
    const next = () => troubles.shift() ?? 'none'
    const d1 = withFaults(env.DB, () => (troubles[0] === 'refused' || troubles[0] === 'lost' ? (next() as Fault) : 'none'))
    const late: Promise<Response>[] = []
    const deliver = (body: string) => request('cdrs', { method: 'POST', body }, { DB: d1 })
    const ask = async (body: string): Promise<number> => {
      const trouble = troubles[0] === 'refused' || troubles[0] === 'lost' ? 'none' : next()
      if (trouble === 'twice') return Math.max(...(await Promise.all([deliver(body), deliver(body)])).map(({ status }) => status))
      // Nobody waits for the answer, but the request goes on while Yeti begins again.
      if (trouble === 'timeout') late.push(deliver(body))
      if (trouble === 'dropped') await deliver(body)
      if (trouble === 'timeout' || trouble === 'dropped') throw new Error('socket hang up')
      return (await deliver(body)).status
    }
    return { late, ask }
  }

  /** Plays a worker until the batch has gone out; the bodies are sent in order, and from the first again after each failure. */
  async function play(bodies: string[], isSuccess: (status: number) => boolean, troubles: Trouble[]) {
    const { ask, late } = network(troubles)
    for (let sent = 0, runs = 0; sent < bodies.length; runs++) {
      if (runs > 60) throw new Error('The queue is blocked')
      for (sent = 0; sent < bodies.length; sent++) {
        if (!(await ask(bodies[sent]!).then(isSuccess, () => false))) break
      }
    }
    await Promise.all(late)
  }

  const dump = async () => ({ rows: await select('SELECT * FROM cdrs ORDER BY id'), cells: await kept(), ...(await totals()) })

  const troubles = fc.array(fc.constantFrom<Trouble>('none', 'refused', 'refused', 'refused', 'lost', 'dropped', 'timeout', 'twice'), {
    minLength: 1,
    maxLength: 10,
  })

  test.for(Object.entries(generations))('%s ends with what a clean load has', { timeout: 120_000 }, async ([name, isSuccess]) => {
    const cdrs = (await cdrsOf(batchWithIdFile)).slice(0, 8)
    const corrected = { ...cdrs[0]!, time_start: '2026-01-09T01:00:00+00:00', customer_id: 77, is_last_cdr: false }
    const all = [...cdrs, corrected]
    const whole = [JSON.stringify(name.includes('newer') ? { batch_id: 1, data: all } : { data: all })]
    const singly = all.map((cdr) => JSON.stringify(cdr))
    await play(whole, isSuccess, [])
    const clean = await dump()
    expect(clean.cells).toEqual(await counted())
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(whole, singly), troubles, async (bodies, given) => {
        await emptyTables()
        await play(bodies, isSuccess, [...given])
        // A request that was given up may come to its end after a later one: only then may an older CDR have the last word.
        if (!given.includes('timeout') || bodies === whole) expect(await dump()).toEqual(clean)
        expect(await kept()).toEqual(await counted())
      }),
      { numRuns: 15 },
    )
  })
})

test('the whole app takes it too', async () => {
  const headers = { authorization: `Bearer ${KEY}` }
  const response = await send('/api/operator/v1/cdrs', { method: 'POST', headers, body: await textOf(singleFile) })
  expect(await outcomeOf(response)).toMatchObject({ status: 200, stored: 1 })
})
