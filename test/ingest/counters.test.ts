import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fold } from '../../src/db/fold.ts'
import { deleteOldCdrs } from '../../src/ingest/retention.ts'
import { counted, kept, totals } from './counted.ts'
import { emptyTables, env, newDatabase, put, select } from './operator.ts'

beforeAll(newDatabase)
beforeEach(emptyTables)

const DAY = 86_400_000
const NOON = Date.UTC(2026, 0, 7, 12)

const call = (id: number, changes: object = {}) => ({
  id,
  customer_id: 1,
  customer_acc_id: 10,
  vendor_id: 3,
  vendor_acc_id: 30,
  is_last_cdr: true,
  time_start: '2026-01-07T12:00:00Z',
  ...changes,
})

const hour = NOON / 3_600_000
const day = Math.floor(NOON / DAY)

describe('a CDR counts', () => {
  test('for its customer, its vendor and their accounts, by hour and day', async () => {
    await put('cdrs', [call(1)])
    expect(await kept()).toEqual({
      [`0/1//0/${hour}`]: 1,
      [`0/1//1/${day}`]: 1,
      [`0/1/10/0/${hour}`]: 1,
      [`0/1/10/1/${day}`]: 1,
      [`1/3//0/${hour}`]: 1,
      [`1/3//1/${day}`]: 1,
      [`1/3/30/0/${hour}`]: 1,
      [`1/3/30/1/${day}`]: 1,
    })
  })

  test.for<[string, object, string[]]>([
    ['not for its customer unless it is the last attempt', { is_last_cdr: false }, ['1/3//', '1/3/30/']],
    ['not for its customer where nobody knows', { is_last_cdr: null }, ['1/3//', '1/3/30/']],
    ['nowhere without owners', { customer_id: null, vendor_id: null }, []],
    ['for no account without accounts', { customer_acc_id: null, vendor_acc_id: null }, ['0/1//', '1/3//']],
  ])('%s', async ([, changes, cells]) => {
    await put('cdrs', [call(1, changes)])
    const expected = cells.flatMap((cell) => [`${cell}0/${hour}`, `${cell}1/${day}`])
    expect(Object.keys(await kept()).toSorted()).toEqual(expected.toSorted())
  })

  test.for([
    ['1969-12-31T23:59:59.999999Z', -1, -1],
    ['1969-12-31T23:00:00Z', -1, -1],
    ['1969-12-31T22:59:59.999999Z', -2, -1],
    ['1970-01-01T00:59:59.999999Z', 0, 0],
    ['1970-01-01T01:00:00Z', 1, 0],
    ['9999-12-31T23:59:59.999999Z', 70_389_527, 2_932_896],
  ] as const)('at %s in hour %d and day %d, whole or in part', async ([time, hour, day]) => {
    await put('cdrs', [call(1, { vendor_id: null, customer_acc_id: null, time_start: time })])
    expect(await kept()).toEqual({ [`0/1//0/${hour}`]: 1, [`0/1//1/${day}`]: 1 })
    await put('cdrs', [{ id: 1, customer_id: 2 }])
    expect(await kept()).toEqual({ [`0/2//0/${hour}`]: 1, [`0/2//1/${day}`]: 1 })
  })

  test('once, however often it comes, in one body or in several at a time', async () => {
    const rows = [call(1), call(1), call(2)]
    await Promise.all(Array.from({ length: 5 }, () => put('cdrs', rows)))
    expect(await kept()).toMatchObject({ [`0/1//0/${hour}`]: 2, [`1/3/30/1/${day}`]: 2 })
    expect((await put('cdrs', rows)).cost.rowsWritten).toBe(0)
  })

  test('no more where it does not after a correction', async () => {
    await put('cdrs', [call(1), call(2)])
    await put('cdrs', [
      { id: 1, is_last_cdr: false },
      { id: 2, customer_acc_id: 11, time_start: '2026-01-08T00:00:00Z' },
    ])
    expect(await kept()).toEqual(await counted())
    expect(await kept()).toMatchObject({ [`0/1/11/1/${day + 1}`]: 1 })
  })
})

describe('any sequence of loading, loading again, correcting and deleting', () => {
  const row = fc.record(
    {
      id: fc.integer({ min: 1, max: 12 }),
      customer_id: fc.constantFrom(1, 2, null),
      customer_acc_id: fc.constantFrom(10, 11, null),
      vendor_id: fc.constantFrom(1, 3, null),
      vendor_acc_id: fc.constantFrom(30, 31, null),
      is_last_cdr: fc.constantFrom(true, false, null),
      time_start: fc.constantFrom('2026-01-07T12:00:00Z', '2026-01-07T12:59:59.999999Z', '2026-01-06T12:00:00Z', '1969-12-31T23:30:00Z'),
      duration: fc.constantFrom(0, 7, null),
      src_name_in: fc.constantFrom('a', 'Ä', null),
      dst_prefix_in: fc.constantFrom('Ö', null),
    },
    { requiredKeys: ['id'] },
  )
  type Given = Record<string, string | number | boolean | null> & { id: number }
  const rows = fc.array(row, { minLength: 1, maxLength: 14 }) as unknown as fc.Arbitrary<Given[]>
  const step = fc.oneof({ weight: 4, arbitrary: rows }, fc.constantFrom('again' as const, 'delete' as const))

  /** Stores rows as the tables promise: what is absent stays, or is null. */
  const apply = (model: Map<number, Given>, given: Given) => {
    const stored = model.get(given.id)
    if (stored || given['time_start'] !== undefined) model.set(given.id, { ...stored, ...given })
  }

  const expectRows = async (model: Map<number, Given>) => {
    const stored = await select('SELECT id, customer_acc_id, duration, src_name_in, dst_prefix_in, folded FROM cdrs ORDER BY id')
    const wanted = [...model.values()]
      .toSorted((a, b) => a.id - b.id)
      .map((given) => {
        const texts = ['src_name_in', 'dst_prefix_in'].map((name) => [name, given[name]] as const)
        const folded = texts.filter(([, text]) => typeof text === 'string' && text > '~').map(([name, text]) => [name, fold(String(text))])
        return {
          id: given.id,
          customer_acc_id: given['customer_acc_id'] ?? null,
          duration: given['duration'] ?? null,
          src_name_in: given['src_name_in'] ?? null,
          dst_prefix_in: given['dst_prefix_in'] ?? null,
          folded: folded.length > 0 ? Object.fromEntries(folded) : null,
        }
      })
    const read = stored.map((one) => ({ ...one, folded: JSON.parse((one['folded'] as string | null) ?? 'null') as unknown }))
    expect(read).toEqual(wanted)
  }

  test('keeps the counters equal to a recount, and the rows as promised', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        await emptyTables()
        const model = new Map<number, Given>()
        let last: Given[] = []
        for (const one of steps) {
          if (one === 'delete') {
            await deleteOldCdrs(env, 1, NOON + DAY / 2)
            for (const given of model.values()) if (Date.parse(String(given['time_start'])) < NOON - DAY / 2) model.delete(given.id)
          } else {
            if (one !== 'again') last = one
            await put('cdrs', last)
            for (const given of last) apply(model, given)
          }
          expect(await kept()).toEqual(await counted())
        }
        await expectRows(model)
        const { kept: total, counted: rows } = await totals()
        expect(total).toBe(rows)
      }),
      { numRuns: 40 },
    )
  })
})

describe('what counters cost in rows written', () => {
  const visible = (id: number, changes: object = {}) => call(id, { vendor_id: null, ...changes })

  test('little where many CDRs are of one customer: about 3 a CDR with all', async () => {
    const rows = Array.from({ length: 2000 }, (_, at) =>
      call(at, { customer_acc_id: at % 20, time_start: new Date(NOON + at * 5000).toISOString() }),
    )
    const { cost } = await put('cdrs', rows)
    expect(cost.rowsWritten / rows.length).toBeLessThan(3.2)
  })

  test('nothing for a change that is not counted', async () => {
    await put('cdrs', [visible(1)])
    expect((await put('cdrs', [visible(1, { duration: 5 })])).cost.rowsWritten).toBe(3)
  })
})
