// What plans become in SQL: the text of each operator with its values, and whole statements in statements.txt, where a change shows up in review.
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toText, type Values } from '../../src/db/statement.ts'
import { viewerStatement, type Subject } from '../../src/db/viewer.ts'
import { parse } from '../../src/jsonapi/parse.ts'
import { hide, type Resource } from '../../src/read/definition/resource.ts'
import { planLinkage, planList, planRelated, planShow, type ListPlan } from '../../src/read/plan/plan.ts'
import { compileList, conditionsOf, listStatement, shapeOf } from '../../src/read/statement/list.ts'
import { isSearch, searchStatement } from '../../src/read/statement/search.ts'
import { daysStatement, isSought, soughtStatement } from '../../src/read/statement/seek.ts'
import { bindConditions, keyOf } from '../../src/read/statement/shape.ts'
import { linkageStatement, relatedStatement, showStatement } from '../../src/read/statement/single.ts'
import { accounts } from '../../src/resources/accounts.ts'
import { cdrExports } from '../../src/resources/cdr-exports.ts'
import { cdrs } from '../../src/resources/cdrs.ts'
import { incomingCdrs } from '../../src/resources/incoming-cdrs.ts'
import { profiles } from '../../src/resources/profiles.ts'

const NOW = Date.UTC(2026, 0, 4, 10, 30)
const UUID = '00000000-0000-1000-8000-00000000000'
const ACCESS: Subject = { kind: 'access', id: '1' }
const DYNAMIC: Subject = {
  kind: 'dynamic',
  access: {
    customerId: '7',
    profileId: '1',
    accountIds: ['9007199254740993'],
    allowListenRecording: true,
    numberlistIds: [],
    allowedIps: [],
    gatewayId: null,
  },
}

const planOf = (resource: Resource, query: string, subject: Subject = ACCESS) =>
  planList(resource, parse(`/?${query}`), { subject, base: '' }, NOW, 1e9)

describe('a filter compiles to SQL', () => {
  const DURATION = '"cdrs"."duration"'
  const NAME = `coalesce("cdrs"."folded"->>'src_name_in', lower("cdrs"."src_name_in"))`
  const ACCOUNT = '"cdrs"."customer_acc_id"'
  const at = (name: string) => `(?1->>'${name}')`
  const many = (count: number, text: (at: number) => string) => Array.from({ length: count }, (_, at) => text(at))

  test.for<[name: string, value: string, condition: string, values: Values]>([
    ['duration_eq', '5', `${DURATION} = ${at('duration_eq')}`, { duration_eq: 5 }],
    ['duration_not_eq', '+5', `${DURATION} <> ${at('duration_not_eq')}`, { duration_not_eq: 5 }],
    ['duration_gt', '5.9', `${DURATION} > ${at('duration_gt')}`, { duration_gt: 5 }],
    ['duration_gteq', '9007199254740993', `${DURATION} >= ${at('duration_gteq')}`, { duration_gteq: '9007199254740993' }],
    ['duration_lt', '-5', `${DURATION} < ${at('duration_lt')}`, { duration_lt: -5 }],
    ['duration_lteq', '5', `${DURATION} <= ${at('duration_lteq')}`, { duration_lteq: 5 }],
    ['duration_in', '5,6', `${DURATION} in (${at('duration_in.0')}, ${at('duration_in.1')})`, { 'duration_in.0': 5, 'duration_in.1': 6 }],
    ['duration_not_in', '5', `${DURATION} not in (${at('duration_not_in.0')})`, { 'duration_not_in.0': 5 }],
    [
      'duration_in',
      '1,2,3,4,5,6,7,8,9',
      `${DURATION} in (SELECT value FROM json_each(${at('duration_in')}))`,
      { duration_in: '[1,2,3,4,5,6,7,8,9]' },
    ],
    ['customer_price_eq', '1.50', `"cdrs"."customer_price" = ${at('customer_price_eq')}`, { customer_price_eq: '6B15' }],
    ['success_eq', 't', `"cdrs"."success" = ${at('success_eq')}`, { success_eq: 1 }],
    [
      'time_connect_gteq',
      '2026-01-01',
      `"cdrs"."time_connect" >= ${at('time_connect_gteq')}`,
      { time_connect_gteq: 1_767_225_600_000_000 },
    ],
    ['auth_orig_ip_eq', '10.0.0.1', `"cdrs"."auth_orig_ip" = ${at('auth_orig_ip_eq')}`, { auth_orig_ip_eq: '40a00000120' }],
    ['src_name_in_eq', 'Ä', `"cdrs"."src_name_in" = ${at('src_name_in_eq')}`, { src_name_in_eq: 'Ä' }],
    ['src_name_in_cont', 'Ä%25', `instr(${NAME}, ${at('src_name_in_cont')}) > 0`, { src_name_in_cont: 'ä%' }],
    [
      'src_name_in_start',
      'ÄB',
      `substr(${NAME}, 1, length(${at('src_name_in_start')})) = ${at('src_name_in_start')}`,
      { src_name_in_start: 'äb' },
    ],
    ['src_name_in_end', 'ÄB', `substr(${NAME}, -length(${at('src_name_in_end')})) = ${at('src_name_in_end')}`, { src_name_in_end: 'äb' }],
    [
      'src_name_in_cont_any',
      'A,a,B',
      `(select instr(text, ${at('src_name_in_cont_any.0')}) OR instr(text, ${at('src_name_in_cont_any.1')}) from (select ${NAME} as text limit 1))`,
      { 'src_name_in_cont_any.0': 'a', 'src_name_in_cont_any.1': 'b' },
    ],
    [
      'src_name_in_cont_any',
      many(101, (one) => `X${one}`).join(','),
      `exists (select 1 from (select ${NAME} as text limit 1) cross join (select value from json_each(${at('src_name_in_cont_any')}) limit -1) where instr(text, value))`,
      { src_name_in_cont_any: JSON.stringify(many(101, (one) => `x${one}`)) },
    ],
    [
      'account_id_eq',
      `${UUID}3`,
      `${ACCOUNT} = (select "id" from "accounts" where "accounts"."uuid" = ${at('account_id_eq')})`,
      { account_id_eq: `${UUID}3` },
    ],
    [
      'account_id_not_in',
      `${UUID}3`,
      `(${ACCOUNT} is not null and ${ACCOUNT} not in (select "id" from "accounts" where "accounts"."uuid" in (${at('account_id_not_in.0')})))`,
      { 'account_id_not_in.0': `${UUID}3` },
    ],
    ['id', '8,9', `"cdrs"."id" in (${at('id.0')}, ${at('id.1')})`, { 'id.0': 8, 'id.1': 9 }],
    ['id', 'x', '0', {}],
  ])('%s=%s', ([name, value, condition, expected]) => {
    const plan = planOf(cdrs, `filter[${name}]=${value}&filter[time_start_gt]=2026-01-01`)
    const values: Values = {}
    const conditions = bindConditions(cdrs, plan.conditions.slice(0, 1), values)
    expect(toText(sql`${conditionsOf(cdrs, { conditions })}`)).toBe(`(${condition})`)
    expect(values).toEqual(expected)
  })

  test('leaves room in a statement for every other filter, and each of them twice', () => {
    const conditions = [...cdrs.filters].map(([name, { operator }]) => ({
      name,
      values: Array.from({ length: operator.takes === 'one' ? 1 : operator.spelledOut }, (_, at) => `x${at}`),
    }))
    const shape = bindConditions(cdrs, conditions, {})
    expect(toText(sql`${conditionsOf(cdrs, { conditions: shape })}`).length).toBeLessThan(45_000)
  })

  test('of any number is no deeper than D1 takes', () => {
    const names = [...cdrs.filters.keys()].filter((name) => name !== 'id' && !name.startsWith('time_start')).slice(0, 150)
    const conditions = names.map((name) => [name, 1] as const)
    let [depth, deepest] = [0, 0]
    for (const character of toText(sql`${conditionsOf(cdrs, { conditions })}`)) {
      if (character === '(') deepest = Math.max(deepest, ++depth)
      if (character === ')') depth--
    }
    expect(deepest).toBeLessThan(20)
  })
})

const statementOf = (resource: Resource, plan: ListPlan) =>
  isSearch(plan) ? searchStatement(resource, plan) : listStatement(resource, plan)

const sought = (resource: Resource, query: string) => {
  const plan = planOf(resource, query)
  if (!isSought(resource, plan)) throw new Error('This page is not far down')
  return plan
}

test('whole statements are those of statements.txt', async () => {
  const FROM = 'filter[time_start_gteq]=2026-01-01T00:30Z'
  const FEW = 'fields[cdrs]=duration'
  const asker = { subject: ACCESS, base: '' }
  const far = `${FROM}&filter[time_start_lt]=2026-01-04&${FEW}&page[number]=30`
  const statements = {
    'an access': viewerStatement(ACCESS),
    'a dynamic token': viewerStatement(DYNAMIC),
    'one CDR': showStatement(cdrs, planShow(cdrs, parse(`/?${FEW}`), '8', asker)),
    'one CDR with its account': showStatement(
      cdrs,
      planShow(cdrs, parse(`/?${FEW},account&fields[accounts]=name&include=account`), '8', asker),
    ),
    'one export': showStatement(cdrExports, planShow(cdrExports, parse('/?fields[cdr-exports]=status'), `${UUID}1`, asker)),
    'the profile': showStatement(profiles, planShow(profiles, parse('/?fields[profiles]=id'), undefined, asker)),
    'the account of a CDR': relatedStatement(cdrs, planRelated(cdrs, 'account', parse('/?fields[accounts]=name'), '8', asker)),
    'the link to the account of a CDR': linkageStatement(cdrs, planLinkage(cdrs, 'account', '8', asker)),
    'the link to the protocol of a CDR': linkageStatement(cdrs, planLinkage(cdrs, 'auth-orig-transport-protocol', '8', asker)),
    'a list': statementOf(cdrs, planOf(cdrs, `${FROM}&${FEW}`)),
    'a list of an account': statementOf(cdrs, planOf(cdrs, `${FROM}&${FEW}&filter[account_id_eq]=${UUID}3`)),
    'a list by ids with accounts': statementOf(
      cdrs,
      planOf(cdrs, 'filter[id]=8,9&fields[cdrs]=account&fields[accounts]=name&include=account'),
    ),
    'a list of incoming CDRs': statementOf(incomingCdrs, planOf(incomingCdrs, `${FROM}&fields[incoming-cdrs]=duration`)),
    'a list of accounts': statementOf(accounts, planOf(accounts, 'fields[accounts]=name&sort=name,-balance')),
    'a search': statementOf(cdrs, planOf(cdrs, `${FROM}&${FEW}&filter[duration_gt]=5`)),
    'a search far down': statementOf(cdrs, planOf(cdrs, `${FROM}&${FEW}&filter[duration_gt]=5&page[number]=2`)),
    'a search for several texts': statementOf(cdrs, planOf(cdrs, `${FROM}&${FEW}&filter[src_name_in_cont_any]=a,b`)),
    'a search for several texts in another order': statementOf(
      cdrs,
      planOf(cdrs, `${FROM}&${FEW}&filter[src_name_in_cont_any]=a,b&sort=duration`),
    ),
    'another order': statementOf(cdrs, planOf(cdrs, `${FROM}&${FEW}&sort=-duration`)),
    'the days before a page far down': daysStatement(cdrs, sought(cdrs, far)),
    'a page far down': soughtStatement(cdrs, sought(cdrs, far), { day: 20_454n, skipped: 3n }),
  }
  const shown = Object.entries(statements).map(([name, { sql: text, values }]) => `# ${name}\n${text}\n${values}\n`)
  await expect(shown.join('\n')).toMatchFileSnapshot('./statements.txt')
})

describe('a compiled statement', () => {
  const filters = [
    'duration_gt=5',
    'duration_in=1,2',
    'duration_in=1,2,3',
    'src_name_in_cont=a',
    'success_eq=t',
    `account_id_eq=${UUID}3`,
    'id=8',
    'id=x',
  ]
  const times = [
    'time_start_gteq=2026-01-01',
    'time_start_gteq=2026-01-01T10:20Z',
    'time_start_lt=2026-01-03T10:20Z',
    'time_start_lt=2026-01-03',
  ]
  const list = fc.record({
    resource: fc.constantFrom(cdrs, incomingCdrs, hide(cdrs, new Set(['src_prefix_in']))),
    subject: fc.constantFrom(ACCESS, { ...ACCESS, id: '2' }, DYNAMIC),
    filters: fc.uniqueArray(fc.constantFrom(...filters, ...times), { maxLength: 5, selector: (filter) => filter.split('=')[0] }),
    sort: fc.constantFrom('', 'duration', '-time_start', 'time_start', 'id'),
    include: fc.constantFrom('', 'account'),
    fields: fc.constantFrom('', 'duration', 'duration,success', 'success,duration'),
    page: fc.integer({ min: 1, max: 3 }),
  })
  type Asked = typeof list extends fc.Arbitrary<infer One> ? One : never

  const planned = ({ resource, subject, filters, sort, include, fields, page }: Asked) => {
    const known = filters.filter((filter) => resource === cdrs || !filter.startsWith('src_name_in'))
    const asked = known.map((filter) => `filter[${filter.replace('=', ']=')}`)
    const query = [...asked, `sort=${sort}`, `page[number]=${page}`]
    if (include !== '') query.push(`include=${include}`)
    if (fields !== '') query.push(`fields[${resource.type}]=${fields}`)
    return planOf(resource, query.join('&'), subject)
  }

  test('is the same from the cache as afresh', () => {
    fc.assert(
      fc.property(list, (asked) => {
        const plan = planned(asked)
        if (plan.search) return
        const { sql: text } = listStatement(asked.resource, plan)
        expect(text).toBe(compileList(asked.resource, shapeOf(asked.resource, plan, {})).text)
      }),
      { numRuns: 300 },
    )
  })

  test('of two texts there are two keys', () => {
    fc.assert(
      fc.property(list, list, (one, other) => {
        const [first, second] = [one, other].map((asked) => {
          const shape = shapeOf(asked.resource, planned(asked), {})
          return { key: keyOf(asked.resource, shape), text: compileList(asked.resource, shape).text }
        })
        if (first!.text !== second!.text) expect(first!.key).not.toBe(second!.key)
      }),
      { numRuns: 200 },
    )
  })

  test('has no value of a client in its key', () => {
    const shape = (query: string) => keyOf(cdrs, shapeOf(cdrs, planOf(cdrs, query), {}))
    expect(shape('filter[src_name_in_eq]=secret&filter[duration_in]=1,2')).toBe(
      shape('filter[src_name_in_eq]=other&filter[duration_in]=3,4'),
    )
  })

  test('comes of a plan that can be printed and read again', () => {
    fc.assert(
      fc.property(list, (asked) => {
        const { query, ...plan } = planned(asked)
        expect(
          JSON.stringify(plan, (_, value: unknown) =>
            typeof value === 'function' ? 'FUNCTION' : typeof value === 'bigint' ? `${value}n` : value,
          ),
        ).not.toContain('FUNCTION')
        expect(query).toBeDefined()
      }),
      { numRuns: 100 },
    )
  })
})
