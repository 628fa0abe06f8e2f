import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDecimal, encodeDecimal, encodeNumeric } from '../../src/db/decimal.ts'
import { fold, foldedTexts } from '../../src/db/fold.ts'
import { decodeInet, encodeInet, readInet } from '../../src/db/inet.ts'
import { hashPassword, isDigest, verifyPassword } from '../../src/db/password.ts'
import { readStamp, readTime, toMilliseconds } from '../../src/db/time.ts'

const { DB } = env as unknown as Env

/** What SQLite makes of texts. */
async function sqlite(expression: string, texts: readonly string[]): Promise<unknown[]> {
  const { results } = await DB.prepare(`SELECT ${expression} AS result FROM json_each(?1) ORDER BY key`).bind(JSON.stringify(texts)).all()
  return results.map(({ result }) => result)
}

const order = (a: string | bigint | number, b: string | bigint | number) => (a < b ? -1 : a > b ? 1 : 0)

describe('a decimal', () => {
  /** A number as digits and a power of ten, and a way to write it. */
  const decimals = fc.record({ digits: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), scale: fc.integer({ min: -30, max: 30 }) })
  type Decimal = { digits: bigint; scale: number }

  const plain = ({ digits, scale }: Decimal) => {
    const all = String(digits < 0n ? -digits : digits) + '0'.repeat(Math.max(scale, 0))
    const padded = all.padStart(1 - scale, '0')
    const point = padded.length + Math.min(scale, 0)
    return (digits < 0n ? '-' : '') + (scale < 0 ? `${padded.slice(0, point)}.${padded.slice(point)}` : padded)
  }
  const scaled = ({ digits, scale }: Decimal) => digits * 10n ** BigInt(scale + 60)

  test('sorts and equals as the number does', () => {
    const pairs = fc.oneof(
      fc.tuple(decimals, decimals),
      decimals.map((one): [Decimal, Decimal] => [one, { ...one, digits: one.digits + 1n }]),
    )
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(order(encodeDecimal(plain(a))!, encodeDecimal(plain(b))!)).toBe(order(scaled(a), scaled(b)))
      }),
      { numRuns: 2000 },
    )
  })

  test('is the same in every notation', () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: -20, max: 20 }), (one, shift) => {
        const shifted = plain({ digits: one.digits, scale: one.scale - shift })
        const zeros = plain(one).includes('.') ? '000' : '.000'
        const stored = encodeDecimal(plain(one))
        expect(encodeDecimal(`${shifted}e${shift}`)).toBe(stored)
        expect(encodeDecimal(plain(one).replace(/^-?/, '$&00') + zeros)).toBe(stored)
      }),
    )
  })

  test('comes back plain, without trailing zeros', () => {
    fc.assert(
      fc.property(decimals, (one) => {
        const text = plain(one)
        const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text
        expect(decodeDecimal(encodeDecimal(text)!)).toBe(one.digits === 0n ? '0' : short)
      }),
    )
  })

  test('sorts as an order of well-known ones', () => {
    const ascending = ['-1e30', '-1e25', '-1e24', '-25', '-3.15', '-3.1', '-3', '-0.5', '-0.05', '-1e-20', '0', '1e-20', '0.0123']
    ascending.push('0.1', '0.12', '1', '1.05', '1.5', '9', '10', '10.5', '100', '9999999999', '1e24', '1e25', '1.5e25', '1e30', 'NaN')
    const stored = ascending.map((text) => encodeDecimal(text)!)
    expect(stored.toSorted(order)).toEqual(stored)
    expect(new Set(stored).size).toBe(stored.length)
  })

  test('that is stored as infinite is shown so', () => {
    expect(['3', '7'].map(decodeDecimal)).toEqual(['-Infinity', 'Infinity'])
  })

  const zeros = (length: number) => '0'.repeat(length)

  test.for<[string, string]>([
    ['all digits before the point', '1e131071'],
    ['all of them nines', `-${'9'.repeat(131_072)}`],
    ['a power over them', '0.1e131072'],
    ['zeros before them', `${zeros(200_000)}1`],
    ['all digits behind the point', '-1e-16383'],
    ['all of them zeros', `0.${zeros(16_383)}`],
    ['a power under more digits', `1${zeros(131_072)}e-1`],
    ['zero to a power', '0e99999'],
    ['no number', 'NaN'],
  ])('that PostgreSQL holds is taken: %s', ([, text]) => {
    expect(encodeNumeric(text)).toBe(encodeDecimal(text))
    expect(encodeNumeric(text)).toBeDefined()
  })

  test.for<[string, string]>([
    ['a digit more before the point', '-1e131072'],
    ['written out', `1${zeros(131_072)}`],
    ['by a power', `1${zeros(131_071)}e1`],
    ['a digit more behind the point', '1e-16384'],
    ['which is a zero', '1.0e-16383'],
    ['written out as zeros', `1.${zeros(16_384)}`],
    ['zero to a power', '0e-16384'],
    ['no end', '1e999999999999'],
    ['nor beginning', '1e-999999999999'],
    ['infinity', 'Infinity'],
    ['its sign', '-inf'],
  ])('that PostgreSQL cannot hold is refused: %s', ([, text]) => {
    expect(encodeNumeric(text)).toBeUndefined()
  })

  test.for(['1e999999999', '-1e999999999', '1e-999999999', `1e${'9'.repeat(100_000)}`, `${'9'.repeat(1_000_000)}e-999999999`])(
    '%.20s is compared in a filter, in no time',
    (text) => {
      const stored = encodeDecimal(text)!
      const [least, most] = [encodeNumeric('-1e131071')!, encodeNumeric('1e131071')!]
      expect(stored.length).toBeLessThan(1_100_000)
      expect([stored < least, stored > most].filter(Boolean)).toHaveLength(text.includes('e-') ? 0 : 1)
    },
  )

  test.for(['', '.', '-', '1e', '1,5', '0x10', ' 1', '1_000', '--1', '1e1.5', 'NaN!', '١'])('is not %j', (text) => {
    expect(encodeDecimal(text)).toBeUndefined()
  })

  test('with a long run of zeros inside is read in no time', () => {
    expect(encodeDecimal(`0.${'0'.repeat(300_000)}1`)).toHaveLength(20_003)
    expect(encodeDecimal(`1${'0'.repeat(300_000)}1`)).toHaveLength(300_010)
  })
})

describe('an address', () => {
  test.for([
    ['10.0.0.1', '40a00000120', '10.0.0.1'],
    ['10.0.0.1/32', '40a00000120', '10.0.0.1'],
    ['10.0.0.0/8', '40a00000008', '10.0.0.0/8'],
    ['10.1.2.3/8', '40a000000080a010203', '10.1.2.3/8'],
    ['10.1/16', '40a01000010', '10.1.0.0/16'],
    ['10.01/16', '40a01000010', '10.1.0.0/16'],
    ['010.000.000.001', '40a00000120', '10.0.0.1'],
    ['0010.0.0.1', '40a00000120', '10.0.0.1'],
    ['10.0.0.1/0024', '40a000000180a000001', '10.0.0.1/24'],
    ['10.0.0.1/00', '400000000000a000001', '10.0.0.1/0'],
    ['10./8', '40a00000008', '10.0.0.0/8'],
    ['::18', `6${'0'.repeat(30)}1880`, '::18'],
    ['::1:18', `6${'0'.repeat(24)}0001001880`, '::0.1.0.24'],
    ['::ffff:0:0', `6${'0'.repeat(20)}ffff0000000080`, '::ffff:0.0.0.0'],
    ['0.0.0.0/0', '40000000000', '0.0.0.0/0'],
    ['::', `6${'0'.repeat(32)}80`, '::'],
    ['::1', `6${'0'.repeat(31)}180`, '::1'],
    ['::/0', `6${'0'.repeat(32)}00`, '::/0'],
    ['2001:DB8::/32', `620010db8${'0'.repeat(24)}20`, '2001:db8::/32'],
    ['2001:db8:0:0:1:0:0:1', '620010db8000000000001000000000001' + '80', '2001:db8::1:0:0:1'],
    ['::ffff:1.2.3.4', `6${'0'.repeat(20)}ffff0102030480`, '::ffff:1.2.3.4'],
    ['::1.2.3.4', `6${'0'.repeat(24)}0102030480`, '::1.2.3.4'],
    ['1:0:2:3:4:5:6:7', '600010000000200030004000500060007' + '80', '1:0:2:3:4:5:6:7'],
    ['1:2:3:4:5:6::', '600010002000300040005000600000000' + '80', '1:2:3:4:5:6::'],
  ] as const)('%s', ([text, stored, shown]) => {
    expect(encodeInet(text)).toBe(stored)
    expect(decodeInet(stored)).toBe(shown)
  })

  test.for([
    '',
    '10',
    '10.1',
    '10.1/24',
    '256.0.0.1',
    '0256.2.3.4',
    '1..2.3/8',
    '.1.2.3',
    '0x0a000001',
    ' 10.0.0.1',
    '1.2.3.4/33',
    '1.2.3.4/033',
    '1.2.3.4/',
    '1.2.3.4/+8',
    '1.2.3.4/4294967304',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
  ])('is not %j', (text) => {
    expect(encodeInet(text)).toBeUndefined()
  })

  test.for([
    '::1/064',
    '::1/00',
    '::ffff:010.0.0.1',
    '::ffff:10.0.0.1/096',
    '02001:db8::',
    '::1/129',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7::8:9',
    'g::',
    '12345::',
    '::1%eth0',
    '::1.2.3',
    'fe80::/',
    'host',
  ])('is not %j either', (text) => {
    expect(encodeInet(text)).toBeUndefined()
  })

  test.for([
    ['010.000.000.001', '10.0.0.1'],
    ['192.168.001.010/024', '192.168.1.10/24'],
    ['10.0.0.1/024', '10.0.0.1/24'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['010.0.0.1', undefined],
    ['10.00.0.1', undefined],
    ['10.0.0.01/8', undefined],
  ] as const)('%s in a filter is %s', ([text, same]) => {
    expect(readInet(text)).toBe(same && encodeInet(same))
  })

  const six = fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.integer({ min: 0, max: 128 }))
  const four = fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 }))
  const either = fc.oneof(six, four)
  const write = (bytes: Uint8Array) => {
    if (bytes.length === 4) return [...bytes].join('.')
    return Array.from({ length: 8 }, (_, group) => (bytes[2 * group]! * 256 + bytes[2 * group + 1]!).toString(16)).join(':')
  }

  test('comes back as the same address', () => {
    fc.assert(
      fc.property(either, ([bytes, bits]) => {
        const stored = encodeInet(`${write(bytes)}/${bits}`)!
        expect(encodeInet(decodeInet(stored))).toBe(stored)
        if (bytes.length === 4) expect(decodeInet(stored)).toBe(bits === 32 ? write(bytes) : `${write(bytes)}/${bits}`)
      }),
    )
  })

  test('sorts as PostgreSQL does: by network, prefix length, whole address', () => {
    const sparse = fc.tuple(
      fc.array(fc.constantFrom(0, 1, 127, 128, 255), { minLength: 4, maxLength: 4 }).map((bytes) => Uint8Array.from(bytes)),
      fc.integer({ min: 0, max: 32 }),
    )
    const number = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum * 256 + byte, 0)
    const compare = ([a, m]: [Uint8Array, number], [b, n]: [Uint8Array, number]) => {
      const common = 2 ** (32 - Math.min(m, n))
      return order(Math.floor(number(a) / common), Math.floor(number(b) / common)) || order(m, n) || order(number(a), number(b))
    }
    fc.assert(
      fc.property(sparse, sparse, (a, b) => {
        const [first, second] = [a, b].map(([bytes, bits]) => encodeInet(`${write(bytes)}/${bits}`)!)
        expect(order(first!, second!)).toBe(compare(a, b))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('folding', () => {
  test.for([
    ['Straße', 'straße'],
    ['ẞ', 'ß'],
    ['İI', 'ii'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['ς', 'ς'],
    ['Ǆǅ', 'ǆǆ'],
    ['\u212a', 'k'],
    ['𐐀', '𐐨'],
    ['Альфа', 'альфа'],
    ['plain ASCII', 'plain ascii'],
  ] as const)('%s is %s', ([text, folded]) => {
    expect(fold(text)).toBe(folded)
  })

  const texts = fc.array(
    fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('Ж', 'İx', 'ẞ', 'É', 'ß', 'жук', '\u212a')),
    {
      minLength: 1,
      maxLength: 20,
    },
  )

  test('keeps just the texts that SQLite’s lower() would get wrong', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (generated) => {
        const given = generated.map((text) => text.replaceAll('\0', ''))
        const lower = await sqlite('lower(value)', given)
        for (const [index, text] of given.entries()) {
          expect(foldedTexts([['column', text]])).toEqual(lower[index] === fold(text) ? null : { column: fold(text) })
        }
      }),
    )
  })

  test('keeps the number of characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.from(fold(text)).length === Array.from(text).length))
  })
})

describe('a time', () => {
  const moments = fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  const offsets = fc.integer({ min: -1439, max: 1439 })
  const two = (number: number) => String(Math.abs(number)).padStart(2, '0')
  const microseconds = (moment: Date) => BigInt(moment.getTime()) * 1000n

  test('at any offset is the same microsecond', () => {
    fc.assert(
      fc.property(moments, offsets, fc.integer({ min: 0, max: 999 }), (moment, offset, micro) => {
        const local = new Date(moment.getTime() + offset * 60_000).toISOString()
        fc.pre(/^\d/.test(local))
        const zone = `${offset < 0 ? '-' : '+'}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`
        const text = local.replace('Z', String(micro).padStart(3, '0') + zone)
        for (const read of [readTime, readStamp]) expect(BigInt(read(text)!)).toBe(microseconds(moment) + BigInt(micro))
      }),
    )
  })

  test.for([
    ['2026-01-07', '2026-01-07T00:00:00Z'],
    ['2026-01-07T12:30', '2026-01-07T12:30:00Z'],
    ['2026-01-07 12:30:15 UTC', '2026-01-07T12:30:15Z'],
    ['2026-01-07 12:30:15.5+0530', '2026-01-07T07:00:15.5Z'],
    ['2026-01-07T24:00:00Z', '2026-01-08T00:00:00Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['2026-01-07T00:00:00 02:00', '2026-01-06T22:00:00Z'],
    ['2026-01-07T00:00:00.123456789Z', '2026-01-07T00:00:00.123456Z'],
  ] as const)('%s is %s in a filter', ([text, same]) => {
    expect(readTime(text)).toBe(readTime(same))
    expect(readTime(text)).toBeDefined()
  })

  test.for([
    '2026-01-07 23:59:59.999999+00',
    '2026-01-07T00:00:00.1234567891Z',
    '2026-02-30',
    '2026-13-01',
    '2025-02-29',
    '2026-01-07T24:00:01',
    '2026-01-07T23:60',
    '2026-01-07T23:59:60',
    '2026-01-07t12:30:15Z',
    '2026-01-07T12:30:15z',
    '2026-01-07T12:30:15+01:00:30',
    '20260107T123015Z',
    '2026-01-07T00:00:00+24:00',
    '2026-01-07T1:00',
    '2026-1-7',
    ' 2026-01-07',
    '20260107',
    'infinity',
    '٢٠٢٦-01-07',
  ])('%j is none in a filter', (text) => {
    expect(readTime(text)).toBeUndefined()
  })

  test.for([
    ['2026-01-07 23:59:59.999999+00', '2026-01-07T23:59:59.999999Z'],
    ['2026-01-07 23:59:59-03', '2026-01-08T02:59:59Z'],
    ['2026-01-07 23:59:59 -3', '2026-01-08T02:59:59Z'],
    ['2026-01-07T00:00:00.12345678901Z', '2026-01-07T00:00:00.123456Z'],
    ['1969-12-31 23:15:30-00:44:30', '1970-01-01T00:00:00Z'],
    ['1919-07-01 02:31:19+04:31:19', '1919-06-30T22:00:00Z'],
    ['2026-01-02t12:45:13z', '2026-01-02T12:45:13Z'],
    ['2026-01-02 12:45:13 utc', '2026-01-02T12:45:13Z'],
    ['2026-01-02 12:45:13GMT', '2026-01-02T12:45:13Z'],
    ['20260102T124513Z', '2026-01-02T12:45:13Z'],
    ['20260102T124513.25-0330', '2026-01-02T16:15:13.25Z'],
    ['20260102t1245+03', '2026-01-02T09:45:00Z'],
    ['20260102 12:45:13', '2026-01-02T12:45:13Z'],
    ['2026-01-02T124513Z', '2026-01-02T12:45:13Z'],
    ['20260102', '2026-01-02'],
    ['20260102Z', '2026-01-02'],
    ['2026-1-2 1:02:03+300', '2026-01-01T22:02:03Z'],
    ['2026-01-02T12:45:13.Z', '2026-01-02T12:45:13Z'],
    ['  2026-01-02   12:45:13\n', '2026-01-02T12:45:13Z'],
    ['2026-12-31T23:59:60Z', '2027-01-01T00:00:00Z'],
    ['2026-01-02T12:59:60.000+01:00', '2026-01-02T12:00:00Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
  ] as const)('%j is %s in a row', ([text, same]) => {
    expect(readStamp(text)).toBe(readTime(same))
    expect(readStamp(text)).toBeDefined()
  })

  test.for([
    '2026-01-07T00:00:00 02:00',
    '2026-02-30',
    '20260230T000000Z',
    '2026-01-07T23:59:60.5Z',
    '2026-01-07T23:59:61Z',
    '2026-01-07T24:00:01Z',
    '2026-01-07T12',
    '20260107T12Z',
    '20260107T12451Z',
    '2026-01-07 12:45:13+00:60',
    '2026-01-07 12:45:13+00:00:60',
    '2026-01-07 12:45:13+030015',
    '2026-01-07T12:45:13,5Z',
    '2026-W02-3',
    '2026-007',
    '٢٠٢٦-01-07',
    '2026-01-07\u00a012:45:13',
    'now',
    'infinity',
    '-infinity',
    '10000-01-01 00:00:00+00',
    '294276-12-31 23:59:59.999999+00',
    '9999-12-31T24:00:00Z',
    '9999-12-31T23:59:60Z',
    '9999-12-31T23:00:00-02:00',
    '0044-03-15 12:00:00+00 BC',
    '0000-01-01T00:00:00Z',
    '0000-12-31T23:00:00-01:00',
    '0001-01-01T00:00:00+02:00',
    '',
  ])('%j is none in a row', (text) => {
    expect(readStamp(text)).toBeUndefined()
  })

  test.for([
    ['0001-01-01T00:00:00.000001Z', '0001-01-01T00:00:00.000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999Z'],
  ] as const)('%j is shown as %s, though it is read as a double', ([text, shown]) => {
    expect(new Date(toMilliseconds(Number(readStamp(text)))).toISOString()).toBe(shown)
  })

  test('with a long run of blanks is none, in no time', () => {
    expect(readStamp(`2026-01-02${' '.repeat(1_000_000)}x`)).toBeUndefined()
  })
})

describe('a password', () => {
  test('is verified by its digest alone', async () => {
    const digest = await hashPassword('пароль')
    expect(isDigest(digest)).toBe(true)
    expect(await verifyPassword('пароль', digest)).toBe(true)
    expect(await verifyPassword('Пароль', digest)).toBe(false)
    expect(await hashPassword('пароль')).not.toBe(digest)
  })

  test('is verified at the cost that the digest names', async () => {
    const digest = '$scrypt$ln=10,r=8,p=1$TmFDbA$J7QYxnTHadElAfux9TusMt9lFMDyjQQ4crFIs0iWGnk'
    expect(await verifyPassword('password', digest)).toBe(true)
  })

  test('is verified at the highest cost that the runtime computes', async () => {
    expect(await verifyPassword('password', '$scrypt$ln=16,r=8,p=2$TmFDbA$TmFDbA')).toBe(false)
  })

  const NONE = ['', 'password', '$2a$12$short', '$scrypt$ln=30,r=8,p=1$TmFDbA$TmFDbA', '$scrypt$ln=16,r=8,p=3$TmFDbA$TmFDbA']

  test.for(NONE)('has no digest in %j', async (digest) => {
    expect(isDigest(digest)).toBe(false)
    expect(await verifyPassword('password', digest)).toBe(false)
  })

  test("is not verified here by a digest of Yeti's", async () => {
    expect(await verifyPassword('password', `$2a$12$${'a'.repeat(53)}`)).toBe(false)
  })
})
