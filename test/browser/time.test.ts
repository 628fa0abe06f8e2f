import { describe, expect, test } from 'vitest'
import { fromWallClock, midnight, showDuration, toWallClock } from '../../public/portal/time.js'
import { rangeOf, toFilter } from '../../public/portal/search.js'
import { sides } from '../../public/portal/sides.js'
import { toBuckets } from '../../public/portal/traffic.js'

const at = (text: string) => Date.parse(text)

describe('a wall clock', () => {
  test.for([
    ['2026-07-01T12:00', 'UTC', '2026-07-01T12:00Z'],
    ['2026-07-01T12:00', 'Europe/Berlin', '2026-07-01T10:00Z'],
    ['2026-01-01T12:00', 'Europe/Berlin', '2026-01-01T11:00Z'],
    ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30Z'],
    ['2026-10-25T03:30', 'Europe/Berlin', '2026-10-25T02:30Z'],
    ['2026-01-01T00:00', 'Asia/Kolkata', '2025-12-31T18:30Z'],
  ] as const)('%s in %s is %s', ([wall, zone, instant]) => {
    expect(fromWallClock(wall, zone)).toBe(at(instant))
    expect(toWallClock(at(instant), zone)).toBe(wall)
  })

  test('that nobody can read is no time', () => expect(fromWallClock('', 'UTC')).toBeUndefined())
})

describe('the midnight of 29 March in Berlin, moved by', () => {
  test.for([
    [{}, '2026-03-28T23:00Z'],
    [{ days: 1 }, '2026-03-29T22:00Z'],
    [{ day: 1 }, '2026-02-28T23:00Z'],
    [{ day: 1, months: 1 }, '2026-03-31T22:00Z'],
    [{ day: 1, months: -3 }, '2025-11-30T23:00Z'],
  ] as const)('%o', ([move, expected]) => {
    expect(midnight(at('2026-03-29T10:00Z'), 'Europe/Berlin', move)).toBe(at(expected))
  })
})

describe('calls are counted by', () => {
  const call = (text: string, answered = true) => ({ start: at(text), answered, seconds: 1 })

  test.for([
    ['hours', '2026-01-05T00:00Z', '2026-01-06T00:00Z', 24],
    ['hours of a day that has 25', '2026-10-24T22:00Z', '2026-10-25T23:00Z', 25],
    ['hours of a day that has 23', '2026-03-28T23:00Z', '2026-03-29T22:00Z', 23],
    ['six hours', '2026-01-05T23:00Z', '2026-01-12T23:00Z', 28],
    ['days', '2026-10-01T22:00Z', '2026-10-31T23:00Z', 30],
  ] as const)('%s', ([, from, to, expected]) => {
    expect(toBuckets([], { from: at(from), to: at(to) }, 'Europe/Berlin').buckets).toHaveLength(expected)
  })

  test('the hour in which they began', () => {
    const calls = [call('2026-01-05T02:00Z'), call('2026-01-05T01:59:59.999Z', false), call('2026-01-05T01:00Z')]
    const { buckets } = toBuckets(calls, { from: at('2026-01-05T00:30Z'), to: at('2026-01-05T02:30Z') }, 'UTC')
    expect(buckets.map(({ answered, failed }) => [answered, failed])).toEqual([
      [0, 0],
      [1, 1],
      [1, 0],
    ])
  })
})

describe('a search becomes a filter of the API', () => {
  const filterOf = (search: string) => {
    const asked = new URLSearchParams(search)
    return toFilter(sides.get('calls')!, asked, rangeOf(asked, at('2026-01-05T12:00Z')))
  }
  const day = { time_start_gteq: '2026-01-04T12:00:00.000Z', time_start_lt: '2026-01-05T12:00:00.000Z' }

  test.for([
    ['', {}],
    ['caller=%2B49+30%2F12-3', { src_prefix_in_cont: '4930123' }],
    ['caller=%2B1+(212)+555', { src_prefix_in_cont: '1212555' }],
    ['caller=0044+(0)20.7946', { src_prefix_in_cont: '44207946' }],
    ['caller=(212)+555–01', { src_prefix_in_cont: '21255501' }],
    ['caller=\u202a+1\u00a0212\u202c', { src_prefix_in_cont: '1212' }],
    ['caller=%2B٤٩+٣٠', { src_prefix_in_cont: '4930' }],
    ['caller=＋４９', { src_prefix_in_cont: '49' }],
    ['caller=tel:%2B1-212', { src_prefix_in_cont: '1212' }],
    ['caller=030+12', { src_prefix_in_cont: '03012' }],
    ['caller=*31%23+030', { src_prefix_in_cont: '*31#030' }],
    ['caller=%2B', { src_prefix_in_cont: '+' }],
    ['caller=00', { src_prefix_in_cont: '00' }],
    ['caller=Alice+(2)', { src_prefix_in_cont: 'Alice (2)' }],
    ['caller=%2B49@10.0.0.1', { src_prefix_in_cont: '+49@10.0.0.1' }],
    ['caller=%25', { src_prefix_in_cont: '%' }],
    ['called=a%22,b', { dst_prefix_in_cont: 'a",b' }],
    ['result=failed&code=486,+487', { success_eq: false, lega_disconnect_code_in: ['486', '487'] }],
    ['code=+486+/+487;', { lega_disconnect_code_in: ['486', '487'] }],
    ['range=custom&from=2026-01-05&to=2026-01-04', {}],
  ] as const)('%s', ([search, expected]) => expect(filterOf(search)).toEqual({ ...day, ...expected }))
})

test.for([
  [0, '0:00'],
  [75, '1:15'],
  [3675, '1:01:15'],
] as const)('%i seconds are shown as %s', ([seconds, expected]) => expect(showDuration(seconds)).toBe(expected))
