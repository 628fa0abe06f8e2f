// Which CDRs the index by vendor holds, whoever came first: the CDR, or what lets its vendor ask.
import { applyD1Migrations, reset } from 'cloudflare:test'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import worker from '../../src/index.ts'
import { goOnMarking } from '../../src/ingest/incoming.ts'
import { counted, kept } from './counted.ts'
import { emptyTables, env, newDatabase, put, request, select } from './operator.ts'

beforeAll(newDatabase)
beforeEach(emptyTables)

const START = '2026-01-07T02:00:45.647450Z'

describe('a CDR is marked for its vendor to find', () => {
  const call = (id: number, vendor: number | null) => ({ id, time_start: START, vendor_id: vendor })
  const marked = async () => (await select('SELECT id FROM cdrs WHERE is_incoming = 1 ORDER BY id')).map(({ id }) => id)

  test('if he is a customer too, or somebody has an access for him', async () => {
    await put('customers', [{ id: 3 }])
    await put('api-accesses', [{ id: 1, customer_id: 4 }])
    await put('cdrs', [call(1, 3), call(2, 4), call(3, 5), call(4, null)])
    expect(await marked()).toEqual([1, 2])
  })

  test('if he becomes one after it came', async () => {
    await put('cdrs', [call(1, 3), call(2, 4), call(-3, 3), call(4, 5)])
    await put('customers', [{ id: 3 }, { id: 9 }])
    expect(await marked()).toEqual([-3, 1])
    await put('api-accesses', [{ id: 1, customer_id: 4 }])
    expect(await marked()).toEqual([-3, 1, 2])
    await put('cdrs', [call(5, 3)])
    expect(await marked()).toEqual([-3, 1, 2, 5])
  })

  test('if an access is given to him that was another’s', async () => {
    await put('cdrs', [call(1, 3)])
    await put('api-accesses', [{ id: 1, customer_id: 9 }])
    expect(await marked()).toEqual([])
    await put('api-accesses', [{ id: 1, customer_id: 3 }])
    expect(await marked()).toEqual([1])
  })

  test('if the vendor is corrected, and no more if it was not he', async () => {
    await put('customers', [{ id: 3 }])
    await put('cdrs', [call(1, 3), call(2, 5)])
    await put('cdrs', [call(1, 5), call(2, 3)])
    expect(await marked()).toEqual([2])
    await put('cdrs', [{ id: 2, duration: 7 }])
    expect(await marked()).toEqual([2])
  })

  test('where hardly two rows have the same columns as well', async () => {
    await put('customers', [{ id: 3 }])
    await put('cdrs', [call(1, 3), call(2, 5), call(3, 3)])
    const others = [
      'duration',
      'pdd',
      'src_name_in',
      'local_tag',
      'success',
      'lega_disconnect_code',
      'term_call_id',
      'privacy_in',
      'rpid_in',
    ]
    const changed = [
      { id: 1, vendor_id: 5 },
      { id: 2, vendor_id: 3 },
      ...others.map((name, at) => ({ id: 3 + at, time_start: START, [name]: null })),
    ]
    await put('cdrs', changed)
    expect(await marked()).toEqual([2, 3])
  })

  test('before the vendor can ask, even if that was broken off once', async () => {
    await put('cdrs', [call(1, 3)])
    await env.DB.exec('INSERT INTO incoming_vendors (vendor_id, unmarked_from) VALUES (3, -5)')
    await put('cdrs', [call(2, 3)])
    expect(await marked()).toEqual([2])
    await put('customers', [{ id: 3 }])
    expect(await marked()).toEqual([1, 2])
    expect(await select('SELECT * FROM incoming_vendors')).toEqual([{ vendor_id: 3, unmarked_from: null }])
  })

  describe('if it was there before there were marks', () => {
    const unmarked = () => select('SELECT vendor_id, unmarked_from FROM incoming_vendors WHERE unmarked_from IS NOT NULL')
    const status = async () => (await request('status')).json<{ counters_complete: boolean; marks_complete: boolean }>()
    const repair = async () => {
      for (let done = false; !done;) ({ done } = await (await request('counters/repair', { method: 'POST' })).json<{ done: boolean }>())
    }

    /** A database of that time, brought to this one. */
    const migrated = async (...statements: readonly string[]) => {
      const before = env.MIGRATIONS.findIndex(({ name }) => name.startsWith('0005_'))
      expect(before).toBe(5)
      await reset()
      await applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, before))
      await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)))
      await applyD1Migrations(env.DB, env.MIGRATIONS)
    }

    const OLD = [
      'INSERT INTO customers (id) VALUES (3)',
      'INSERT INTO api_accesses (id, customer_id) VALUES (1, 4), (2, NULL)',
      'INSERT INTO cdrs (id, time_start, vendor_id) VALUES (1, 0, 3), (2, 0, 4), (3, 0, 5), (4, 0, NULL)',
    ]

    test.for<[string, () => Promise<void>]>([
      ['by the cron', () => worker.scheduled({} as ScheduledController, env)],
      ['by a repair', repair],
    ])('%s', async ([, mark]) => {
      await migrated(...OLD)
      expect(await marked()).toEqual([])
      await put('cdrs', [call(5, 4), call(6, 5)])
      expect(await marked()).toEqual([5])
      expect(await status()).toMatchObject({ marks_complete: false })
      await mark()
      expect(await marked()).toEqual([1, 2, 5])
      expect(await status()).toMatchObject({ marks_complete: true })
    })

    test('a few slices with each run, going on where the last one ended', async () => {
      const numbers = 'WITH RECURSIVE n(id) AS (SELECT -10 UNION ALL SELECT id + 1 FROM n WHERE id < 120000)'
      await migrated(...OLD.slice(0, 2), `INSERT INTO cdrs (id, time_start, vendor_id) ${numbers} SELECT id, 0, 3 + (id & 1) FROM n`)
      const count = async () => (await select('SELECT count(*) AS n FROM cdrs WHERE is_incoming = 1'))[0]!['n']
      await goOnMarking(env, 1)
      expect(await count()).toBe(50_000)
      await put('customers', [{ id: 9 }])
      await goOnMarking(env, 1)
      expect(await count()).toBe(100_000)
      expect(await unmarked()).toHaveLength(2)
      await goOnMarking(env, 1)
      expect(await count()).toBe(120_011)
      expect(await unmarked()).toEqual([])
      await goOnMarking(env)
      expect(await count()).toBe(120_011)
    })

    test('by a repair that goes on behind what the cron has marked', async () => {
      await migrated(...OLD)
      await env.DB.exec('UPDATE incoming_vendors SET unmarked_from = 2 WHERE vendor_id = 3')
      await repair()
      expect(await unmarked()).toEqual([])
      expect(await marked()).toEqual([1, 2])
    })

    test('at once where there were none', async () => {
      await migrated(...OLD.slice(0, 2))
      expect(await unmarked()).toEqual([])
      await put('cdrs', [call(5, 4), call(6, 5)])
      expect(await marked()).toEqual([5])
    })
  })

  describe('a database with CDRs from before there were counters', () => {
    test('tells so until it is repaired', async () => {
      const complete = async () => (await (await request('status')).json<{ counters_complete: boolean }>()).counters_complete
      await reset()
      await applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, 1))
      const values = [1, 2, 3].map((id) => `(${id}, ${id * 3_600_000_000}, 7, 1, 3)`)
      await env.DB.exec(`INSERT INTO cdrs (id, time_start, customer_id, is_last_cdr, vendor_id) VALUES ${values.join(', ')}`)
      await applyD1Migrations(env.DB, env.MIGRATIONS)
      expect(await complete()).toBe(false)
      await put('cdrs', [{ ...call(4, 3), customer_id: 7, is_last_cdr: true }])
      expect(await complete()).toBe(false)
      await request('counters/repair', { method: 'POST' })
      expect(await complete()).toBe(true)
      expect(await kept()).toEqual(await counted())
    })
  })

  test('when it comes again, if a release without marks has stored it', async () => {
    await put('customers', [{ id: 3 }])
    await put('cdrs', [call(1, 3), call(2, 3)])
    await env.DB.exec('UPDATE cdrs SET is_incoming = 0')
    expect(await put('cdrs', [call(1, 3)])).toMatchObject({ stored: 1 })
    expect(await put('cdrs', [call(1, 3)])).toMatchObject({ unchanged: 1 })
    expect(await marked()).toEqual([1])
  })

  test('however many there are, going on where it was broken off', async () => {
    const numbers = 'WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 250000)'
    await env.DB.exec(`INSERT INTO cdrs (id, time_start, vendor_id) ${numbers} SELECT id * 3, 0, id % 100 FROM n`)
    await env.DB.exec('INSERT INTO owner_counters (side, owner_id, unit, start, n) VALUES (1, 7, 1, 0, 2500), (1, 8, 1, 0, 2500)')
    const count = () => select('SELECT vendor_id, count(*) AS n FROM cdrs WHERE is_incoming = 1 GROUP BY 1')
    const { cost } = await put('customers', [{ id: 7 }])
    expect(await count()).toEqual([{ vendor_id: 7, n: 2500 }])
    await env.DB.exec('INSERT INTO incoming_vendors VALUES (8, 300001)')
    const later = await put('customers', [{ id: 8 }])
    expect(await count()).toEqual([
      { vendor_id: 7, n: 2500 },
      { vendor_id: 8, n: 1500 },
    ])
    expect(later.cost.trips).toBe(cost.trips - 2 * 2)
  })
})
