// What a request costs, in figures that D1 bills: calls, rows read, and the plan of each statement.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from '../../src/jsonapi/parse.ts'
import type { Resource } from '../../src/read/definition/resource.ts'
import { Problem } from '../../src/jsonapi/problem.ts'
import { planLinkage, planList, planRelated, planShow, type ListPlan } from '../../src/read/plan/plan.ts'
import { isSearch, searchStatement } from '../../src/read/statement/search.ts'
import { daysStatement, isSought, soughtStatement } from '../../src/read/statement/seek.ts'
import { listStatement } from '../../src/read/statement/list.ts'
import { linkageStatement, relatedStatement, showStatement } from '../../src/read/statement/single.ts'
import { accounts } from '../../src/resources/accounts.ts'
import { cdrExports } from '../../src/resources/cdr-exports.ts'
import { cdrs } from '../../src/resources/cdrs.ts'
import { incomingCdrs } from '../../src/resources/incoming-cdrs.ts'
import type { Statement } from '../../src/db/statement.ts'
import { viewerStatement } from '../../src/db/viewer.ts'
import { bodyOf, costOf, errorsOf, get, load, migrate, send, ROOT, tokenOf } from '../support/api.ts'
import { recorded } from '../support/d1.ts'

const ALL = 1
const TWO_ACCOUNTS = 2
const GONE = 3
const FROM = 'filter[time_start_gteq]=2026-01-01'

/** 4,000 calls of a customer, one a minute over the accounts 1 to 20, of which every tenth was rerouted once; 10 exports. */
beforeAll(async () => {
  await migrate()
  await load('api-accesses', [
    JSON.stringify({ id: ALL, customer_id: 1, account_ids: [] }),
    JSON.stringify({ id: TWO_ACCOUNTS, customer_id: 1, account_ids: [3, 4] }),
  ])
  await load(
    'accounts',
    Array.from({ length: 20 }, (_, at) => JSON.stringify({ id: at + 1, uuid: uuidOf(at + 1), customer_id: 1, name: `Account ${at + 1}` })),
  )
  await load('transport-protocols', ['{"id":1,"name":"UDP"}'])
  const start = Date.UTC(2026, 0, 1)
  const calls = Array.from({ length: 4000 }, (_, at) => ({
    id: at + 1,
    customer_id: at % 4 === 3 ? 2 : 1,
    customer_acc_id: (at % 20) + 1,
    vendor_id: at % 2 === 0 ? 1 : 7,
    vendor_acc_id: (at % 5) + 1,
    is_last_cdr: at % 10 !== 0,
    time_start: new Date(start + at * 60_000).toISOString(),
    duration: at % 100,
    src_name_in: `Name ${at}`,
    auth_orig_transport_protocol_id: 1,
  }))
  await load(
    'cdrs',
    calls.map((call) => JSON.stringify(call)),
  )
  const exports = Array.from({ length: 10 }, (_, at) => ({
    id: at + 1,
    uuid: uuidOf(100 + at),
    customer_account_id: 3,
    filters: {},
    created_at: '2026-01-01T00:00:00Z',
  }))
  await load(
    'cdr-exports',
    exports.map((one) => JSON.stringify(one)),
  )
})

const uuidOf = (number: number) => `00000000-0000-1000-8000-${String(number).padStart(12, '0')}`

describe('rows read', () => {
  test.for<[what: string, path: string, access: number, status: number, read: number]>([
    ['one CDR', '/cdrs/3', ALL, 200, 2],
    ['one CDR that is not there', '/cdrs/99999', ALL, 404, 2],
    ['one CDR of another customer', '/cdrs/4', ALL, 404, 2],
    ['one CDR for an access with two accounts', '/cdrs/3', TWO_ACCOUNTS, 200, 4],
    ['the linked account', '/cdrs/3/account', ALL, 200, 3],
    ['the linkage of the account', '/cdrs/3/relationships/account', ALL, 200, 3],
    ['the linkage of the protocol', '/cdrs/3/relationships/auth-orig-transport-protocol', ALL, 200, 2],
    ['one CDR with what it links to', '/cdrs/3?include=account,auth-orig-transport-protocol', ALL, 200, 4],
    ['a refused token', '/cdrs/3', GONE, 401, 1],
    ['a refused query', '/cdrs?filter[foo]=1', ALL, 400, 1],
    ['a page of the 51 newest calls and their count', '/cdrs?filter[time_start_gteq]=2026-01-03T17:32:00Z&page[size]=10', ALL, 200, 42],
    [
      'a page of the 50 newest incoming calls and their count',
      '/incoming-cdrs?filter[time_start_gteq]=2026-01-03T17:00:00Z&page[size]=50',
      ALL,
      200,
      60,
    ],
    ['an incoming call', '/incoming-cdrs/3', ALL, 200, 2],
    ['one export', `/cdr-exports/${uuidOf(100)}`, ALL, 200, 3],
    ['a list of ten exports', '/cdr-exports', ALL, 200, 55],
  ])('%s', async ([, path, access, status, read]) => {
    const response = await get(path, access)
    expect(response.status).toBe(status)
    expect(costOf(response)).toEqual({ trips: 1, read, written: 0 })
  })

  test('a page reads its own rows only, however many come before it in time', async () => {
    const page = async (size: number) => costOf(await get(`/cdrs?${FROM}&page[size]=${size}`)).read
    expect((await page(500)) - (await page(100))).toBe(400)
  })

  test('including accounts reads one more row for each row of the page, and none for the rows before it', async () => {
    const read = async (query: string) => costOf(await get(`/cdrs?${FROM}&page[size]=50&page[number]=10${query}`)).read
    expect((await read('&include=account')) - (await read(''))).toBe(50)
  })
})

const values = (count: number) => Array.from({ length: count }, (_, at) => `z${at}`).join(',')

describe('a value of a megabyte takes no longer than it is long', () => {
  const LONG = 1_000_000
  test.for<[what: string, name: string, value: string]>([
    ['blanks within', 'src_name_in_eq', `a${'+'.repeat(LONG)}a`],
    ['blanks before', 'src_name_in_eq', `${'+'.repeat(LONG)}a`],
    ['blanks alone', 'src_name_in_eq', '+'.repeat(LONG)],
    ['blanks before a number', 'duration_in', `${'+'.repeat(LONG)}5`],
    ['digits', 'duration_eq', '9'.repeat(LONG)],
    ['digits of a fraction', 'customer_price_gt', `0.${'0'.repeat(LONG)}1`],
    ['elements', 'src_name_in_cont_any', 'ab,'.repeat(LONG / 3)],
    ['quotes', 'src_name_in_in', '%22%22,'.repeat(LONG / 7)],
    ['signs of an id', 'id', '-'.repeat(LONG)],
  ])('%s', ([, name, value]) => {
    const asker = { subject: { kind: 'access', id: '1' } as const, base: '' }
    try {
      planList(cdrs, parse(`/?filter[${name}]=${value}`), asker, 0, 1e9)
    } catch (refusal) {
      expect(refusal).toBeInstanceOf(Problem)
    }
  })
})

describe('a search', () => {
  // The customer has 2,600 of the calls, of four days: each search reads the access, the counters of those days and what it has found out of itself.
  test.for<[what: string, query: string, total: number, read: number]>([
    ['is read to the end of the page, then counted', 'filter[duration_gt]=5', 2440, 2665],
    ['looks for no page where nothing matches', 'filter[duration_gt]=500', 0, 2613],
    ['looks for no more rows than match', 'filter[src_name_in_cont]=e 39&page[size]=100', 71, 4961],
    ['for one of several texts passes over the rows once', 'filter[src_name_in_cont_any]=zz,yy', 0, 2616],
    ['for one of several texts keeps the rows of its page', 'filter[src_name_in_cont_any]=39,38', 220, 2868],
    ['for one of 100 texts passes over the rows once', `filter[src_name_in_cont_any]=${values(100)}`, 0, 2616],
    ['in another order keeps the rows that match', 'filter[src_name_in_cont_any]=39,38&sort=duration', 220, 3374],
    ['in another order passes over the rows to count them, then to sort them', 'filter[duration_gt]=5&sort=duration', 2440, 7656],
    ['far down in another order reads the rows of its page again', 'filter[duration_gt]=5&sort=duration&page[number]=20', 2440, 7756],
    ['finds the rows of one account by it', `filter[account_id_eq]=${uuidOf(3)}&filter[duration_gt]=5`, 160, 281],
  ])('%s', async ([, query, total, read]) => {
    const response = await get(`/cdrs?${FROM}&${query}`)
    const cost = costOf(response)
    expect([response.status, (await bodyOf(response)).meta['total-count'], cost]).toEqual([200, total, { trips: 1, read, written: 0 }])
  })

  test('for a hundred texts in every column takes one statement', async () => {
    const columns = [...cdrs.filters.keys()].filter((name) => name.endsWith('_cont_any'))
    const texts = Array.from({ length: 100 }, (_, at) => at.toString(36)).join(',')
    const response = await get(`/cdrs?${FROM}&${columns.map((name) => `filter[${name}]=${texts}`).join('&')}`)
    expect([columns.length > 15, response.status, costOf(response).trips]).toEqual([true, 200, 1])
  })

  const REFUSED = { SEARCH_BUDGET: '10000' }
  test.for<[what: string, path: string, comparisons: number]>([
    ['for two texts', `/cdrs?${FROM}&filter[src_name_in_cont_any]=a,b`, 2600 * (2 + 1 + 2)],
    ['for 150 texts', `/cdrs?${FROM}&filter[src_name_in_cont_any]=${values(150)}`, 2600 * (2 + 1 + 150)],
    ['for two texts in another order', `/cdrs?${FROM}&filter[src_name_in_cont_any]=a,b&sort=duration`, 2600 * (2 + 1 + 2 + 2 + 2)],
    ['in several columns', `/cdrs?${FROM}&filter[src_name_in_cont]=a&filter[from_domain_start]=b`, 2600 * 2 * (2 + 2 + 2)],
    ['among many values', `/cdrs?${FROM}&filter[src_name_in_in]=a,b,c`, 2600 * 2 * (2 + 1)],
    ['by a number', `/cdrs?${FROM}&filter[duration_gt]=5`, 2600 * 2 * 2.25],
    ['far down', `/cdrs?${FROM}&filter[duration_gt]=5&page[number]=50`, 2600 * 2 * 2.25],
    ['in the order of three columns', `/cdrs?${FROM}&sort=success,-duration,src-name-in`, 2600 * (2 + 3 * 2)],
    ['that only sorts', `/cdrs?${FROM}&sort=-duration`, 2600 * (2 + 2)],
    [
      'of incoming calls of an account, to which no index leads',
      `/incoming-cdrs?${FROM}&filter[account_id_eq]=${uuidOf(3)}&sort=id`,
      2000 * 4.25,
    ],
  ])('%s is refused before it looks at a call', async ([, path, comparisons]) => {
    const response = await get(path, ALL, comparisons > 10_000 ? REFUSED : { SEARCH_BUDGET: '8499' })
    expect(response.status).toBe(400)
    const cost = costOf(response)
    expect(cost.trips).toBe(1)
    expect(cost.read).toBeLessThan(20)
    const [[code, detail] = []] = await errorsOf(response)
    expect(code).toBe('400')
    expect(detail).toMatch(
      new RegExp(`^This search would take ${comparisons} comparisons, more than the \\d+ that are allowed. Narrow the range of time`),
    )
  })

  test.for([
    ['of fewer hours', `/cdrs?filter[time_start_gteq]=2026-01-03&filter[duration_gt]=5`],
    ['of one account', `/cdrs?${FROM}&filter[account_id_eq]=${uuidOf(3)}&filter[duration_gt]=5`],
    ['by ids', `/cdrs?${FROM}&filter[id]=1,2,3&filter[src_name_in_cont_any]=a,b&sort=duration`],
    ['by exact times', `/cdrs?filter[time_start_in]=2026-01-01T00:01:00Z,2026-01-03T00:01:00Z&${FROM}&sort=duration`],
    ['that nothing can match', `/cdrs?${FROM}&filter[id]=x&sort=duration`],
    ['that is only counted', `/cdrs?${FROM}&page[number]=40`],
    ['of accounts', '/accounts?filter[name_cont_any]=a,b&sort=name'],
  ] as const)('%s is served', async ([, path]) => {
    expect((await get(path, ALL, REFUSED)).status).toBe(200)
  })

  test('is not refused to those who may not ask at all', async () => {
    expect((await get(`/cdrs?${FROM}&sort=-duration`, GONE, REFUSED)).status).toBe(401)
  })
})

describe('round trips', () => {
  test.for([
    '/cdrs/3',
    '/cdrs/99999',
    '/cdrs?filter[foo]=1',
    `/cdrs?${FROM}&include=account&page[number]=20&sort=-duration`,
    `/cdrs?${FROM}&filter[src_name_in_cont]=name`,
    '/cdrs/3/account',
    '/cdrs/3/relationships/account',
    '/cdr-exports',
  ])('%s takes one', async (path) => {
    const { d1, trips } = recorded(env.DB)
    await send(ROOT + path, { headers: { authorization: await tokenOf(ALL) } }, { DB: d1, SERVER_TIMING: '' })
    expect(trips).toHaveLength(1)
    expect(trips[0]).toHaveLength(1)
  })

  test('a token that is not ours takes none', async () => {
    const { d1, trips } = recorded(env.DB)
    await send(`${ROOT}/cdrs/3`, { headers: { authorization: 'x.y.z' } }, { DB: d1 })
    expect(trips).toEqual([])
  })
})

describe('the plan of', () => {
  const asker = { subject: { kind: 'access', id: '1' } as const, base: '' }
  const BUDGET = 1e9
  const statementOf = (resource: Resource, plan: ListPlan) =>
    isSearch(plan) ? searchStatement(resource, plan) : listStatement(resource, plan)
  const list = (query: string) => statementOf(cdrs, planList(cdrs, parse(`/?${query}`), asker, Date.UTC(2026, 0, 4), BUDGET))
  const received = (query: string) =>
    statementOf(incomingCdrs, planList(incomingCdrs, parse(`/?${query}`), asker, Date.UTC(2026, 0, 4), BUDGET))
  const farPage = (resource = cdrs) => {
    const plan = planList(
      resource,
      parse(`/?${FROM}&filter[time_start_lt]=2026-01-04&page[number]=30`),
      asker,
      Date.UTC(2026, 0, 4),
      BUDGET,
    )
    if (!isSought(resource, plan)) throw new Error('This page is not far down')
    return plan
  }
  const ACCESS = 'SEARCH api_accesses USING INTEGER PRIMARY KEY (rowid=?)'
  const BY_TIME = 'SEARCH cdrs USING INDEX cdrs_customer_time (customer_id=? AND time_start>?)'
  const BY_VENDOR = 'SEARCH cdrs USING INDEX cdrs_vendor_time (vendor_id=? AND time_start>?)'

  const planOf = async ({ sql, values }: Statement) => {
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(values).all<{ detail: string }>()
    return new Set(results.map(({ detail }) => detail))
  }

  test.for<[what: string, statement: () => Statement, steps: string[]]>([
    ['a list', () => list(''), [ACCESS, BY_TIME]],
    ['a list with filters', () => list('filter[duration_gt]=5&filter[src_name_in_cont]=x'), [ACCESS, BY_TIME]],
    [
      'a list with included accounts',
      () => list('include=account'),
      [ACCESS, BY_TIME, 'SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
    ],
    ['a list by ids', () => list('filter[id]=1,2,3'), [ACCESS, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?)']],
    [
      'a list by account',
      () => list(`filter[account_id_eq]=${uuidOf(3)}`),
      [
        ACCESS,
        'SEARCH accounts USING COVERING INDEX accounts_uuid (uuid=?)',
        'SEARCH cdrs USING INDEX cdrs_account_time (customer_acc_id=? AND time_start>?)',
      ],
    ],
    [
      'one CDR',
      () => showStatement(cdrs, planShow(cdrs, parse('/'), '3', asker)),
      [ACCESS, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
    ],
    [
      'a linked account',
      () => relatedStatement(cdrs, planRelated(cdrs, 'account', parse('/'), '3', asker)),
      [ACCESS, 'SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
    ],
    [
      'a linkage',
      () => linkageStatement(cdrs, planLinkage(cdrs, 'account', '3', asker)),
      [ACCESS, 'SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
    ],
    [
      'one export',
      () => showStatement(cdrExports, planShow(cdrExports, parse('/'), uuidOf(100), asker)),
      [ACCESS, 'SEARCH cdr_exports USING INDEX cdr_exports_uuid (uuid=?) LEFT-JOIN'],
    ],
    [
      'a list of exports',
      () => listStatement(cdrExports, planList(cdrExports, parse('/'), asker, 0, BUDGET)),
      [
        ACCESS,
        'SEARCH cdr_exports USING INDEX cdr_exports_customer (customer_id=?)',
        'SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?)',
      ],
    ],
    [
      'a search for one of several texts',
      () => list(`${FROM}&filter[src_name_in_cont_any]=a,b&include=account`),
      [ACCESS, BY_TIME, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?)'],
    ],
    [
      'a search far down, which sorts ids',
      () => list(`${FROM}&sort=duration&page[number]=2`),
      [ACCESS, BY_TIME, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?)'],
    ],
    [
      'a search far down with included accounts',
      () => list(`${FROM}&filter[duration_gt]=5&page[number]=2&include=account`),
      [ACCESS, BY_TIME, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?)'],
    ],
    ['a list of incoming calls', () => received(''), [ACCESS, BY_VENDOR]],
    ['a list of incoming calls with filters', () => received('filter[duration_gt]=5&sort=duration'), [ACCESS, BY_VENDOR]],
    ['a list of incoming calls by account', () => received(`filter[account_id_eq]=${uuidOf(3)}`), [ACCESS, BY_VENDOR]],
    ['a list of incoming calls by ids', () => received('filter[id]=1,2'), [ACCESS, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?)']],
    [
      'a page of incoming calls far down',
      () => soughtStatement(incomingCdrs, farPage(incomingCdrs), { day: 20_454n, skipped: 3n }),
      [ACCESS, 'SEARCH cdrs USING INDEX cdrs_vendor_time (vendor_id=? AND time_start>? AND time_start<?)'],
    ],
    [
      'one incoming call',
      () => showStatement(incomingCdrs, planShow(incomingCdrs, parse('/'), '3', asker)),
      [ACCESS, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
    ],
    [
      'the days before a page far down',
      () => daysStatement(cdrs, farPage()),
      [ACCESS, 'SEARCH owner_counters USING PRIMARY KEY (side=? AND owner_id=? AND unit=? AND start>? AND start<?)'],
    ],
    [
      'a page far down',
      () => soughtStatement(cdrs, farPage(), { day: 20_454n, skipped: 3n }),
      [ACCESS, 'SEARCH cdrs USING INDEX cdrs_customer_time (customer_id=? AND time_start>? AND time_start<?)'],
    ],
    [
      'a list of accounts',
      () => listStatement(accounts, planList(accounts, parse('/'), asker, 0, BUDGET)),
      [ACCESS, 'SEARCH accounts USING INDEX accounts_customer (customer_id=?)'],
    ],
    ['the access', () => viewerStatement({ kind: 'access', id: '1' } as const), [ACCESS]],
  ])('%s uses an index at every step', async ([, statement, steps]) => {
    const plan = await planOf(statement())
    for (const step of steps) expect(plan).toContain(step)
    const scanned = [...plan].flatMap((step) => /^SCAN (\S+)/.exec(step)?.[1] ?? [])
    // What SQLite scans is a list of a request's own, a page that is cut already or what the statement has found out, never a table.
    const own = ['json_each', 'hours', 'placed', 'hour', 'work', 'total', 'found', 'last', 'CONSTANT']
    expect(scanned.filter((name) => !own.includes(name) && !plan.has(`CO-ROUTINE ${name}`))).toEqual([])
  })

  test('the default order needs no sorting, but for an access that is limited to several accounts', async () => {
    const sorted = async (query: string) => {
      const { sql, values } = list(query)
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(values).all<{ detail: string }>()
      return results.filter(({ detail }) => detail === 'USE TEMP B-TREE FOR ORDER BY').length
    }
    expect(await sorted('')).toBe(1)
    expect(await sorted('filter[duration_gt]=5')).toBe(0)
    expect(await sorted(`filter[account_id_eq]=${uuidOf(3)}`)).toBe(0)
  })
})
