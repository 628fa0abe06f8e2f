// What a request costs, in figures that D1 bills: calls, rows read, and the plan of each statement.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from '../../src/jsonapi/parse.ts'
import { planLinkage, planList, planRelated, planShow } from '../../src/read/plan.ts'
import { daysStatement, isSought, soughtStatement } from '../../src/read/seek.ts'
import { linkageStatement, listStatement, relatedStatement, showStatement } from '../../src/read/sql.ts'
import { accounts } from '../../src/resources/accounts.ts'
import { cdrExports } from '../../src/resources/cdr-exports.ts'
import { cdrs } from '../../src/resources/cdrs.ts'
import { incomingCdrs } from '../../src/resources/incoming-cdrs.ts'
import type { Statement } from '../../src/db/statement.ts'
import { viewerStatement } from '../../src/db/viewer.ts'
import { costOf, get, load, migrate, send, ROOT, tokenOf } from '../support/api.ts'
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
  const list = (query: string) => listStatement(planList(cdrs, parse(`/?${query}`), asker, Date.UTC(2026, 0, 4)))
  const received = (query: string) => listStatement(planList(incomingCdrs, parse(`/?${query}`), asker, Date.UTC(2026, 0, 4)))
  const farPage = (resource = cdrs) => {
    const plan = planList(resource, parse(`/?${FROM}&filter[time_start_lt]=2026-01-04&page[number]=30`), asker, Date.UTC(2026, 0, 4))
    if (!isSought(plan)) throw new Error('This page is not far down')
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
      () => showStatement(planShow(cdrs, parse('/'), '3', asker)),
      [ACCESS, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
    ],
    [
      'a linked account',
      () => relatedStatement(planRelated(cdrs, 'account', parse('/'), '3', asker)),
      [ACCESS, 'SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
    ],
    [
      'a linkage',
      () => linkageStatement(planLinkage(cdrs, 'account', '3', asker)),
      [ACCESS, 'SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
    ],
    [
      'one export',
      () => showStatement(planShow(cdrExports, parse('/'), uuidOf(100), asker)),
      [ACCESS, 'SEARCH cdr_exports USING INDEX cdr_exports_uuid (uuid=?) LEFT-JOIN'],
    ],
    [
      'a list of exports',
      () => listStatement(planList(cdrExports, parse('/'), asker, 0)),
      [
        ACCESS,
        'SEARCH cdr_exports USING INDEX cdr_exports_customer (customer_id=?)',
        'SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?)',
      ],
    ],
    ['a list of incoming calls', () => received(''), [ACCESS, BY_VENDOR]],
    ['a list of incoming calls with filters', () => received('filter[duration_gt]=5&sort=duration'), [ACCESS, BY_VENDOR]],
    ['a list of incoming calls by account', () => received(`filter[account_id_eq]=${uuidOf(3)}`), [ACCESS, BY_VENDOR]],
    ['a list of incoming calls by ids', () => received('filter[id]=1,2'), [ACCESS, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?)']],
    [
      'a page of incoming calls far down',
      () => soughtStatement(farPage(incomingCdrs), { day: 20_454n, skipped: 3n }),
      [ACCESS, 'SEARCH cdrs USING INDEX cdrs_vendor_time (vendor_id=? AND time_start>? AND time_start<?)'],
    ],
    [
      'one incoming call',
      () => showStatement(planShow(incomingCdrs, parse('/'), '3', asker)),
      [ACCESS, 'SEARCH cdrs USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN'],
    ],
    [
      'the days before a page far down',
      () => daysStatement(farPage()),
      [ACCESS, 'SEARCH owner_counters USING PRIMARY KEY (side=? AND owner_id=? AND unit=? AND start>? AND start<?)'],
    ],
    [
      'a page far down',
      () => soughtStatement(farPage(), { day: 20_454n, skipped: 3n }),
      [ACCESS, 'SEARCH cdrs USING INDEX cdrs_customer_time (customer_id=? AND time_start>? AND time_start<?)'],
    ],
    [
      'a list of accounts',
      () => listStatement(planList(accounts, parse('/'), asker, 0)),
      [ACCESS, 'SEARCH accounts USING INDEX accounts_customer (customer_id=?)'],
    ],
    ['the access', () => viewerStatement({ kind: 'access', id: '1' } as const), [ACCESS]],
  ])('%s uses an index at every step', async ([, statement, steps]) => {
    const plan = await planOf(statement())
    for (const step of steps) expect(plan).toContain(step)
    const scanned = [...plan].flatMap((step) => /^SCAN (\S+)/.exec(step)?.[1] ?? [])
    // What SQLite scans is a list of a request's own or a page that is cut already, never a table.
    expect(scanned.filter((name) => !['json_each', 'hours', 'placed', 'hour'].includes(name) && !plan.has(`CO-ROUTINE ${name}`))).toEqual(
      [],
    )
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
