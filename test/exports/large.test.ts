// 200,000 rows, held against a file that is made another way: no pages, no cache, no stored forms.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { EXPORT_COLUMNS } from '../../src/exports/columns.ts'
import { migrate } from '../support/api.ts'
import { ACCOUNT, csvOf, CUSTOMER, exported, order, run } from './support.ts'

const ROWS = 200_000

/** Two weeks in which the clocks of Kyiv and of St John's go back. */
const START = Date.UTC(2025, 9, 20)
const APART = 6_047_513

type Choice = readonly [stored: string | number | null, shown: string | null]

/** What a column's values are by turns: as stored, as shown. */
const choices: Readonly<Record<string, readonly Choice[]>> = {
  success: [
    [1, 't'],
    [0, 'f'],
    [null, null],
  ],
  duration: [0, 1, 60, 2_147_483_647].map((value) => [value, String(value)]),
  src_name_in: ['Alice', '', 'ЧАРЛИ', '📞 "call"', null, 'a,b', 'line\r\nbreak', "'", '\\N'].map((text) => [text, text]),
  src_prefix_in: ['+380441234567', 'NULL'].map((text) => [text, text]),
  lega_disconnect_code: [-1, 200, null].map((value) => [value, value === null ? null : String(value)]),
  auth_orig_ip: [
    ['40a00000120', '10.0.0.1'],
    ['40a00000008', '10.0.0.0/8'],
    [null, null],
    ['60000000000000000000000000000000180', '::1'],
  ],
  destination_fee: [
    ['6C105', '10.5'],
    ['5', '0'],
    ['4}684~', '-3.15'],
    ['N', 'NaN'],
    ['6A0123', '0.0123'],
    ['6W1234567890123456789012', '1234567890123456789012'],
    [null, null],
  ],
}

const chosen = (column: string, row: number): Choice => {
  const list = choices[column]
  return list ? list[row % list.length]! : [null, null]
}

/** Microseconds since START of the three times of a row. */
const timesOf = (row: number): (number | null)[] => [
  row * APART,
  row % 3 === 0 ? null : row * APART + (row % 1000) * 1000,
  row * APART + (row % 7) * 500_000,
]

beforeAll(async () => {
  await migrate()
  await env.DB.prepare(`INSERT INTO accounts (id, uuid, customer_id) VALUES (${ACCOUNT}, 'a', ${CUSTOMER})`).run()
  const names = Object.keys(choices)
  const values = names.map((name, at) => `?${at + 1}->>(i % ${choices[name]!.length})`)
  const start = `(${START * 1000} + i * ${APART})`
  await env.DB.prepare(
    `INSERT INTO cdrs (id, customer_id, customer_acc_id, is_last_cdr, time_start, time_connect, time_end, local_tag, ${names.join(', ')})
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
     SELECT i, ${CUSTOMER}, ${ACCOUNT}, 1, ${start}, iif(i % 3 = 0, NULL, ${start} + i % 1000 * 1000), ${start} + i % 7 * 500000,
       'tag-' || i, ${values.join(', ')} FROM n`,
  )
    .bind(...names.map((name) => JSON.stringify(choices[name]!.map(([stored]) => stored))))
    .run()
})

/** Times in a zone, each worked out by itself. */
function slowClock(zone: string, format: string): (microseconds: number) => string {
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return (microseconds) => {
    const instant = START + Math.floor(microseconds / 1000)
    const shown = local.format(instant)
    if (format === 'round_to_seconds') return shown
    const fraction = String(microseconds % 1_000_000).padStart(6, '0')
    const exact = `${shown}.${fraction}`.replace(/\.?0*$/, '')
    const whole = fraction === '000000' ? shown : exact
    if (format === 'without_timezone') return whole
    const minutes = (Date.parse(`${shown.replace(' ', 'T')}Z`) - Math.floor(instant / 1000) * 1000) / 60_000
    const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
    return `${whole}${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
  }
}

function slowLine(row: number, fields: readonly string[], clock: (microseconds: number) => string): string {
  const [start, connect, end] = timesOf(row).map((time) => (time === null ? null : clock(time)))
  const times = new Map([
    ['time_start', start],
    ['time_connect', connect],
    ['time_end', end],
    ['local_tag', `tag-${row}`],
  ])
  const values = fields.map((field) => (times.has(field) ? times.get(field)! : chosen(field, row)[1]))
  return `${values.map((value) => (value === null ? '' : `"${value.split('"').join('""')}"`)).join(',')}\n`
}

/** Holds a file against its lines, some thousands at a time. */
function compare(csv: string, fields: readonly string[], zone: string, format: string): void {
  const clock = slowClock(zone, format)
  let at = csv.indexOf('\n') + 1
  for (let row = ROWS; row > 0; row -= 10_000) {
    let expected = ''
    for (let next = row; next > row - 10_000; next--) expected += slowLine(next, fields, clock)
    if (!csv.startsWith(expected, at)) expect(csv.slice(at, at + expected.length)).toBe(expected)
    at += expected.length
  }
  expect(csv.length).toBe(at)
}

const TIMES = ['time_start', 'time_connect', 'time_end']

describe.each(['UTC', 'Europe/Kyiv', 'Asia/Kolkata', 'America/St_Johns'])('in %s', (zone) => {
  test.each(['with_timezone', 'without_timezone', 'round_to_seconds'])(
    '%s',
    async (timeFormat) => {
      // All columns once: the others do not depend on the zone.
      const fields = zone === 'Europe/Kyiv' && timeFormat === 'with_timezone' ? EXPORT_COLUMNS : TIMES
      const uuid = await order({ timeFormat, timeZone: zone, fields })
      await run(uuid)
      expect((await exported(uuid)).rows_count).toBe(ROWS)
      compare(await csvOf(uuid), fields, zone, timeFormat)
    },
    60_000,
  )
})
