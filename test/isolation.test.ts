// No answer ever shows, counts or sends what belongs to another customer, or to an account that the access may not see: random requests of
// several accesses, compared with a model that knows every owner.
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, get, load, migrate, type Resource } from './support/api.ts'

const uuidOf = (number: number) => `00000000-0000-1000-8000-${String(number).padStart(12, '0')}`

interface Access {
  id: number
  customer: number
  accounts: number[]
}

const accesses: Access[] = [
  { id: 1, customer: 1, accounts: [] },
  { id: 2, customer: 1, accounts: [11] },
  { id: 3, customer: 2, accounts: [] },
  { id: 4, customer: 2, accounts: [22, 11] },
  { id: 5, customer: 3, accounts: [] },
  { id: 6, customer: 1, accounts: [99] },
]

/** Accounts 11 to 13 are customer 1's, 21 to 23 customer 2's. */
const accounts = [11, 12, 13, 21, 22, 23].map((id) => ({ id, customer: id < 20 ? 1 : 2 }))

/** Every mixture of owner, account, vendor and attempt, also accounts that are another customer's now. */
const calls = Array.from({ length: 240 }, (_, at) => ({
  id: at + 1,
  customer: [1, 2, 3, null][at % 4] ?? null,
  account: [11, 12, 21, 22, null, 77][at % 6] ?? null,
  vendor: [1, 2, null][at % 3] ?? null,
  vendorAccount: [11, 13, 22, null][at % 4] ?? null,
  last: at % 5 !== 0,
  time: Date.UTC(2026, 0, 1) + at * 600_000,
}))

/** Each of the customer who ordered it. Account 13 was customer 2's before it was customer 1's. */
const exports = [
  ...Array.from({ length: 24 }, (_, at) => ({
    id: at + 1,
    account: [11, 12, 21, 23, null, 77][at % 6] ?? null,
    customer: [1, 1, 2, 2, null, null][at % 6] ?? null,
  })),
  { id: 25, account: 13, customer: 2 },
  { id: 26, account: 13, customer: 1 },
  { id: 27, account: 12, customer: 2 },
  { id: 28, account: 22, customer: 2 },
]

beforeAll(async () => {
  await migrate()
  const lines = (rows: object[]) => rows.map((row) => JSON.stringify(row))
  await load('customers', lines([1, 2, 3].map((id) => ({ id, name: `Customer ${id}` }))))
  await load(
    'api-accesses',
    lines(
      accesses.map(({ id, customer, accounts: ids }) => ({ id, customer_id: customer, account_ids: ids, allow_listen_recording: true })),
    ),
  )
  const loadExports = (...which: typeof exports) =>
    load(
      'cdr-exports',
      lines(
        which.map(({ id, account, customer }) => ({
          id,
          uuid: uuidOf(1000 + id),
          customer_account_id: account,
          filters: {},
          status: 'Completed',
          created_at: new Date(id).toISOString(),
          // The row itself tells who ordered it.
          ...(id === 27 ? { customer_id: customer } : {}),
        })),
      ),
    )
  await load('accounts', lines([{ id: 13, uuid: uuidOf(13), customer_id: 2 }]))
  // The account of one comes later than the export.
  await loadExports(...exports.filter(({ id }) => id === 25 || id === 28))
  await load(
    'accounts',
    lines(accounts.map(({ id, customer }) => ({ id, uuid: uuidOf(id), customer_id: customer, name: `Account ${id}` }))),
  )
  await load(
    'cdrs',
    lines(
      calls.map(({ id, customer, account, vendor, vendorAccount, last, time }) => ({
        id,
        customer_id: customer,
        customer_acc_id: account,
        vendor_id: vendor,
        vendor_acc_id: vendorAccount,
        is_last_cdr: last,
        time_start: new Date(time).toISOString(),
        duration: id % 60,
        audio_recorded: true,
        local_tag: `tag-${id}`,
      })),
    ),
  )
  await loadExports(...exports)
  await Promise.all([
    ...calls.map(({ id }) => env.FILES.put(`record/tag-${id}.mp3`, `recording ${id}`)),
    ...exports.map(({ id }) => env.FILES.put(`exports/${uuidOf(1000 + id)}.csv.gz`, `export ${id}`)),
  ])
})

/** What each access may see, by the contract's section C. */
const sees = {
  cdrs: ({ customer, accounts: ids }: Access) =>
    calls
      .filter((one) => one.customer === customer && one.last && (ids.length === 0 || ids.includes(one.account ?? 0)))
      .map(({ id }) => String(id)),
  'incoming-cdrs': ({ customer, accounts: ids }: Access) =>
    calls
      .filter((one) => one.vendor === customer && (ids.length === 0 || ids.includes(one.vendorAccount ?? 0)))
      .map(({ id }) => String(id)),
  accounts: ({ customer, accounts: ids }: Access) =>
    accounts.filter((one) => one.customer === customer && (ids.length === 0 || ids.includes(one.id))).map(({ id }) => uuidOf(id)),
  'cdr-exports': ({ customer, accounts: ids }: Access) =>
    exports
      .filter(
        ({ account, customer: orderer }) =>
          orderer === customer &&
          accounts.some((one) => one.id === account && one.customer === customer) &&
          (ids.length === 0 || ids.includes(account ?? 0)),
      )
      .map(({ id }) => uuidOf(1000 + id)),
} as const

type Kind = keyof typeof sees
const kinds = Object.keys(sees) as Kind[]
const ALL_TIME = (kind: Kind) => (kind.endsWith('cdrs') ? 'filter[time_start_gteq]=2020-01-01' : '')

const access = fc.constantFrom(...accesses)
const kind = fc.constantFrom(...kinds)

/** What may be added to a list: none of it may widen it. */
const narrowing = fc.constantFrom(
  '',
  'include=account',
  'sort=-id',
  'sort=id&page[size]=7&page[number]=2',
  'page[size]=1000',
  `filter[account_id_in]=${[11, 21, 22].map(uuidOf).join(',')}`,
  `filter[account_id_not_in]=${uuidOf(11)}`,
  `filter[account_id_eq]=${uuidOf(21)}`,
  `filter[id]=${calls.map(({ id }) => id).join(',')}`,
  'filter[id_gt]=0',
  'filter[duration_gteq]=0',
)

describe('a list', () => {
  test('has rows and a count of the one who asks only', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(access, kind, narrowing, async (who, what, more) => {
        const response = await get(`/${what}?${[ALL_TIME(what), more].filter(Boolean).join('&')}`, who.id)
        if (response.status === 400) return
        const allowed = new Set(sees[what](who))
        const { data, meta } = await bodyOf(response)
        for (const { id } of data) expect(allowed).toContain(id)
        expect(meta['total-count']).toBeLessThanOrEqual(allowed.size)
        if (more === '') expect(meta['total-count']).toBe(allowed.size)
      }),
      { numRuns: 500 },
    )
  })

  test.for(kinds)('of %s is complete for every access', async (what) => {
    for (const who of accesses) {
      const { data } = await bodyOf(await get(`/${what}?${ALL_TIME(what)}&page[size]=1000`, who.id))
      expect(data.map(({ id }) => id).toSorted()).toEqual(sees[what](who).toSorted())
    }
  })
})

describe('an account that is linked to', () => {
  /** The account of each object, by the object's id, as a customer may know it: one of another customer is none. */
  const linked: Record<'cdrs' | 'incoming-cdrs' | 'cdr-exports', (id: string, customer: number) => string | null> = {
    cdrs: (id, customer) => own(calls[Number(id) - 1]!.account, customer),
    'incoming-cdrs': (id, customer) => own(calls[Number(id) - 1]!.vendorAccount, customer),
    'cdr-exports': (id, customer) => own(exports.find((one) => uuidOf(1000 + one.id) === id)!.account, customer),
  }
  const own = (account: number | null, customer: number) =>
    account !== null && accounts.some((one) => one.id === account && one.customer === customer) ? uuidOf(account) : null
  const linking = Object.keys(linked) as (keyof typeof linked)[]
  const linkageOf = (uuid: string | null) => (uuid === null ? null : { type: 'accounts', id: uuid })

  test.for(linking)('by %s is included where it is the customer’s own, and else not there', async (what) => {
    for (const who of accesses) {
      const { data, included = [] } = await bodyOf(await get(`/${what}?${ALL_TIME(what)}&include=account&page[size]=1000`, who.id))
      const expected = data.map(({ id }) => linked[what](id, who.customer))
      expect(data.map(({ relationships }) => relationships['account']!.data)).toEqual(expected.map(linkageOf))
      expect(new Set(included.map(({ id }) => id))).toEqual(new Set(expected.filter((uuid) => uuid !== null)))
    }
  })

  test.for(linking)('by one of %s is told where it is the customer’s own, and else is null', { timeout: 30_000 }, async (what) => {
    for (const who of accesses) {
      for (const id of sees[what](who).slice(0, 8)) {
        const uuid = linked[what](id, who.customer)
        const ask = async (rest: string) =>
          bodyOf<{ data: Resource | null; included?: Resource[] }>(await get(`/${what}/${id}${rest}`, who.id))
        expect((await ask('/relationships/account')).data).toEqual(linkageOf(uuid))
        expect((await ask('/account')).data?.id ?? null).toBe(uuid)
        const { data, included = [] } = await ask('?include=account')
        expect([data!.relationships['account']!.data, included.map((one) => one.id)]).toEqual([
          linkageOf(uuid),
          uuid === null ? [] : [uuid],
        ])
      }
    }
  })
})

describe('one object', () => {
  const ids: Record<Kind, string[]> = {
    cdrs: calls.map(({ id }) => String(id)),
    'incoming-cdrs': calls.map(({ id }) => String(id)),
    accounts: accounts.map(({ id }) => uuidOf(id)),
    'cdr-exports': exports.map(({ id }) => uuidOf(1000 + id)),
  }
  const object = kind.chain((what) => fc.tuple(fc.constant(what), fc.constantFrom(...ids[what])))
  const parts: Record<Kind, string[]> = {
    cdrs: [
      '',
      '/account',
      '/relationships/account',
      '/relationships/auth-orig-transport-protocol',
      '/auth-orig-transport-protocol',
      '/rec',
    ],
    'incoming-cdrs': ['', '/account', '/relationships/account', '/rec'],
    accounts: [''],
    'cdr-exports': ['', '/account', '/relationships/account', '/download'],
  }

  test('is found by the one who may see it, and is not there for anybody else', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(access, object, fc.nat(5), async (who, [what, id], at) => {
        const part = parts[what][at % parts[what].length]!
        const response = await get(`/${what}/${id}${part}`, who.id)
        const allowed = sees[what](who).includes(id)
        const silent = part === '/rec' && allowed && calls[Number(id) - 1]!.id % 60 === 0
        expect(response.status).toBe(allowed && !silent ? 200 : 404)
        if (part !== '' || !allowed) return
        const { data } = await bodyOf<{ data: Resource }>(response)
        expect(data.id).toBe(id)
      }),
      { numRuns: 700 },
    )
  })

  test('of another customer is answered as one that does not exist', async () => {
    const foreign = await (await get('/cdrs/2', 1)).text()
    const missing = await (await get('/cdrs/99999', 1)).text()
    expect(foreign.replaceAll('by 2 ', 'by 99999 ')).toBe(missing)
  })
})
