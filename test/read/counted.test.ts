// Counts from counters and pages sought by them, against COUNT(*) and OFFSET on the same rows.
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { Database } from '../../src/db/database.ts'
import { parse } from '../../src/jsonapi/parse.ts'
import { planList } from '../../src/read/plan/plan.ts'
import { planSum } from '../../src/read/plan/range.ts'
import { runList } from '../../src/read/run.ts'
import { cdrs } from '../../src/resources/cdrs.ts'
import { incomingCdrs } from '../../src/resources/incoming-cdrs.ts'
import { load, migrate } from '../support/api.ts'

const HOUR = 3_600_000_000
const DAY = 24 * HOUR
const START = Date.UTC(2025, 11, 30) * 1000
const NOW = START + 9 * DAY + 7 * HOUR + 123_456
const ROWS = 6000
const uuidOf = (number: number) => `00000000-0000-1000-8000-${String(number).padStart(12, '0')}`

/** Accesses: all accounts, two, one that has no calls, and another customer's. */
const accesses = [
  { id: 1, customer_id: 1, account_ids: [] },
  { id: 2, customer_id: 1, account_ids: [2, 3] },
  { id: 3, customer_id: 1, account_ids: [99] },
  { id: 4, customer_id: 2, account_ids: [] },
]

/** How a call is found by whoever made it, and by whoever received it. */
const sides = {
  made: { resource: cdrs, owner: 'customer_id', account: 'customer_acc_id', only: 'is_last_cdr = 1' },
  received: { resource: incomingCdrs, owner: 'vendor_id', account: 'vendor_acc_id', only: 'true' },
}

/** Calls of nine days, in bursts and with many at the same microsecond; accounts of one customer used by the other too; some without one. */
beforeAll(async () => {
  await migrate()
  await load(
    'api-accesses',
    accesses.map((access) => JSON.stringify(access)),
  )
  await load(
    'accounts',
    [1, 2, 3].map((id) => JSON.stringify({ id, uuid: uuidOf(id), customer_id: 1 })),
  )
  const random = mulberry(7)
  const rows = Array.from({ length: ROWS }, (_, at) => {
    const burst = Math.floor(random() * 40) * 5.5 * HOUR
    const spread = Math.floor(random() * 3) === 0 ? 0 : Math.floor(random() * 30) * 60_000_000
    return [
      at + 1,
      random() < 0.8 ? 1 : 2,
      random() < 0.1 ? null : 1 + Math.floor(random() * 3),
      random() < 0.9 ? 1 : 0,
      Math.floor(START + burst + spread),
      random() < 0.8 ? 1 : 2,
      random() < 0.1 ? null : 1 + Math.floor(random() * 3),
    ]
  })
  await env.DB.prepare(
    `INSERT INTO cdrs (id, customer_id, customer_acc_id, is_last_cdr, time_start, vendor_id, vendor_acc_id, is_incoming)
      SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, 1 FROM json_each(?1)`,
  )
    .bind(JSON.stringify(rows))
    .run()
  await env.DB.batch(
    [
      [0, HOUR],
      [1, DAY],
    ].flatMap(([unit, length]) =>
      Object.values(sides).flatMap(({ owner, account, only }, side) => [
        env.DB.prepare(
          `INSERT INTO owner_counters SELECT ${side}, ${owner}, ${unit}, time_start / ${length}, count(*) FROM cdrs WHERE ${only} GROUP BY 2, 4`,
        ),
        env.DB.prepare(
          `INSERT INTO account_counters SELECT ${side}, ${owner}, ${account}, ${unit}, time_start / ${length}, count(*) FROM cdrs
            WHERE ${only} AND ${account} IS NOT NULL GROUP BY 2, 3, 5`,
        ),
      ]),
    ),
  )
})

/** A small generator of random numbers, so that the rows are the same each time. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Asked {
  side: keyof typeof sides
  access: number
  from: number | undefined
  to: number | undefined
  operators: ['gt' | 'gteq', 'lt' | 'lteq']
  accounts: number[] | undefined
  sort: string
  page: number
  size: number
}

const show = (microseconds: number) =>
  `${new Date(Math.floor(microseconds / 1e6) * 1000).toISOString().slice(0, 19)}.${String(microseconds % 1e6).padStart(6, '0')}Z`

function queryOf({ from, to, operators, accounts, sort, page, size }: Asked): string {
  const parts = [`page[size]=${size}`, `page[number]=${page}`, `sort=${sort}`]
  // Without a lower bound a list begins 24 hours ago; one in the year 1 is as good as none.
  parts.push(`filter[time_start_${operators[0]}]=${from === undefined ? '0001-01-01' : show(from)}`)
  if (to !== undefined) parts.push(`filter[time_start_${operators[1]}]=${show(to)}`)
  if (accounts) parts.push(`filter[account_id_in]=${accounts.map(uuidOf).join(',')}`)
  return parts.join('&')
}

async function found(asked: Asked): Promise<{ total: number; ids: number[] }> {
  const subject = { kind: 'access', id: String(asked.access) } as const
  const { resource } = sides[asked.side]
  const plan = planList(
    resource,
    parse(`/?${queryOf(asked)}&fields[${resource.type}]=id`),
    { subject, base: '' },
    Math.floor(NOW / 1000),
    1e9,
  )
  expect(plan.counted).toBeDefined()
  const { total, rows } = await runList(new Database(env.DB, true), resource, plan)
  return { total, ids: rows.map(([id]) => Number(id)) }
}

async function expected({
  side,
  access,
  from,
  to,
  operators,
  accounts,
  sort,
  page,
  size,
}: Asked): Promise<{ total: number; ids: number[] }> {
  const { customer_id: customer, account_ids: allowed } = accesses[access - 1]!
  const { owner, account, only } = sides[side]
  const among = (ids: number[]) => `${account} IN (${ids.join(',')})`
  const where = [
    `${owner} = ${customer} AND ${only}`,
    ...(allowed.length > 0 ? [among(allowed)] : []),
    ...(accounts ? [among(accounts)] : []),
    ...(from === undefined ? [] : [`time_start ${operators[0] === 'gt' ? '>' : '>='} ${from}`]),
    ...(to === undefined ? [] : [`time_start ${operators[1] === 'lt' ? '<' : '<='} ${to}`]),
  ].join(' AND ')
  const count = await env.DB.prepare(`SELECT count(*) AS n FROM cdrs WHERE ${where}`).first<{ n: number }>()
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC'
  const { results } = await env.DB.prepare(
    `SELECT id FROM cdrs WHERE ${where} ORDER BY time_start ${direction}, id DESC LIMIT ${size} OFFSET ${(page - 1) * size}`,
  ).all<{ id: number }>()
  return { total: count!.n, ids: results.map(({ id }) => id) }
}

/** Times on, just before and just after hours and days, anywhere between, and far outside. */
const time = fc.oneof(
  fc
    .tuple(fc.integer({ min: -1, max: 10 }), fc.integer({ min: 0, max: 23 }), fc.constantFrom(-1, 0, 1))
    .map(([day, hour, off]) => START + day * DAY + hour * HOUR + off),
  fc.integer({ min: -DAY, max: 10 * DAY }).map((offset) => START + offset),
  fc.constantFrom(NOW, NOW + 1, NOW - 1, START - 400 * DAY, START + 4000 * DAY),
)

const asked: fc.Arbitrary<Asked> = fc.record({
  side: fc.constantFrom('made', 'made', 'received'),
  access: fc.constantFrom(1, 1, 2, 3, 4),
  from: fc.option(time, { nil: undefined, freq: 6 }),
  to: fc.option(time, { nil: undefined, freq: 3 }),
  operators: fc.tuple(fc.constantFrom('gt', 'gteq'), fc.constantFrom('lt', 'lteq')),
  accounts: fc.option(fc.subarray([1, 2, 3, 77], { minLength: 1 }), { nil: undefined, freq: 2 }),
  sort: fc.constantFrom('-time-start', 'time-start'),
  page: fc.constant(1),
  size: fc.constant(5),
})

describe('against COUNT(*) and OFFSET', () => {
  test('counts are the same for any range', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(asked, async (one) => {
        expect(await found(one)).toEqual(await expected(one))
      }),
      { numRuns: 2000 },
    )
  })

  test('pages far down are the same', { timeout: 60_000 }, async () => {
    const deep = fc.tuple(asked, fc.integer({ min: 1001, max: 5200 }), fc.constantFrom(1, 7, 50)).map(([one, offset, size]) => ({
      ...one,
      size,
      page: Math.floor(offset / size) + 2,
    }))
    await fc.assert(
      fc.asyncProperty(deep, async (one) => {
        expect(await found(one)).toEqual(await expected(one))
      }),
      { numRuns: 800 },
    )
  })
})

describe('what is added up', () => {
  const NOON = BigInt(START) + 12n * BigInt(HOUR)
  const MINUTE = 60_000_000n

  test.for<[what: string, from: bigint | undefined, to: bigint | undefined, rows: bigint]>([
    ['whole hours need no rows', NOON, NOON + 2n * BigInt(HOUR), 0n],
    ['of an hour cut early, the minutes before the cut', NOON + 10n * MINUTE, undefined, 10n * MINUTE],
    ['of an hour cut late, the minutes after the cut', NOON + 50n * MINUTE, undefined, 10n * MINUTE],
    ['of the last hour too', NOON, NOON + 2n * BigInt(HOUR) + 5n * MINUTE, 5n * MINUTE],
    ['of a bound that is now, nothing before it', NOON, BigInt(NOW), BigInt(HOUR) - (BigInt(NOW) % BigInt(HOUR))],
  ])('%s', ([, from, to, length]) => {
    const { rows } = planSum({ from, to }, BigInt(NOW))
    expect(rows.reduce((sum, span) => sum + (span.to! - span.from!), 0n)).toBe(length)
  })

  test('thirty days are days, but for their ends', () => {
    const { hours, days } = planSum({ from: NOON, to: NOON + 30n * BigInt(DAY) }, BigInt(NOW))
    const length = (spans: typeof hours) => spans.reduce((sum, span) => sum + Number(span.to! - span.from!), 0)
    expect([length(hours), length(days)]).toEqual([24, 29])
  })
})
