// The filter compiler against a plain model in JavaScript: random rows, random filters, sorts and pages; the same ids in the same order.
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { bodyOf, get, load, migrate } from '../support/api.ts'

interface Call {
  id: number
  time_start: string
  duration: number | null
  success: boolean | null
  customer_price: string | null
  src_name_in: string | null
  auth_orig_ip: string | null
}

const TIMES = ['2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000001Z', '2026-01-01T12:30:00.500000Z', '2026-01-02T23:59:59.999999Z']
const PRICES = ['0', '-0.5', '0.50', '10', '9.99', '-12345678901234567890.125', '12345678901234567890.125', 'NaN', '0.000000000001']
const NAMES = [
  'Alice',
  'alice',
  'ÜBER',
  'über',
  'Straße',
  'STRASSE',
  'İstanbul',
  'Σίσυφος',
  '100%',
  'a_b',
  'back\\slash',
  '📞 x',
  ' lead',
  '',
]
const ADDRESSES = ['10.0.0.1', '10.0.0.0/8', '2001:db8::1', '9.255.0.1']

const orNull = <Value>(...values: readonly Value[]) => fc.constantFrom<Value | null>(...values, null)
const call = (id: number): fc.Arbitrary<Call> =>
  fc.record({
    id: fc.constant(id),
    time_start: fc.constantFrom(...TIMES),
    duration: orNull(-1, 0, 1, 30, 2_147_483_647),
    success: orNull(true, false),
    customer_price: orNull(...PRICES),
    src_name_in: orNull(...NAMES),
    auth_orig_ip: orNull(...ADDRESSES),
  })

const calls = fc.sample(fc.tuple(...Array.from({ length: 120 }, (_, at) => call(at + 1))), { numRuns: 1, seed: 42 })[0]!

beforeAll(async () => {
  await migrate()
  await load('api-accesses', ['{"id":1,"customer_id":1}'])
  await load(
    'cdrs',
    calls.map((one) => JSON.stringify({ ...one, customer_id: 1, customer_acc_id: 1, is_last_cdr: true })),
  )
})

/** Orders values of a column; the model's own arithmetic, on whole numbers of 10^-12. */
type Key = bigint | string
const decimalKey = (text: string): bigint => {
  if (text === 'NaN') return 10n ** 60n
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!
  return (sign === '-' ? -1n : 1n) * BigInt(whole + fraction.padEnd(12, '0'))
}
const timeKey = (text: string) => text.replace(/(\.\d+)?Z$/, (_all, fraction: string | undefined) => (fraction ?? '.').padEnd(7, '0'))
const keys = {
  time_start: ({ time_start }: Call): Key | null => timeKey(time_start),
  duration: ({ duration }: Call): Key | null => (duration === null ? null : BigInt(duration)),
  customer_price: ({ customer_price }: Call): Key | null => (customer_price === null ? null : decimalKey(customer_price)),
  src_name_in: ({ src_name_in }: Call): Key | null => src_name_in,
} as const

/** By code point, as bytes of UTF-8 sort. */
const compareText = (a: string, b: string) => {
  const [left, right] = [Array.from(a), Array.from(b)]
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
const compare = (a: Key, b: Key) => (typeof a === 'string' && typeof b === 'string' ? compareText(a, b) : a < b ? -1 : a > b ? 1 : 0)

const lower = (text: string) => Array.from(text, (character) => Array.from(character.toLowerCase())[0]).join('')
const holds: Record<string, (value: Key, given: readonly Key[]) => boolean> = {
  eq: (value, [given]) => compare(value, given!) === 0,
  not_eq: (value, [given]) => compare(value, given!) !== 0,
  gt: (value, [given]) => compare(value, given!) > 0,
  gteq: (value, [given]) => compare(value, given!) >= 0,
  lt: (value, [given]) => compare(value, given!) < 0,
  lteq: (value, [given]) => compare(value, given!) <= 0,
  in: (value, given) => given.some((one) => compare(value, one) === 0),
  not_in: (value, given) => !given.some((one) => compare(value, one) === 0),
  cont: (value, [given]) => lower(String(value)).includes(lower(String(given))),
  start: (value, [given]) => lower(String(value)).startsWith(lower(String(given))),
  end: (value, [given]) => lower(String(value)).endsWith(lower(String(given))),
  cont_any: (value, given) => given.some((one) => lower(String(value)).includes(lower(String(one)))),
}

interface Filter {
  query: string
  keeps: (one: Call) => boolean
}

/** A filter on a column: its query, and what the model says of a row. */
function filterOn(
  field: keyof typeof keys,
  operators: readonly string[],
  texts: readonly string[],
  toKey: (text: string) => Key,
): fc.Arbitrary<Filter> {
  return fc.constantFrom(...operators).chain((operator) => {
    const many = operator.endsWith('in') || operator === 'cont_any'
    return fc.array(fc.constantFrom(...texts), { minLength: 1, maxLength: many ? 4 : 1 }).map((values) => {
      const text = values.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')
      return {
        query: `filter[${field}_${operator}]=${encodeURIComponent(text)}`,
        keeps: (one) => {
          const key = keys[field](one)
          return key !== null && holds[operator]!(key, values.map(toKey))
        },
      }
    })
  })
}

const ORDER = ['eq', 'not_eq', 'gt', 'gteq', 'lt', 'lteq', 'in', 'not_in']
const SEARCH = ['eq', 'not_eq', 'cont', 'start', 'end', 'in', 'not_in', 'cont_any']
const filter = fc.oneof(
  filterOn('duration', ORDER, ['-1', '0', '1', '29', '30.9', '2147483647', '99999999999999999999'], (text) =>
    BigInt(text.replace(/\..*/, '')),
  ),
  filterOn('customer_price', ORDER, PRICES, decimalKey),
  filterOn('time_start', ['eq', 'not_eq', 'lt', 'lteq', 'gteq', 'in', 'not_in'], TIMES, timeKey),
  filterOn(
    'src_name_in',
    SEARCH,
    ['alice', 'ALI', 'üb', 'ß', 'ss', 'i', 'ς', 'σ', '%', '_', '\\', '📞', 'x', 'Straße', 'back\\slash'],
    (text) => text,
  ),
  fc
    .constantFrom('true', 'f')
    .map((text): Filter => ({ query: `filter[success_eq]=${text}`, keeps: ({ success }) => success === (text === 'true') })),
  fc.constantFrom(...ADDRESSES).map((address): Filter => ({
    query: `filter[auth_orig_ip_not_eq]=${encodeURIComponent(address)}`,
    keeps: ({ auth_orig_ip }) => auth_orig_ip !== null && auth_orig_ip !== address,
  })),
)

const sort = fc.array(fc.tuple(fc.constantFrom(...(Object.keys(keys) as (keyof typeof keys)[])), fc.boolean()), { maxLength: 3 })

/** NULLs last ascending, first descending; the id, descending, decides. */
function ordered(rows: readonly Call[], by: readonly (readonly [keyof typeof keys, boolean])[]): Call[] {
  const fields = by.length === 0 ? ([['time_start', true]] as const) : by
  // A field that is named again keeps its place and takes the last direction.
  const directions = new Map<keyof typeof keys, boolean>()
  for (const [field, descending] of fields) directions.set(field, descending)
  return rows.toSorted((a, b) => {
    for (const [field, descending] of directions) {
      const [left, right] = [keys[field](a), keys[field](b)]
      const difference = left === null || right === null ? Number(left === null) - Number(right === null) : compare(left, right)
      if (difference !== 0) return descending ? -difference : difference
    }
    return b.id - a.id
  })
}

test('a list is what the model says', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(filter, { maxLength: 4, selector: ({ query }) => query.split('=')[0] }),
      sort,
      fc.integer({ min: 1, max: 4 }),
      async (filters, by, page) => {
        const wanted = ordered(
          calls.filter((one) => filters.every(({ keeps }) => keeps(one))),
          by,
        )
        const query = [
          'filter[time_start_gt]=2020-01-01',
          ...filters.map((one) => one.query),
          ...(by.length > 0
            ? [`sort=${by.map(([field, descending]) => (descending ? '-' : '') + field.replaceAll('_', '-')).join(',')}`]
            : []),
          `page[size]=30&page[number]=${page}&fields[cdrs]=id`,
        ].join('&')
        const { data, meta } = await bodyOf(await get(`/cdrs?${query}`))
        expect(meta['total-count']).toBe(wanted.length)
        expect(data.map(({ id }) => Number(id))).toEqual(wanted.slice((page - 1) * 30, page * 30).map(({ id }) => id))
      },
    ),
    { numRuns: 800 },
  )
})
