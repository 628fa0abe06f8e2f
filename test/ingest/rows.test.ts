import { getTableColumns, getTableName } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decodeDecimal } from '../../src/db/decimal.ts'
import { decodeInet } from '../../src/db/inet.ts'
import { verifyPassword } from '../../src/db/password.ts'
import * as tables from '../../src/db/schema.ts'
import { kinds } from '../../src/ingest/schema.ts'
import { upsert } from '../../src/ingest/write.ts'
import { emptyTables, newDatabase, put, request, select } from './operator.ts'

beforeAll(newDatabase)
beforeEach(emptyTables)

const START = '2026-01-07T02:00:45.647450Z'
const UUID = 'ef676c5d-638e-568f-951b-e5660ab2b491'
const OTHER_UUID = 'cf24ad0f-45cd-5627-8571-9c8755b9ab9f'

/** The columns of the only row, in SQL. */
const only = async (table: string, columns: string) => {
  const rows = await select(`SELECT ${columns} FROM ${table}`)
  expect(rows).toHaveLength(1)
  return rows[0]!
}

test('every column of every table can be loaded', () => {
  const names = new CasingCache('snake_case')
  const loadable = Object.fromEntries(
    [...kinds.values()].map(({ table, columns }) => [getTableName(table), columns.map(({ name }) => name).toSorted()]),
  )
  const all = (Object.values(tables) as SQLiteTable[]).map((table) => {
    const columns = Object.values(getTableColumns(table)).map((column) => names.getColumnCasing(column))
    return [getTableName(table), columns.filter((name) => !['folded', 'digest', 'is_incoming'].includes(name)).toSorted()]
  })
  // These are kept by loading.
  const own = ['owner_counters', 'account_counters', 'incoming_vendors', 'rejected_cdrs', 'cut_cdrs', 'ingest_state']
  expect(loadable).toEqual(Object.fromEntries(all.filter(([name]) => !own.includes(String(name)))))
})

describe('a row of each kind', () => {
  test.for<[string, object, object]>([
    ['customers', { id: 1, name: 'Alpha', external_id: 1001 }, { id: 1, name: 'Alpha', external_id: 1001 }],
    [
      'accounts',
      { id: 101, uuid: UUID.toUpperCase(), customer_id: 1, name: 'Альфа', balance: '-0.50', origination_capacity: 10, currency: 'USD' },
      { id: 101, uuid: UUID, customer_id: 1, name: 'Альфа', balance: '4~4~', origination_capacity: 10, folded: '{"name":"альфа"}' },
    ],
    [
      'api_accesses',
      { id: 2, login: 'бета', account_ids: [101, 103], allowed_ips: ['10.0.0.0/8', '2001:DB8::/32'], allow_listen_recording: true },
      { id: 2, login: 'бета', account_ids: '[101,103]', allowed_ips: '["10.0.0.0/8","2001:db8::/32"]', allow_listen_recording: 1 },
    ],
    ['transport_protocols', { id: 1, name: 'UDP' }, { id: 1, name: 'UDP' }],
    ['profiles', { id: 1, payments: false }, { id: 1, name: 'Everything', payments: 0, transactions: 1 }],
    [
      'cdrs',
      {
        id: 1157,
        uuid: UUID,
        customer_id: 1,
        is_last_cdr: true,
        time_start: START,
        time_connect: null,
        duration: 0,
        success: false,
        customer_price: '8.2',
        src_name_in: '\u0001ctl',
        dst_prefix_out: '',
        diversion_out: '\u212aelvin',
        auth_orig_ip: '2001:db8::1',
      },
      {
        id: 1157,
        customer_id: 1,
        is_last_cdr: 1,
        time_start: 1_767_751_245_647_450,
        time_connect: null,
        duration: 0,
        success: 0,
        customer_price: '6B82',
        src_name_in: '\u0001ctl',
        dst_prefix_out: '',
        diversion_out: '\u212aelvin',
        auth_orig_ip: '620010db800000000000000000000000180',
        folded: '{"diversion_out":"kelvin"}',
      },
    ],
    [
      'cdr_exports',
      {
        id: 101,
        uuid: UUID,
        customer_account_id: 101,
        filters: { time_start_gteq: START, customer_acc_id_eq: 101 },
        fields: ['duration'],
        rows_count: null,
        time_format: 'round_to_seconds',
        time_zone_name: 'Europe/Kyiv',
        created_at: '2026-01-02T01:07:13.123457Z',
      },
      {
        id: 101,
        uuid: UUID,
        filters: `{"time_start_gteq":"${START}","customer_acc_id_eq":101}`,
        fields: '["duration"]',
        status: 'Pending',
        time_format: 'round_to_seconds',
        created_at: 1_767_316_033_123_457,
      },
    ],
  ])('%s', async ([table, given, stored]) => {
    const kind = table.replaceAll('_', '-')
    expect(await put(kind, [given])).toMatchObject({ received: 1, stored: 1, unchanged: 0, rejected: 0, errors: [] })
    expect(await only(table, '*')).toMatchObject(stored)
    const again = await put(kind, [given])
    expect(again).toMatchObject({ received: 1, stored: 0, unchanged: 1, rejected: 0 })
    expect(again.cost.rowsWritten).toBe(0)
  })
})

describe('a value is stored', () => {
  const cases: [string, string, string, unknown][] = [
    // column, what is given (JSON text), what is asked (SQL), stored
    ['id', '9007199254740993', 'CAST(id AS TEXT)', '9007199254740993'],
    ['id', '9223372036854775807', 'CAST(id AS TEXT)', '9223372036854775807'],
    ['id', '-9223372036854775808', 'CAST(id AS TEXT)', '-9223372036854775808'],
    ['id', '"9007199254740993"', 'CAST(id AS TEXT)', '9007199254740993'],
    ['id', '123456789012345e3', 'CAST(id AS TEXT)', '123456789012345000'],
    ['duration', '2147483647', 'duration', 2_147_483_647],
    ['duration', '"-5"', 'duration', -5],
    ['duration', '" 5\\n"', 'duration', 5],
    ['duration', '+5', '', undefined],
    ['duration', '"+5"', 'duration', 5],
    ['duration', '5.0', 'duration', 5],
    ['duration', '5.5', '', undefined],
    ['duration', '2147483648', '', undefined],
    ['duration', '1e30', '', undefined],
    ['duration', '""', '', undefined],
    ['duration', 'true', '', undefined],
    ['auth_orig_transport_protocol_id', '32768', '', undefined],
    ...['true', '"t"', '"true"', '1', '"1"'].map((given): [string, string, string, unknown] => ['success', given, 'success', 1]),
    ...['false', '"f"', '"false"', '0', '"0"'].map((given): [string, string, string, unknown] => ['success', given, 'success', 0]),
    ['success', '" True "', 'success', 1],
    ['success', '"yes"', '', undefined],
    ['success', '""', '', undefined],
    ['success', 'null', 'success', null],
    ['success', '2', '', undefined],
    ['customer_price', '8.2', 'decimal', '8.2'],
    ['customer_price', '2.0', 'decimal', '2'],
    ['customer_price', '"2.50"', 'decimal', '2.5'],
    ['customer_price', '1.0e-20', 'decimal', '0.00000000000000000001'],
    ['customer_price', '1.0e+20', 'decimal', '100000000000000000000'],
    ['customer_price', '1e-400', 'decimal', `0.${'0'.repeat(399)}1`],
    ['customer_price', '0.30000000000000004', 'decimal', '0.30000000000000004'],
    ['customer_price', '1234567890123456.123456789', 'decimal', '1234567890123456.123456789'],
    ['customer_price', '-12345678901234567890123.45', 'decimal', '-12345678901234567890123.45'],
    ['customer_price', '"-12345678901234567890123.45"', 'decimal', '-12345678901234567890123.45'],
    ['customer_price', '"NaN"', 'decimal', 'NaN'],
    ['customer_price', '" 2.50 "', 'decimal', '2.5'],
    ['customer_price', '"Infinity"', '', undefined],
    ['customer_price', '"-Infinity"', '', undefined],
    ['customer_price', '"1,5"', '', undefined],
    ['customer_price', '1e-16383', 'decimal', `0.${'0'.repeat(16_382)}1`],
    ['customer_price', '1e131071', 'decimal', `1${'0'.repeat(131_071)}`],
    ['customer_price', '1e-16384', '', undefined],
    ['customer_price', '1e-30000', '', undefined],
    ['customer_price', '-1e131072', '', undefined],
    ['customer_price', '1e200000', '', undefined],
    ['customer_price', '1e999999999999', '', undefined],
    ['customer_price', 'false', '', undefined],
    ['src_name_in', '"Бета 📞"', 'src_name_in', 'Бета 📞'],
    ['src_name_in', '"\\u2028"', 'src_name_in', '\u2028'],
    ['src_name_in', '"a\\u0000b"', '', undefined],
    ['src_name_in', '"\\ud83d"', '', undefined],
    ['src_name_in', '380441112233', 'src_name_in', '380441112233'],
    ['src_name_in', '38044111223344556677', 'src_name_in', '38044111223344556677'],
    ['src_name_in', '1.0e+20', 'src_name_in', '100000000000000000000'],
    ['src_name_in', '-0.50', 'src_name_in', '-0.5'],
    ['src_name_in', 'true', 'src_name_in', 'true'],
    ['src_name_in', '1e200000', '', undefined],
    ['src_name_in', '[380]', '', undefined],
    ['src_name_in', '{}', '', undefined],
    ['sign_term_ip', '10', 'sign_term_ip', '10'],
    ['auth_orig_ip', '"10.1.2.3/8"', 'inet', '10.1.2.3/8'],
    ['auth_orig_ip', '"::ffff:1.2.3.4"', 'inet', '::ffff:1.2.3.4'],
    ['auth_orig_ip', '"010.000.000.001"', 'inet', '10.0.0.1'],
    ['auth_orig_ip', '"10.0.0.256"', '', undefined],
    ['sign_term_ip', '"anything"', 'sign_term_ip', 'anything'],
    ['time_end', '"2026-01-07T23:59:59.999999+00:00"', 'time_end', 1_767_830_399_999_999],
    ['time_end', '"2026-01-07 23:59:59.9999999+00"', 'time_end', 1_767_830_399_999_999],
    ['time_end', '"2026-01-08T02:29:59.999999+02:30"', 'time_end', 1_767_830_399_999_999],
    ['time_end', '"2026-01-07 21:59:59.999999-02"', 'time_end', 1_767_830_399_999_999],
    ['time_end', '"2026-01-07T23:59:59"', 'time_end', 1_767_830_399_000_000],
    ['time_end', '"1969-12-31T23:59:59.5Z"', 'time_end', -500_000],
    ['time_end', '"1969-12-31 23:15:30-00:44:30"', 'time_end', 0],
    ['time_end', '"20260107t235959z"', 'time_end', 1_767_830_399_000_000],
    ['time_end', '"2026-02-30T00:00:00Z"', '', undefined],
    ['time_end', '"0044-03-15 12:00:00+00 BC"', '', undefined],
    ['time_end', '"10000-01-01 00:00:00+00"', '', undefined],
    ['time_end', '"infinity"', '', undefined],
    ['time_end', '1767830399', '', undefined],
    ['time_start', 'null', '', undefined],
    ['id', 'null', '', undefined],
  ]

  test.for(cases)('%s: %s', async ([column, given, asked, stored]) => {
    const others = column === 'id' ? `"time_start":"${START}"` : column === 'time_start' ? '"id":1' : `"id":1,"time_start":"${START}"`
    const outcome = await put('cdrs', `{${others},"${column}":${given}}\n\n`).catch((error: Error) => error.message)
    if (stored === undefined) {
      if (given === '+5') return expect(outcome).toContain('400')
      const detail = expect.stringMatching(new RegExp(`^${column} (is not|must not be)|^The row has more than`)) as string
      return expect(outcome).toMatchObject({ rejected: 1, errors: [{ line: 1, detail }] })
    }
    expect(outcome).toMatchObject({ stored: 1 })
    const decode = { decimal: decodeDecimal, inet: decodeInet }[asked]
    const { value } = await only('cdrs', `${decode ? column : asked} AS value`)
    expect(decode ? decode(String(value)) : value).toEqual(stored)
  })

  test('the same whether other numbers of the body are long or not', async () => {
    const row = { id: 1, time_start: START, customer_price: 0.1, duration: 7 }
    await put('cdrs', [row])
    const batch = JSON.stringify({ data: [row, { id: 2, time_start: START }] }).replace('"id":2', '"id":9223372036854775807')
    expect(await put('cdrs', batch)).toMatchObject({ stored: 1, unchanged: 1 })
  })

  test.for<[string, unknown, string | null]>([
    ['account_ids', '{1,2}', '[1,2]'],
    ['account_ids', '{}', '[]'],
    ['account_ids', '[3]', '[3]'],
    ['account_ids', null, '[]'],
    ['account_ids', '{NULL}', null],
    ['account_ids', 5, null],
    ['allowed_ips', '{0.0.0.0/0,::/0}', '["0.0.0.0/0","::/0"]'],
    ['allowed_ips', null, '["0.0.0.0/0","::/0"]'],
    ['allowed_ips', ['010.0.0.1/024'], '["10.0.0.1/24"]'],
    ['allowed_ips', ['10.0.0.1', 'nowhere'], null],
  ])('a list %s from %j', async ([column, given, stored]) => {
    const outcome = await put('api-accesses', [{ id: 1, [column]: given }])
    if (stored === null) expect(outcome.errors[0]?.detail).toContain(`${column} is not a list of`)
    else expect(await only('api_accesses', column)).toEqual({ [column]: stored })
  })

  test.for<[string, string, string | null]>([
    ['filters', '{"duration_eq": 9007199254740993}', '{"duration_eq":9007199254740993}'],
    ['filters', '"{\\"success_eq\\": true}"', '{"success_eq":true}'],
    ['filters', '[]', null],
    ['filters', '"{"', null],
    ['fields', '"[\\"id\\", \\"duration\\"]"', '["id","duration"]'],
    ['fields', '[1]', null],
    ['status', '"Deleted"', 'Deleted'],
    ['status', 'null', 'Pending'],
    ['status', '"Gone"', null],
  ])('of an export: %s from %s', async ([column, given, stored]) => {
    const outcome = await put('cdr-exports', `{"uuid":"${UUID}","${column}":${given}}`)
    if (stored === null) expect(outcome.errors[0]?.detail).toContain(`${column} is not `)
    else expect(await only('cdr_exports', column)).toEqual({ [column]: stored })
  })
})

test('a balance beyond what PostgreSQL holds is refused, a name that is a number is not', async () => {
  const account = { id: 1, uuid: UUID, name: 380 }
  expect(await put('accounts', [{ ...account, balance: '1e131072' }])).toMatchObject({
    errors: [{ line: 1, detail: 'balance is not a decimal of at most 131072 digits before and 16383 behind the point.' }],
  })
  await put('accounts', [account])
  expect(await only('accounts', 'name, balance')).toEqual({ name: '380', balance: null })
})

test('a time that the API cannot show is refused with what it can', async () => {
  const { errors } = await put('cdrs', [{ id: 1, time_start: START, time_end: 'infinity' }])
  expect(errors).toEqual([{ line: 1, detail: 'time_end is not a time from year 1 to 9999.' }])
})

describe('a long text of a CDR is cut', () => {
  const names = ['src_name_in', 'diversion_in', 'pai_in', 'ppi_in', 'rpid_in', 'lega_user_agent', 'legb_user_agent']
  const load = (row: object) => put('cdrs', [{ id: 1, time_start: START, ...row }])
  const cutCdrs = async () => (await (await request('status')).json<{ cut_cdrs: number }>()).cut_cdrs

  test.for<[string, string, string]>([
    ['not at 4 KiB', 'x'.repeat(4096), 'x'.repeat(4096)],
    ['over 4 KiB', 'x'.repeat(4097), 'x'.repeat(4096)],
    ['of many thousands', 'x'.repeat(900_000), 'x'.repeat(4096)],
    ['by bytes, not characters', 'ж'.repeat(2049), 'ж'.repeat(2048)],
    ['at the end of a character of two bytes', `x${'ж'.repeat(2048)}`, `x${'ж'.repeat(2047)}`],
    ['at the end of one of three', 'あ'.repeat(1366), 'あ'.repeat(1365)],
    ['at the end of one of four', `xx${'📞'.repeat(1024)}`, `xx${'📞'.repeat(1023)}`],
    ['before what does not fit', `${'x'.repeat(4095)}ж${'x'.repeat(9)}`, 'x'.repeat(4095)],
  ])('%s', async ([, given, stored]) => {
    expect(await load({ src_name_in: given })).toMatchObject({ stored: 1, rejected: 0 })
    expect(await only('cdrs', 'src_name_in')).toEqual({ src_name_in: stored })
    expect(await cutCdrs()).toBe(given === stored ? 0 : 1)
  })

  test('down to 24 KiB together, the longest first', async () => {
    const row = Object.fromEntries(names.map((name, at) => [name, String(at).repeat(at === 0 ? 100 : 4100)]))
    await load({ ...row, local_tag: 'short' })
    const stored = await only('cdrs', `local_tag, ${names.join(', ')}`)
    const most = Math.floor((24 * 1024 - 5 - 100) / 6)
    expect(stored).toEqual({
      ...Object.fromEntries(names.map((name, at) => [name, row[name]!.slice(0, at === 0 ? 100 : most)])),
      local_tag: 'short',
    })
  })

  test('by what JSON makes of it, where that is more', async () => {
    await load({ src_name_in: '\u0001'.repeat(90_000), rpid_in: '"\\'.repeat(90_000), pai_in: 'whole' })
    const stored = await only('cdrs', 'src_name_in, rpid_in, pai_in')
    expect(JSON.stringify(Object.values(stored)).length).toBeLessThan(24 * 1024 + 10)
    expect(stored['pai_in']).toBe('whole')
    expect(String(stored['rpid_in'])).toHaveLength(4096)
  })

  test('with its folded form', async () => {
    await load({ src_name_in: 'Ж'.repeat(90_000), rpid_in: 'Short' })
    expect(await only('cdrs', 'folded')).toEqual({ folded: JSON.stringify({ src_name_in: 'ж'.repeat(2048) }) })
  })

  test('once: when it comes again nothing is written', async () => {
    const row = { src_name_in: 'Ж'.repeat(90_000), rpid_in: 'x'.repeat(5000) }
    await load(row)
    const again = await load(row)
    expect(again).toMatchObject({ stored: 0, unchanged: 1, cost: { rowsWritten: 0 } })
    expect(await load({ ...row, src_name_in: 'Ж'.repeat(90_001) })).toMatchObject({ unchanged: 1 })
    expect(await cutCdrs()).toBe(1)
  })

  test('where two rows of a body make one as well', async () => {
    const texts = Object.fromEntries(names.map((name) => [name, 'x'.repeat(4096)]))
    const others = { privacy_in: 'y'.repeat(4096), rpid_privacy_in: 'y'.repeat(4096) }
    await put('cdrs', [
      { id: 1, time_start: START, ...texts },
      { id: 1, ...others },
    ])
    const stored = await only('cdrs', [...names, ...Object.keys(others)].join(', '))
    expect(Object.values(stored).join('').length).toBeLessThanOrEqual(24 * 1024)
  })

  test('but not that of an account', async () => {
    await put('accounts', [{ id: 1, uuid: UUID, name: 'x'.repeat(99_000) }])
    expect(await only('accounts', 'length(name) AS n')).toEqual({ n: 99_000 })
    const { errors } = await put('accounts', [{ id: 1, uuid: UUID, name: 'x'.repeat(100_001) }])
    expect(errors).toEqual([{ line: 1, detail: 'The row has more than 100000 characters.' }])
  })
})

describe('a row that exists', () => {
  const complete = { id: 1, time_start: START, duration: 5, src_name_in: 'ЖЖ', dst_prefix_in: 'Ö', customer_price: '1' }
  const columns = 'duration, src_name_in, dst_prefix_in, folded'

  test('keeps what an incomplete one leaves out, even required columns', async () => {
    await put('cdrs', [complete])
    expect(await put('cdrs', [{ id: 1, duration: 6 }])).toMatchObject({ stored: 1, unchanged: 0 })
    expect(await only('cdrs', `time_start, customer_price, ${columns}`)).toEqual({
      time_start: 1_767_751_245_647_450,
      customer_price: '6B1',
      duration: 6,
      src_name_in: 'ЖЖ',
      dst_prefix_in: 'Ö',
      folded: '{"src_name_in":"жж","dst_prefix_in":"ö"}',
    })
  })

  test.for<[object, string | null]>([
    [{ src_name_in: 'Ы' }, '{"dst_prefix_in":"ö","src_name_in":"ы"}'],
    [{ src_name_in: 'plain' }, '{"dst_prefix_in":"ö"}'],
    [{ src_name_in: null }, '{"dst_prefix_in":"ö"}'],
    [{ src_name_in: null, dst_prefix_in: '1' }, null],
    [{ local_tag: 'É' }, '{"src_name_in":"жж","dst_prefix_in":"ö","local_tag":"é"}'],
    [{ duration: 9 }, '{"src_name_in":"жж","dst_prefix_in":"ö"}'],
  ])('with %j keeps the folded texts of the others', async ([change, folded]) => {
    await put('cdrs', [complete])
    expect(await put('cdrs', [{ id: 1, ...change }])).toMatchObject({ stored: 1 })
    const row = await only('cdrs', 'folded')
    expect(JSON.parse(String(row['folded']))).toEqual(folded && JSON.parse(folded))
  })

  test('loses what an explicit null overwrites', async () => {
    await put('cdrs', [complete])
    await put('cdrs', [{ ...complete, duration: null, src_name_in: null, dst_prefix_in: null }])
    expect(await only('cdrs', columns)).toEqual({ duration: null, src_name_in: null, dst_prefix_in: null, folded: null })
  })

  test('is unchanged by its key alone', async () => {
    await put('cdrs', [complete])
    expect(await put('cdrs', [{ id: 1 }])).toMatchObject({ stored: 0, unchanged: 1 })
  })

  test('beyond 2^53 is told from its neighbours', async () => {
    await put('cdrs', `{"id":9007199254740993,"time_start":"${START}"}`)
    const outcome = await put('cdrs', '{"id":9007199254740992,"duration":1}\n{"id":9007199254740993,"duration":2}')
    expect(outcome).toMatchObject({ stored: 1, rejected: 1, errors: [{ line: 1 }] })
    expect(await only('cdrs', 'CAST(id AS TEXT) AS id, duration')).toEqual({ id: '9007199254740993', duration: 2 })
  })
})

describe('rows of which hardly two have the same columns', () => {
  test('keep what they leave out, and get the defaults where they are new', async () => {
    const names = [
      'login',
      'customer_id',
      'account_ids',
      'allowed_ips',
      'allow_listen_recording',
      'customer_portal_access_profile_id',
      'password_digest',
    ]
    const digest = `$2a$12$${'a./Z9'.repeat(10)}abc`
    const given = ['a', 5, [7], ['10.0.0.0/8'], true, 3, digest]
    await put('api-accesses', [{ id: 0, login: 'kept', account_ids: [1] }])
    const rows = names.map((name, at) => ({ id: at + 1, [name]: given[at], ...(at > 0 ? { [names[at - 1]!]: given[at - 1] } : {}) }))
    expect(await put('api-accesses', [{ id: 0, customer_id: 9 }, { id: 8 }, ...rows])).toMatchObject({ stored: 9, rejected: 0 })
    expect(await select('SELECT id, login, customer_id, account_ids, allow_listen_recording FROM api_accesses ORDER BY id')).toMatchObject([
      { id: 0, login: 'kept', customer_id: 9, account_ids: '[1]', allow_listen_recording: 0 },
      { id: 1, login: 'a', customer_id: null, account_ids: '[]' },
      { id: 2, login: 'a', customer_id: 5 },
      { id: 3, login: null, customer_id: 5, account_ids: '[7]' },
      { id: 4, account_ids: '[7]' },
      { id: 5, account_ids: '[]', allow_listen_recording: 1 },
      { id: 6, allow_listen_recording: 1 },
      { id: 7, allow_listen_recording: 0 },
      { id: 8, login: null, account_ids: '[]' },
    ])
    expect((await put('api-accesses', rows)).cost.rowsWritten).toBe(0)
  })

  test('of exports get ids of their own', async () => {
    const columns = [
      'status',
      'filters',
      'fields',
      'rows_count',
      'time_format',
      'time_zone_name',
      'created_at',
      'updated_at',
      'customer_account_id',
    ]
    const given = ['Failed', {}, [], 3, 'with_timezone', 'UTC', START, START, 5]
    const rows = columns.map((name, at) => ({ uuid: `${at}${UUID.slice(1)}`, [name]: given[at], ...(at === 4 ? { id: 2 } : {}) }))
    expect(await put('cdr-exports', rows)).toMatchObject({ stored: 9 })
    expect(await select("SELECT id FROM cdr_exports WHERE uuid LIKE '4%'")).toEqual([{ id: 2 }])
    expect(await select('SELECT count(DISTINCT id) AS n FROM cdr_exports')).toEqual([{ n: 9 }])
  })
})

describe('a new row', () => {
  test.for<[string, object, string]>([
    ['cdrs', { id: 1 }, 'time_start is missing, and there is no such row yet.'],
    ['cdrs', { time_start: START }, 'id is missing.'],
    ['accounts', { id: 1, name: 'a' }, 'uuid is missing, and there is no such row yet.'],
    ['cdr-exports', { id: 1 }, 'uuid is missing.'],
  ])('of %s is refused without its required columns: %j', async ([kind, row, detail]) => {
    expect(await put(kind, [row])).toMatchObject({ stored: 0, rejected: 1, errors: [{ line: 1, detail }] })
  })

  test('has null or the default where it says nothing', async () => {
    await put('api-accesses', [{ id: 1 }])
    expect(await only('api_accesses', '*')).toEqual({
      id: 1,
      customer_id: null,
      login: null,
      password_digest: null,
      account_ids: '[]',
      allowed_ips: '["0.0.0.0/0","::/0"]',
      allow_listen_recording: 0,
      customer_portal_access_profile_id: 1,
    })
  })
})

describe('rows of one key in one body', () => {
  test('end as the last one says', async () => {
    const rows = [
      { id: 1, name: 'a', external_id: 5 },
      { id: 2, name: 'x' },
      { id: 1, name: 'b' },
      { id: 1, name: 'c' },
    ]
    expect(await put('customers', rows)).toMatchObject({ received: 4, stored: 2, unchanged: 2, rejected: 0 })
    expect(await select('SELECT * FROM customers')).toEqual([
      { id: 1, name: 'c', external_id: 5 },
      { id: 2, name: 'x', external_id: null },
    ])
  })

  test('complete each other only onwards', async () => {
    const rows = [
      { id: 1, duration: 1 },
      { id: 1, time_start: START },
      { id: 1, success: true },
    ]
    expect(await put('cdrs', rows)).toMatchObject({ received: 3, stored: 1, unchanged: 1, rejected: 1, errors: [{ line: 1 }] })
    expect(await only('cdrs', 'duration, success')).toEqual({ duration: null, success: 1 })
  })

  test('are the same over the border of a chunk', async () => {
    const rows = Array.from({ length: 4001 }, (_, index) => ({ id: index % 3500, name: String(index) }))
    expect(await put('customers', rows)).toMatchObject({ received: 4001, stored: 4001 })
    expect(await select('SELECT name FROM customers WHERE id IN (500, 501)')).toEqual([{ name: '4000' }, { name: '501' }])
  })
})

describe('a password', () => {
  const digestOf = async () => String((await only('api_accesses', 'password_digest'))['password_digest'])

  test('is kept as a digest, which stays while the password does', async () => {
    expect(await put('api-accesses', [{ id: 1, login: 'a', password: 'пароль' }])).toMatchObject({ stored: 1 })
    const digest = await digestOf()
    expect(digest).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$[^$]{22}\$[^$]{43}$/)
    expect(await verifyPassword('пароль', digest)).toBe(true)
    expect(await put('api-accesses', [{ id: 1, login: 'a', password: 'пароль' }])).toMatchObject({ stored: 0, unchanged: 1 })
    expect(await put('api-accesses', [{ id: 1, password: 'other' }])).toMatchObject({ stored: 1 })
    expect(await verifyPassword('other', await digestOf())).toBe(true)
  })

  test('can be given as a digest', async () => {
    const digest = `$2a$12$${'a./Z9'.repeat(10)}abc`
    await put('api-accesses', [{ id: 1, password_digest: digest }])
    expect(await digestOf()).toBe(digest)
  })

  test('is taken away by null', async () => {
    await put('api-accesses', [
      { id: 1, password: 'x' },
      { id: 1, password: null },
    ])
    expect(await only('api_accesses', 'password_digest')).toEqual({ password_digest: null })
  })

  test.for<[object, string]>([
    [{ password: '' }, 'password is not a text, or empty.'],
    [{ password: 5 }, 'password is not a text, or empty.'],
    [{ password_digest: 'secret' }, 'password_digest is not a bcrypt or scrypt digest.'],
    [{ password_digest: '$scrypt$ln=30,r=8,p=1$c2FsdA$aGFzaA' }, 'password_digest is not a bcrypt or scrypt digest.'],
  ])('is refused without being told: %j', async ([row, detail]) => {
    expect((await put('api-accesses', [{ id: 1, ...row }])).errors).toEqual([{ line: 1, detail }])
  })
})

describe('the customer of an export', () => {
  const account = (customer: number | null) => ['accounts', { id: 11, uuid: OTHER_UUID, customer_id: customer }] as const
  const given = (row: object = {}) => ['cdr-exports', { uuid: UUID, customer_account_id: 11, ...row }] as const

  test.for<[what: string, loaded: (readonly [kind: string, row: object])[], customer: number | null]>([
    ['is that of its account', [account(1), given()], 1],
    ['is that of its account when it came', [account(1), given(), account(2)], 1],
    ['stays when the export comes again', [account(1), given(), account(2), given({ status: 'Failed' })], 1],
    ['is that of its account if that comes later', [given(), account(1), account(2)], 1],
    ['is the first that its account has', [account(null), given(), account(2), account(1)], 2],
    ['is the one that it names', [account(1), given({ customer_id: 2 })], 2],
    ['is the one that it names later', [account(1), given(), given({ customer_id: 2 })], 2],
    ['is that of its account if it names none', [account(1), given({ customer_id: null })], 1],
    ['is that of its first account', [account(1), given({ customer_account_id: null }), given()], 1],
    ['is not known without an account', [account(1), given({ customer_account_id: null })], null],
  ])('%s', async ([, loaded, customer]) => {
    for (const [kind, row] of loaded) expect((await put(kind, [row])).stored).toBe(1)
    expect(await only('cdr_exports', 'customer_id')).toEqual({ customer_id: customer })
  })

  test('is given to all exports of a load', async () => {
    await put('accounts', [account(1)[1], { id: 12, uuid: UUID, customer_id: 2 }])
    const rows = Array.from({ length: 9 }, (_, at) => ({ uuid: UUID.replace(/^./, String(at)), customer_account_id: 11 + (at % 2) }))
    await put('cdr-exports', rows)
    expect(await select('SELECT customer_id, count(*) AS n FROM cdr_exports GROUP BY 1')).toEqual([
      { customer_id: 1, n: 5 },
      { customer_id: 2, n: 4 },
    ])
  })
})

describe('the internal id of an export', () => {
  const exports = () => select('SELECT id, uuid FROM cdr_exports ORDER BY id')

  test('is the one given, if it is free', async () => {
    await put('cdr-exports', [{ id: 7, uuid: UUID }])
    expect(await exports()).toEqual([{ id: 7, uuid: UUID }])
  })

  test('is chosen by the database if the one given belongs to another', async () => {
    await put('cdr-exports', [{ id: 7, uuid: UUID }])
    expect(await put('cdr-exports', [{ id: 7, uuid: OTHER_UUID }])).toMatchObject({ stored: 1 })
    expect(await put('cdr-exports', [{ id: 7, uuid: OTHER_UUID }])).toMatchObject({ unchanged: 1 })
    expect(await exports()).toEqual([
      { id: 7, uuid: UUID },
      { id: 8, uuid: OTHER_UUID },
    ])
  })

  test('is never chosen so that it takes another row’s wish', async () => {
    const uuids = [1, 2, 3, 4].map((digit) => `${digit}${UUID.slice(1)}`)
    await put('cdr-exports', [
      { uuid: uuids[0] },
      { id: 1, uuid: uuids[1] },
      { id: 1, uuid: uuids[2] },
      { id: 2, uuid: uuids[3], status: 'Failed' },
    ])
    expect(await exports()).toEqual([1, 2, 3, 4].map((id, index) => ({ id, uuid: [uuids[1], uuids[3], uuids[0], uuids[2]][index] })))
  })

  test('stays when the row comes with another', async () => {
    await put('cdr-exports', [{ id: 7, uuid: UUID }])
    expect(await put('cdr-exports', [{ id: 9, uuid: UUID, status: 'Failed' }])).toMatchObject({ stored: 1 })
    expect(await put('cdr-exports', [{ id: null, uuid: UUID }])).toMatchObject({ unchanged: 1 })
    expect(await exports()).toEqual([{ id: 7, uuid: UUID }])
  })
})

describe('what a CDR costs in rows written', () => {
  const visible = { id: 1, is_last_cdr: true, time_start: START, duration: 1 }
  const written = async (row: object) => (await put('cdrs', [row])).cost

  // One more for the state of the whole.
  test('three when it is visible, as for a change; none when it comes again', async () => {
    expect(await written(visible)).toMatchObject({ trips: 1, rowsWritten: 3 + 1 })
    expect(await written(visible)).toMatchObject({ trips: 1, rowsWritten: 0 })
    expect(await written({ ...visible, duration: 2 })).toMatchObject({ rowsWritten: 3 })
    expect(await written({ id: 1, duration: 3 })).toMatchObject({ trips: 2, rowsWritten: 1 })
  })

  test('one when it is hidden', async () => {
    expect(await written({ ...visible, is_last_cdr: false })).toMatchObject({ trips: 1, rowsWritten: 1 + 1 })
  })

  test('eight more when it is the only one of its customer, vendor and accounts in its hour and day', async () => {
    const owned = { ...visible, customer_id: 1, customer_acc_id: 10, vendor_id: 2, vendor_acc_id: 20 }
    expect(await written(owned)).toMatchObject({ trips: 1, rowsWritten: 3 + 1 + 8 })
  })

  test('one more when its vendor is a customer too', async () => {
    await put('customers', [{ id: 2 }])
    expect(await written({ ...visible, vendor_id: 2, vendor_acc_id: 20 })).toMatchObject({ trips: 1, rowsWritten: 3 + 1 + 4 + 1 })
  })
})

describe('statements', () => {
  const customers = kinds.get('customers')!

  test('are one for all rows with the same columns', () => {
    const rows = [
      [1, 'a', undefined],
      [2, undefined, 5],
      [3, 'c', undefined],
    ]
    expect(upsert(customers, rows).map(({ values }) => values)).toEqual(['[[1,"a"],[3,"c"]]', '[[2,5]]'])
  })

  test('are one for rows of which hardly two have the same columns', async () => {
    const names = kinds
      .get('cdrs')!
      .columns.map(({ name }) => name)
      .slice(7, 37)
    const rows = names.map((name, id) => ({ id, time_start: START, [name]: null, [names[(id * 7) % 30]!]: null }))
    expect((await put('cdrs', rows)).stored).toBe(30)
    const values = rows.map((row) => [row.id, ...Array.from({ length: 64 }, (_, at) => (at === row.id ? null : undefined))])
    expect(upsert(customers, values.map((row) => row.slice(0, 3)).slice(0, 3))).toHaveLength(3)
    expect(
      upsert(
        kinds.get('profiles')!,
        values.map((row) => row.slice(0, 41)),
      ),
    ).toHaveLength(1)
  })

  test('bind less than D1 takes', () => {
    const rows = Array.from({ length: 50 }, (_, id) => [id, 'я'.repeat(50_000), null])
    const sizes = upsert(customers, rows).map(({ values }) => new TextEncoder().encode(values).length)
    expect(sizes).toHaveLength(4)
    expect(Math.max(...sizes)).toBeLessThan(1_500_000)
  })

  test('store texts however many bytes they take', async () => {
    const rows = Array.from({ length: 3 }, (_, id) => ({ id, uuid: UUID, name: `Я${'\u0001'.repeat(99_000)}` }))
    expect(await put('accounts', rows)).toMatchObject({ stored: 3 })
    expect(await select('SELECT DISTINCT length(name) AS n FROM accounts')).toEqual([{ n: 99_001 }])
  })
})
