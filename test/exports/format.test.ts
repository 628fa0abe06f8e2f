// What the file is made of: times, columns, gzip.
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timeWriter } from '../../src/exports/clock.ts'
import { columnsOf, EXPORT_COLUMNS } from '../../src/exports/columns.ts'
import { csvHeader, csvLine } from '../../src/exports/csv.ts'
import { EMPTY, gzipEnd, GZIP_HEADER, gzipPiece } from '../../src/exports/gzip.ts'
import { isTimeZone, TIME_ZONES } from '../../src/exports/zones.ts'
import { readStamp } from '../../src/db/time.ts'

describe('a time is written as PostgreSQL writes it', () => {
  test.for([
    ['2026-01-07 23:59:59.999999', 'with_timezone', '', '2026-01-07 23:59:59.999999+00'],
    ['2026-01-07 23:59:59.999999', 'with_timezone', 'Europe/Kyiv', '2026-01-08 01:59:59.999999+02'],
    ['2026-01-07 23:59:59.999999', 'with_timezone', 'Asia/Kolkata', '2026-01-08 05:29:59.999999+05:30'],
    ['2026-01-07 23:59:59.999999', 'without_timezone', 'Europe/Kyiv', '2026-01-08 01:59:59.999999'],
    ['2026-01-07 23:59:59.999999', 'round_to_seconds', 'Asia/Kolkata', '2026-01-08 05:29:59'],
    ['2026-01-01 16:57:41.883750', 'with_timezone', 'UTC', '2026-01-01 16:57:41.88375+00'],
    ['2026-01-01 00:00:00.000001', 'without_timezone', '', '2026-01-01 00:00:00.000001'],
    ['2026-01-01 00:00:00', 'with_timezone', 'Factory', '2026-01-01 00:00:00+00'],
    ['2026-07-01 00:00:00', 'with_timezone', 'America/St_Johns', '2026-06-30 21:30:00-02:30'],
    // The clocks of Kyiv go back at 01:00 UTC.
    ['2026-10-25 00:59:59.5', 'with_timezone', 'Europe/Kyiv', '2026-10-25 03:59:59.5+03'],
    ['2026-10-25 01:00:00', 'with_timezone', 'Europe/Kyiv', '2026-10-25 03:00:00+02'],
    // Those of Lord Howe Island go forward by half an hour, at half past.
    ['2026-10-03 15:29:59', 'with_timezone', 'Australia/Lord_Howe', '2026-10-04 01:59:59+10:30'],
    ['2026-10-03 15:30:00', 'with_timezone', 'Australia/Lord_Howe', '2026-10-04 02:30:00+11'],
    // Local mean time, to the second.
    ['1883-11-18 16:59:59', 'with_timezone', 'America/New_York', '1883-11-18 12:03:57-04:56:02'],
    ['1883-11-18 17:00:00', 'with_timezone', 'America/New_York', '1883-11-18 12:00:00-05'],
    ['1969-12-31 23:59:59.75', 'with_timezone', '', '1969-12-31 23:59:59.75+00'],
    // Beyond what a double holds.
    ['2300-02-03 04:05:06.000007', 'with_timezone', '', '2300-02-03 04:05:06.000007+00'],
    ['0101-02-03 04:05:06.123456', 'without_timezone', '', '0101-02-03 04:05:06.123456'],
    ['9999-12-31 23:00:00', 'with_timezone', 'Europe/Kyiv', '10000-01-01 01:00:00+02'],
    // Before the year 1 comes the year 1 BC.
    ['0001-01-01 00:00:00', 'with_timezone', '', '0001-01-01 00:00:00+00'],
    ['0001-01-01 00:00:00', 'with_timezone', 'US/Eastern', '0001-12-31 19:03:58-04:56:02 BC'],
    ['0001-01-01 00:00:00.25', 'without_timezone', 'US/Eastern', '0001-12-31 19:03:58.25 BC'],
    ['0001-01-01 00:00:00.25', 'round_to_seconds', 'US/Eastern', '0001-12-31 19:03:58 BC'],
    ['0001-01-01 04:56:02', 'with_timezone', 'US/Eastern', '0001-01-01 00:00:00-04:56:02'],
  ] as const)('%s, %s, %s', ([time, format, zone, text]) => {
    expect(timeWriter(format, zone)(String(readStamp(time)))).toBe(text)
  })

  test.for([
    ['-62167219200000000', '0001-01-01 00:00:00+00 BC'],
    ['-62198755199999999', '0002-01-01 00:00:00.000001+00 BC'],
    ['-93724128000000000', '1001-01-01 00:00:00+00 BC'],
    ['-93724128000000001', '1002-12-31 23:59:59.999999+00 BC'],
  ])('before Christ: %s', ([time = '', text]) => {
    expect(timeWriter('with_timezone', '')(time)).toBe(text)
  })

  test('in every zone that an export may name', () => {
    for (const zone of TIME_ZONES) expect(timeWriter('with_timezone', zone)('0')).toMatch(/^19(69-12-31|70-01-01) /)
    expect(TIME_ZONES.size).toBe(598)
  })
})

test.for([
  ['Europe/Kyiv', true],
  ['Factory', true],
  ['europe/kyiv', false],
  ['posix/UTC', false],
  ['+02:00', false],
  ['', false],
] as const)('%s is a time zone: %s', ([name, known]) => expect(isTimeZone(name)).toBe(known))

describe('a line of CSV', () => {
  const columns = columnsOf(['success', 'src_name_in', 'auth_orig_ip', 'destination_fee', 'orig_call_id'], String)

  test('begins with bare titles', () => {
    expect(csvHeader(columns)).toBe('Success,Src Name In,Auth Orig Ip,Destination Fee,Orig Call\n')
    expect(csvHeader(columnsOf(EXPORT_COLUMNS, String)).split(',')).toHaveLength(29)
  })

  test.for([
    [[1, 'Alice', '40a00000120', '6C105', 'x'], '"t","Alice","10.0.0.1","10.5","x"\n'],
    [[0, '', '60000000000000000000000000000000180', '5', null], '"f","","::1","0",\n'],
    [[null, 'a "b", c\nd', null, 'N', 'é😀'], ',"a ""b"", c\nd",,"NaN","é😀"\n'],
  ] as const)('%j', ([row, line]) => expect(csvLine(columns, [...row])).toBe(line))

  test('has no column that an export cannot have', () => {
    expect(csvHeader(columnsOf(['vendor_price', 'toString', 'duration'], String))).toBe('Duration\n')
  })
})

test('pieces make one gzip member, wherever they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 500 }), { maxLength: 8 }), async (contents) => {
      let member = EMPTY
      const parts: Uint8Array[] = [GZIP_HEADER]
      for (const bytes of contents) {
        const next = gzipPiece(member, bytes)
        parts.push(next.piece)
        member = JSON.parse(JSON.stringify(next.member)) as typeof member
      }
      const file = new Blob([...parts, gzipEnd(member)])
      const whole = new Uint8Array(await new Blob(contents).arrayBuffer())
      expect(new Uint8Array(gunzipSync(new Uint8Array(await file.arrayBuffer())))).toEqual(whole)
      const streamed = await new Response(file.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()
      expect(new Uint8Array(streamed)).toEqual(whole)
    }),
    { numRuns: 50 },
  )
})
