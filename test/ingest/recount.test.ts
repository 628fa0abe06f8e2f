import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deleteOldCdrs } from '../../src/ingest/retention.ts'
import type { Recount } from '../../src/ingest/recount.ts'
import { counted, kept, totals } from './counted.ts'
import { emptyTables, env, newDatabase, put, request, select } from './operator.ts'

beforeAll(newDatabase)
beforeEach(emptyTables)

const START = Date.UTC(2026, 0, 1)

const call = (id: number) => ({
  id,
  customer_id: 1 + (id % 3),
  customer_acc_id: 10 + (id % 5),
  vendor_id: id % 7 === 0 ? null : 3,
  vendor_acc_id: 30,
  is_last_cdr: id % 4 !== 0,
  time_start: new Date(START + id * 600_000).toISOString(),
})
const calls = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => call(from + at))

const ask = async (action: 'verify' | 'repair') => (await request(`counters/${action}`, { method: 'POST' })).json<Recount>()
const recounting = () => select('SELECT n FROM owner_counters WHERE side > 1 UNION ALL SELECT n FROM account_counters WHERE side > 1')

describe('a recount', () => {
  test('finds nothing wrong with what loading kept', async () => {
    await put('cdrs', calls(0, 300))
    expect(await ask('verify')).toEqual({ done: true, recounted: 300, wrong: 0, wrong_marks: 0, repaired: false, examples: [] })
    expect(await recounting()).toEqual([])
  })

  test('of nothing finds nothing', async () => {
    expect(await ask('verify')).toMatchObject({ done: true, recounted: 0, wrong: 0 })
  })

  test('finds what is wrong, and sets it right when asked to', async () => {
    await put('cdrs', calls(0, 300))
    await env.DB.exec('UPDATE owner_counters SET n = n + 1 WHERE side = 0 AND owner_id = 1 AND unit = 1 AND start = 20454')
    await env.DB.exec('DELETE FROM account_counters WHERE side = 1')
    await env.DB.exec('INSERT INTO owner_counters VALUES (1, 99, 0, 5, 5)')
    await env.DB.exec('UPDATE ingest_state SET cdrs = 7')
    const found = await ask('verify')
    expect(found).toMatchObject({ done: true, recounted: 300, repaired: false })
    expect(found).toMatchObject({
      examples: expect.arrayContaining([
        expect.objectContaining({ side: 1, owner_id: 99, account_id: null, unit: 0, start: 5, counted: 5, recounted: 0 }),
        expect.objectContaining({ side: 1, owner_id: 3, account_id: 30, counted: 0 }),
      ]) as unknown,
    })
    expect(await ask('repair')).toMatchObject({ ...found, repaired: true })
    expect(await kept()).toEqual(await counted())
    expect(await totals()).toEqual({ kept: 300, counted: 300 })
    expect(await ask('verify')).toMatchObject({ wrong: 0 })
  })

  test('finds CDRs that their vendors cannot find, and sets that right when asked to', async () => {
    await put('customers', [{ id: 3 }])
    await put('cdrs', calls(0, 70))
    const marked = async () => (await select('SELECT count(*) AS n FROM cdrs WHERE is_incoming = 1'))[0]!['n']
    expect(await ask('verify')).toMatchObject({ wrong: 0, wrong_marks: 0 })
    await env.DB.batch([
      env.DB.prepare('UPDATE cdrs SET is_incoming = NOT is_incoming WHERE id < 8'),
      env.DB.prepare('DELETE FROM incoming_vendors'),
    ])
    expect(await ask('verify')).toMatchObject({ done: true, wrong: 0, wrong_marks: 8, repaired: false })
    expect(await marked()).toBe(60 - 6 + 2)
    expect(await ask('repair')).toMatchObject({ done: true, wrong: 0, wrong_marks: 8, repaired: true })
    expect(await marked()).toBe(60)
    expect(await ask('verify')).toMatchObject({ wrong: 0, wrong_marks: 0 })
    await put('cdrs', [call(71)])
    expect(await marked()).toBe(61)
  })

  describe('in several requests', { timeout: 60_000 }, () => {
    const MANY = 100_500

    /** So many that one request does not count them all. */
    beforeEach(async () => {
      const from = `WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${MANY})`
      await env.DB.exec(
        `INSERT INTO cdrs (id, customer_id, customer_acc_id, vendor_id, is_last_cdr, time_start) ${from} SELECT id, 1 + id % 3, id % 5, 3, 1, id * 60000000 FROM n`,
      )
    })

    test('ends with all, and with those that came in meanwhile', async () => {
      expect(await ask('repair')).toEqual({ done: false, recounted: 100_000, restarted: false })
      await put('cdrs', calls(MANY + 1, MANY + 11))
      expect(await ask('repair')).toMatchObject({ done: true, recounted: MANY + 10, repaired: true })
      expect(await kept()).toEqual(await counted())
      expect(await totals()).toEqual({ kept: MANY + 10, counted: MANY + 10 })
      expect(await recounting()).toEqual([])
    })

    test('begins again if a CDR changes that was counted', async () => {
      await ask('repair')
      await put('cdrs', [{ id: 5, customer_id: 77 }])
      expect(await ask('repair')).toEqual({ done: false, recounted: 100_000, restarted: true })
      expect(await ask('repair')).toMatchObject({ done: true, recounted: MANY })
      expect(await kept()).toEqual(await counted())
    })

    test('begins again if it is of the other kind', async () => {
      await put('customers', [{ id: 3 }])
      await env.DB.exec(`UPDATE cdrs SET is_incoming = 0`)
      expect(await ask('verify')).toEqual({ done: false, recounted: 100_000, restarted: false })
      expect(await ask('repair')).toEqual({ done: false, recounted: 100_000, restarted: true })
      expect(await ask('verify')).toEqual({ done: false, recounted: 100_000, restarted: true })
      expect(await ask('repair')).toEqual({ done: false, recounted: 100_000, restarted: true })
      expect(await ask('repair')).toMatchObject({ done: true, repaired: true })
      expect(await select('SELECT count(*) AS n FROM cdrs WHERE is_incoming = 0')).toEqual([{ n: 0 }])
    })

    test('is not confused by several at a time', async () => {
      const answers = await Promise.all([ask('repair'), ask('repair'), ask('repair')])
      for (let turn = 0; turn < 5 && !answers.some(({ done }) => done); turn++) answers.push(await ask('repair'))
      await ask('repair')
      expect(await kept()).toEqual(await counted())
    })
  })
})

describe('old CDRs are deleted', () => {
  const NOW = START + 300 * 600_000

  test('with what they counted, and not the others', async () => {
    await put('cdrs', calls(0, 300))
    await deleteOldCdrs(env, 1, NOW)
    expect(await select('SELECT min(id) AS first, count(*) AS n FROM cdrs')).toEqual([{ first: 156, n: 144 }])
    expect(await kept()).toEqual(await counted())
    expect(await totals()).toEqual({ kept: 144, counted: 144 })
    expect(await select('SELECT * FROM owner_counters WHERE n = 0')).toEqual([])
  })

  test('with the note that they were cut', async () => {
    await put(
      'cdrs',
      calls(155, 157).map((call) => ({ ...call, src_name_in: 'x'.repeat(5000) })),
    )
    await deleteOldCdrs(env, 1, NOW)
    expect(await select('SELECT id FROM cut_cdrs')).toEqual([{ id: 156 }])
  })

  test('not where they are kept for ever', async () => {
    await put('cdrs', calls(0, 10))
    await deleteOldCdrs(env, 0, NOW)
    expect(await totals()).toEqual({ kept: 10, counted: 10 })
  })

  test('slice by slice, run by run, wherever their ids are', { timeout: 60_000 }, async () => {
    const from = 'WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 210000)'
    const old = `${(START - 86_400_000 * 9) * 1000}`
    await env.DB.exec(`INSERT INTO cdrs (id, time_start) ${from} SELECT id, iif(id % 2 = 0 OR id > 209000, ${old}, ${NOW * 1000}) FROM n`)
    const left = async () => (await select(`SELECT count(*) AS n FROM cdrs WHERE time_start = ${old}`))[0]!['n']
    await deleteOldCdrs(env, 1, NOW)
    expect(await left()).toBe(5500)
    await deleteOldCdrs(env, 1, NOW)
    expect(await left()).toBe(0)
  })
})
