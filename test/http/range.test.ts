import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judge, readRange, resolveRange, type AskedRange } from '../../src/http/range.ts'

describe('a Range header', () => {
  test.for<[header: string | null, range: AskedRange | undefined]>([
    [null, undefined],
    ['', undefined],
    ['bytes=0-4', { offset: 0, length: 5 }],
    ['BYTES=0-0', { offset: 0, length: 1 }],
    ['bytes=5-', { offset: 5 }],
    ['bytes=-5', { suffix: 5 }],
    ['bytes=-0', { suffix: 0 }],
    ['bytes=007-010', { offset: 7, length: 4 }],
    [' bytes=, 3-4 ,', { offset: 3, length: 2 }],
    ['bytes=4-3', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes=0-1,x', undefined],
    ['bytes=', undefined],
    ['bytes=-', undefined],
    ['bytes=,', undefined],
    ['bytes', undefined],
    ['bytes 0-4', undefined],
    ['bytes=a-4', undefined],
    ['bytes=0-4-5', undefined],
    ['bytes=--4', undefined],
    ['bytes=+1-4', undefined],
    ['bytes=1.0-4', undefined],
    ['bytes=0x1-4', undefined],
    ['bytes=٠-٤', undefined],
    ['items=0-4', undefined],
    ['bytes=99999999999999999999-99999999999999999998', undefined],
    ['bytes=99999999999999999999-', { offset: Number.MAX_SAFE_INTEGER }],
    ['bytes=0-99999999999999999999', { offset: 0, length: Number.MAX_SAFE_INTEGER }],
  ])('%s', ([header, range]) => {
    expect(readRange(header)).toEqual(range)
  })

  const number = fc.oneof(fc.nat(25), fc.bigInt(0n, 10n ** 30n))
  const blank = fc.constantFrom('', ' ', '\t', ' , ')

  test('means the bytes that a list of them would give', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.option(number), fc.option(number), blank, blank, (size, first, last, before, after) => {
        const bytes = Array.from({ length: size }, (_, at) => at)
        const range = readRange(`bytes=${before}${first ?? ''}-${last ?? ''}${after}`)
        const readable = first === null ? last !== null : last === null || BigInt(last) >= BigInt(first)
        expect(range !== undefined).toBe(readable)
        if (!range) return
        const meant =
          first === null
            ? bytes.filter((at) => at >= size - Number(last))
            : bytes.filter((at) => at >= first && (last === null || at <= last))
        const part = resolveRange(range, size)
        expect(part ? bytes.slice(part.offset, part.offset + part.length) : []).toEqual(meant)
      }),
    )
  })

  test('of any text never leaves the file', () => {
    const text = fc.array(fc.oneof(fc.constantFrom('bytes', '=', '-', ',', ' ', '0', '9'), fc.string({ maxLength: 2 })), { maxLength: 8 })
    fc.assert(
      fc.property(text, fc.nat(100), (pieces, size) => {
        const range = readRange(`bytes=${pieces.join('')}`)
        const part = range && resolveRange(range, size)
        if (!part) return
        expect(part.offset >= 0 && part.length > 0 && part.offset + part.length <= size).toBe(true)
      }),
    )
  })
})

describe('preconditions', () => {
  const file = { etag: '"now"', size: 10 }

  test.for<[headers: Record<string, string>, status: number]>([
    [{}, 200],
    [{ 'if-match': '"now"' }, 200],
    [{ 'if-match': '"old", "now"' }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': 'W/"now"' }, 412],
    [{ 'if-match': '"old"' }, 412],
    [{ 'if-none-match': '"now"' }, 304],
    [{ 'if-none-match': 'W/"now"' }, 304],
    [{ 'if-none-match': '"old", W/"older","now"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"old"' }, 200],
    [{ 'if-none-match': 'now' }, 200],
    [{ 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
    [{ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 200],
    [{ range: 'bytes=0-4' }, 206],
    [{ range: 'bytes=10-' }, 416],
    [{ range: 'bytes=0-4', 'if-range': '"now"' }, 206],
    [{ range: 'bytes=0-4', 'if-range': 'W/"now"' }, 200],
    [{ range: 'bytes=0-4', 'if-range': '"old"' }, 200],
    [{ range: 'bytes=0-4', 'if-range': '*' }, 200],
    [{ range: 'bytes=0-4', 'if-range': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
    [{ range: 'bytes=10-', 'if-range': '"old"' }, 200],
    [{ 'if-range': '"old"' }, 200],
    [{ range: 'bytes=10-', 'if-match': '"old"' }, 412],
    [{ range: 'bytes=10-', 'if-none-match': '"now"' }, 304],
    [{ range: 'bytes=0-4', 'if-none-match': '"now"', 'if-range': '"now"' }, 304],
    [{ 'if-match': '"old"', 'if-none-match': '"now"' }, 412],
    [{ 'if-match': '"now"', 'if-none-match': '"now"' }, 304],
  ])('%o', ([given, status]) => {
    const headers = new Headers(given)
    expect(judge(headers, readRange(headers.get('range')), file).status).toBe(status)
  })
})
