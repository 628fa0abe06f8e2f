import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, errorsOf, get, idsOf, load, migrate } from '../support/api.ts'

const OWNER = 1
const LIMITED = 2
const OTHER = 3
const LISTENER = 4
const FROM = 'filter[time_start_gteq]=2026-01-01'

const uuidOf = (number: number) => `00000000-0000-1000-8000-${String(number).padStart(12, '0')}`
const names = [
  'Alice',
  'ÜBER Ümlaut',
  'Чарли Иванов',
  '100% sure',
  'under_score',
  'back\\slash',
  'İstanbul',
  'ẞtraße',
  'ΟΔΟΣ',
  '📞 phone',
  `${'Ж'.repeat(310)}y`,
  '',
]

/** Twelve calls of customer 1, an hour apart, alternating between the accounts 11 and 12; one of customer 2 at the same hours. */
beforeAll(async () => {
  await migrate()
  await load('customers', ['{"id":1,"name":"One"}', '{"id":2,"name":"Two"}'])
  await load('api-accesses', [
    JSON.stringify({ id: OWNER, customer_id: 1 }),
    JSON.stringify({ id: LIMITED, customer_id: 1, account_ids: [12] }),
    JSON.stringify({ id: OTHER, customer_id: 2 }),
    JSON.stringify({ id: LISTENER, customer_id: 1, allow_listen_recording: true }),
  ])
  await load(
    'accounts',
    [11, 12, 13, 21].map((id) => JSON.stringify({ id, uuid: uuidOf(id), customer_id: id < 20 ? 1 : 2, name: `Account ${id}` })),
  )
  const calls = names.map((name, at) => ({
    id: 101 + at,
    customer_id: 1,
    customer_acc_id: at % 2 === 0 ? 11 : 12,
    vendor_id: 2,
    is_last_cdr: true,
    time_start: `2026-01-01T${String(at).padStart(2, '0')}:00:00.123456Z`,
    duration: at < 10 ? at * 10 : null,
    success: at % 3 === 0,
    src_name_in: name,
    customer_price: ['1.5', '1.50', '10', '-2', 'NaN', '0.000001', '99999999999999999999.5', null][at % 8],
    auth_orig_ip: ['10.0.0.1', '9.0.0.0/8', '10.0.0.0/8', '2001:db8::1', '9.255.0.1'][at % 5],
    audio_recorded: at === 1,
    local_tag: 'tag',
  }))
  await load('cdrs', [
    ...calls.map((call) => JSON.stringify(call)),
    JSON.stringify({ ...calls[0], id: 201, customer_id: 2, customer_acc_id: 21 }),
    JSON.stringify({ ...calls[0], id: 301, is_last_cdr: false }),
    JSON.stringify({ ...calls[0], id: 302, is_last_cdr: null }),
    `{"id":9007199254740993,"customer_id":1,"is_last_cdr":true,"time_start":"2025-06-01T00:00:00Z"}`,
    `{"id":9223372036854775807,"customer_id":1,"is_last_cdr":true,"time_start":"2025-06-01T00:00:00Z"}`,
  ])
})

const list = (query: string, access = OWNER) => get(`/cdrs?${FROM}&${query}`, access)
const ids = async (query: string, access = OWNER) => (await idsOf(await list(query, access))).ids.map(Number).toSorted((a, b) => a - b)
const ALL = names.map((_, at) => 101 + at)

describe('whose calls are listed', () => {
  test.for([
    ["the customer's own, of every account", OWNER, ALL],
    ['those of the accounts that the access is limited to', LIMITED, ALL.filter((id) => id % 2 === 0)],
    ['another customer sees his own', OTHER, [201]],
  ] as const)('%s', async ([, access, wanted]) => {
    const { total, ids: found } = await idsOf(await list('', access))
    expect(found.map(Number).toSorted((a, b) => a - b)).toEqual(wanted)
    expect(total).toBe(wanted.length)
  })

  test('an access that is gone is refused at once', async () => {
    expect((await list('', 999)).status).toBe(401)
  })
})

describe('text is searched', () => {
  test.for<[filter: string, value: string, wanted: number[]]>([
    ['cont', 'ALI', [101]],
    ['cont', 'über', [102]],
    ['cont', 'ÜMLAUT', [102]],
    ['cont', 'чарли', [103]],
    ['cont', 'ИВАНОВ', [103]],
    ['end', 'ИВАНОВ', [103]],
    ['start', 'чАРЛИ', [103]],
    ['cont', '%', [104]],
    ['cont', '_', [105]],
    ['cont', '\\', [106]],
    ['start', 'istanbul', [107]],
    ['start', 'i', [107]],
    ['cont', 'sstr', []],
    ['start', 'ßTRAß', [108]],
    ['end', 'οδοσ', [109]],
    ['end', 'οδος', []],
    ['cont', '📞', [110]],
    ['end', 'PHONE', [110]],
    ['cont', 'ж'.repeat(300), [111]],
    ['start', 'ж'.repeat(300), [111]],
    ['end', `${'ж'.repeat(300)}Y`, [111]],
    ['cont_any', '📞,%,nobody', [104, 110]],
    ['eq', 'alice', []],
    ['eq', 'Alice', [101]],
  ])('%s %s', async ([operator, value, wanted]) => {
    expect(await ids(`filter[src_name_in_${operator}]=${encodeURIComponent(value)}`)).toEqual(wanted)
  })
})

describe('a comparison', () => {
  test.for<[query: string, wanted: number[]]>([
    ['filter[duration_gt]=80', [110]],
    ['filter[duration_lteq]=10.9', [101, 102]],
    ['filter[duration_lt]=99999999999999999999', ALL.slice(0, 10)],
    ['filter[duration_not_in]=0,10,20,30,40', ALL.slice(5, 10)],
    ['filter[duration_not_eq]=0', ALL.slice(1, 10)],
    ['filter[customer_price_eq]=1.500', [101, 102, 109, 110]],
    ['filter[customer_price_gt]=99999999999999999999.4', [105, 107]],
    ['filter[customer_price_eq]=NaN', [105]],
    ['filter[customer_price_lt]=0', [104, 112]],
    ['filter[customer_price_eq]=1e-6', [106]],
    ['filter[success_eq]=f', ALL.filter((id) => (id - 101) % 3 !== 0)],
    ['filter[auth_orig_ip_eq]=10.0.0.1/32', [101, 106, 111]],
    ['filter[auth_orig_ip_in]=10.0.0.0/8,2001:DB8:0::1', [103, 104, 108, 109]],
    ['filter[time_start_lt]=2026-01-01T02:00:00.123456Z', [101, 102]],
    ['filter[time_start_lteq]=2026-01-01%2004:00:00.123456%2002:00', [101, 102, 103]],
    ['filter[id_in]=101,102,9007199254740993', [101, 102]],
    [`filter[account_id_eq]=${uuidOf(12).toUpperCase()}`, ALL.filter((id) => id % 2 === 0)],
    [`filter[account_id_in]=${uuidOf(99)}`, []],
    [`filter[account_id_not_in]=${uuidOf(99)}`, ALL],
    [`filter[account_id_eq]=${uuidOf(21)}`, []],
    ['filter[durationIn][]=0&filter[durationIn][]=10', [101, 102]],
    ['filter[src_name_in_in]=Alice,%22100%25 sure%22', [101, 104]],
    ['filter[src_name_in_eq]=%20Alice%20', [101]],
    ['filter[src_name_in_eq]=%C2%A0Alice', []],
    ['filter[src_name_in_eq]=%22%22', ALL],
    ['filter[id]=101,102.7,x', [101, 102]],
    ['filter[id]=', []],
  ])('%s', async ([query, wanted]) => {
    expect(await ids(query)).toEqual(wanted)
  })

  test.for(['9007199254740993', '9223372036854775807'])('an id of %s stays whole', async (id) => {
    const { ids: found } = await idsOf(await get(`/cdrs?filter[time_start_gteq]=2025-01-01&filter[id_eq]=${id}`))
    expect(found).toEqual([id])
  })
})

describe('one request takes', () => {
  test('more than 150 filters', async () => {
    const numbers = [
      'duration',
      'customer_duration',
      'lega_disconnect_code',
      'auth_orig_port',
      'destination_initial_interval',
      'destination_next_interval',
    ]
    const prices = [
      'customer_price',
      'customer_price_no_vat',
      'customer_acc_vat',
      'destination_fee',
      'destination_initial_rate',
      'destination_next_rate',
    ]
    const texts = [
      'src_name_in',
      'src_prefix_in',
      'dst_prefix_in',
      'local_tag',
      'to_domain',
      'from_domain',
      'ruri_domain',
      'diversion_in',
      'pai_in',
      'ppi_in',
    ]
    const filters = [
      ...[...numbers, ...prices].flatMap((field) =>
        ['eq', 'not_eq', 'gt', 'gteq', 'lt', 'lteq', 'in', 'not_in'].map((by) => `filter[${field}_${by}]=1`),
      ),
      ...texts.flatMap((field) => ['eq', 'not_eq', 'cont', 'start', 'end', 'cont_any'].map((by) => `filter[${field}_${by}]=1`)),
    ]
    expect(filters.length).toBeGreaterThan(150)
    const response = await list(filters.join('&'))
    expect(response.status).toBe(200)
    expect((await idsOf(response)).total).toBe(0)
  })

  test('2,500 values in one list', async () => {
    const values = Array.from({ length: 2500 }, (_, at) => at * 7)
    expect(await ids(`filter[duration_in]=${values.join(',')}`)).toEqual([101, 108])
    expect(await ids(`filter[duration_not_in]=${values.join(',')}`)).toEqual(ALL.slice(1, 10).filter((id) => id !== 108))
  })
})

describe('the order', () => {
  test.for<[sort: string, wanted: number[]]>([
    ['duration', [...ALL.slice(0, 10), 112, 111]],
    ['-duration', [112, 111, ...ALL.slice(0, 10).toReversed()]],
    ['customerPrice,-id', [112, 104, 106, 110, 109, 102, 101, 111, 103, 107, 105, 108]],
    ['auth-orig-ip', [112, 107, 102, 110, 105, 108, 103, 111, 106, 101, 109, 104]],
    ['success,duration', [102, 103, 105, 106, 108, 109, 112, 111, 101, 104, 107, 110]],
  ])('%s', async ([sort, wanted]) => {
    expect((await idsOf(await list(`sort=${sort}`))).ids.map(Number)).toEqual(wanted)
  })

  test('pages neither repeat nor skip a row among equals', async () => {
    const pages = await Promise.all(
      [1, 2, 3, 4].map(async (page) => (await idsOf(await list(`sort=success&page[size]=3&page[number]=${page}`))).ids),
    )
    expect(new Set(pages.flat()).size).toBe(12)
  })
})

describe('a document', () => {
  test('shows each linked account once, and the link in each call', async () => {
    const { data, included } = await bodyOf(await list('include=account&fields[cdrs]=account&fields[accounts]=name'))
    expect(data[0]?.relationships['account']?.data).toEqual({ type: 'accounts', id: uuidOf(12) })
    expect(included?.map(({ id, attributes }) => [id, attributes])).toEqual([
      [uuidOf(12), { name: 'Account 12' }],
      [uuidOf(11), { name: 'Account 11' }],
    ])
  })

  test('shows recordings only to those who may listen', async () => {
    const recordings = async (access: number) => {
      const { data } = await bodyOf(await list('fields[cdrs]=rec&filter[id]=102', access))
      return data.map(({ attributes }) => attributes['rec'])
    }
    expect(await recordings(OWNER)).toEqual([false])
    expect(await recordings(LISTENER)).toEqual([true])
  })

  test('keeps a list beyond its end empty, with a way back', async () => {
    const { data, links } = await bodyOf(await list('page[number]=99999999999999999999'))
    expect(data).toEqual([])
    expect(links['prev']).toContain('page%5Bnumber%5D=99999999999999999998')
  })
})

describe('without a lower bound', () => {
  test('only the last 24 hours are listed', async () => {
    const now = Date.now()
    const call = (id: number, hours: number) =>
      JSON.stringify({
        id,
        customer_id: 2,
        customer_acc_id: 21,
        is_last_cdr: true,
        time_start: new Date(now - hours * 3_600_000).toISOString(),
      })
    await load('cdrs', [call(401, 23.9), call(402, 24.1)])
    expect((await idsOf(await get('/cdrs', OTHER))).ids).toEqual(['401'])
  })
})

describe('what the operator hides', () => {
  const hidden = { OUTGOING_CDR_HIDE_FIELDS: 'src_name_in, duration,account' }
  test.for<[query: string, code: string]>([
    ['fields[cdrs]=src-name-in', '104'],
    ['filter[duration_eq]=1', '102'],
    ['sort=duration', '114'],
    ['include=account', '112'],
  ])('can not be asked for: %s', async ([query, code]) => {
    expect((await errorsOf(await get(`/cdrs?${FROM}&${query}`, OWNER, hidden)))[0]?.[0]).toBe(code)
  })

  test('is in no document', async () => {
    const { data } = await bodyOf(await get(`/cdrs?${FROM}&page[size]=1`, OWNER, hidden))
    expect(Object.keys(data[0]!.attributes)).not.toContain('duration')
    expect(data[0]!.relationships).not.toHaveProperty('account')
    expect((await get('/cdrs/101/account', OWNER, hidden)).status).toBe(404)
  })

  test('hides nothing where nothing is set', async () => {
    const { data } = await bodyOf(await list('page[size]=1'))
    expect(Object.keys(data[0]!.attributes)).toHaveLength(31)
  })
})
