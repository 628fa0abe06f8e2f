import { describe, expect, test } from 'vitest'
import { parseJson, withoutComments } from '../../src/jsonapi/json.ts'
import { encodeForm, pageLinks } from '../../src/jsonapi/links.ts'
import { parse, parseCsvLine, parseParams, underscore, type Param } from '../../src/jsonapi/parse.ts'

/** Maps as plain objects, to compare with. */
const plain = (param: Param): unknown => {
  if (Array.isArray(param)) return param.map(plain)
  return param instanceof Map ? Object.fromEntries([...param].map(([key, value]) => [key, plain(value)])) : param
}

describe('a query nests', () => {
  test.for<[query: string, params: unknown]>([
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&&& b=2', { a: '1', b: '2' }],
    ['a=1&a=2', { a: '2' }],
    ['a', { a: null }],
    ['a=', { a: '' }],
    ['a=b=c', { a: 'b=c' }],
    ['a;b=1', { 'a;b': '1' }],
    ['=1', {}],
    ['a+b=c+d%2B', { 'a b': 'c d+' }],
    ['a[b]=1&a[c]=2', { a: { b: '1', c: '2' } }],
    ['a%5Bb%5D=1', { a: { b: '1' } }],
    ['a[b][c]=1', { a: { b: { c: '1' } } }],
    ['a[]=1&a[]=2&a[]', { a: ['1', '2'] }],
    ['a[b][]=1&a[b][]=2', { a: { b: ['1', '2'] } }],
    ['a[][x]=1&a[][y]=2&a[][x]=3', { a: [{ x: '1', y: '2' }, { x: '3' }] }],
    ['a[b=1', { a: { '[b': '1' } }],
    ['a[=1', { 'a[': '1' }],
    ['[a]=1', { '[a]': '1' }],
    ['a[b]c=1', { a: { b: { c: '1' } } }],
    ['a[]=1&b[]', { a: ['1'], b: [] }],
    ['a[b]=1&a=2', { a: '2' }],
    ['__proto__[x]=1', Object.fromEntries([['__proto__', { x: '1' }]])],
    ['a=%D0%96%F0%9F%93%9E', { a: 'Ж📞' }],
  ])('%s', ([query, params]) => {
    expect(plain(parseParams(query))).toEqual(params)
  })

  test.for([
    ['a=%zz', 'percent'],
    ['a=50%', 'percent'],
    ['a=%ff', 'UTF-8'],
    ['%ff=1', 'UTF-8'],
    ['a=1&a[b]=2', 'two ways'],
    ['a[]=1&a[b]=2', 'two ways'],
    ['a[b]=1&a[]=2', 'two ways'],
    [`a${'[b]'.repeat(40)}=1`, 'nested'],
    ['a&'.repeat(5000), 'more than'],
  ] as const)('unless it cannot: %s', ([query, why]) => {
    expect(() => parseParams(query)).toThrow(why)
  })

  test('of which JSON:API knows five parameters', () => {
    expect(parse('http://x/?page=2&sort=a&format=json&include#filter=1')).toEqual({
      fields: undefined,
      filter: undefined,
      include: undefined,
      page: '2',
      sort: 'a',
    })
  })
})

describe('a query is refused', () => {
  test.for<[what: string, most: string, query: string, detail: string]>([
    ['pairs', 'a=1&'.repeat(4095), 'a=1&'.repeat(4096), 'The query has more than 4096 parameters.'],
    ['levels', `a${'[b]'.repeat(31)}=1`, `a${'[b]'.repeat(32)}=1`, 'The query is nested more than 32 deep.'],
  ])('with too many %s', ([, most, query, detail]) => {
    expect(() => parse(`http://x/cdrs?${most}`)).not.toThrow()
    expect(() => parse(`http://x/cdrs?${query}`)).toThrow(detail)
  })
})

describe('a line of CSV', () => {
  test.for<[line: string, values: (string | null)[] | undefined]>([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    ['a,', ['a', null]],
    [',', [null, null]],
    [' a , b ', [' a ', ' b ']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a""b"', ['a"b']],
    ['""', ['']],
    ['a\nb', ['a']],
    ['"a\nb",c\r\nd', ['a\nb', 'c']],
    ['\na', []],
    ['a"b', undefined],
    ['"a', undefined],
    ['"a"b', undefined],
    [' "a"', undefined],
  ])('%j', ([line, values]) => {
    expect(parseCsvLine(line)).toEqual(values)
  })
})

describe('comments are read over', () => {
  test.for<[text: string, json: unknown]>([
    ['/* a */{"a":/* b */1}// c', { a: 1 }],
    ['[1,// a\n2]', [1, 2]],
    ['[1/**/,2]', [1, 2]],
    ['[1/***/,2/* * / */]', [1, 2]],
    ['[1// /*\n,2]', [1, 2]],
    ['{"a":"/* b */","c":"// d"}', { a: '/* b */', c: '// d' }],
    ['{"a":"\\"/*","b":"*/"}', { a: '"/*', b: '*/' }],
    ['{"a":1}/*', undefined],
    ['{"a":1}/*/', undefined],
    ['[1/* a /* b */ */]', undefined],
    ['[1/ /a\n]', undefined],
    ['"a/* b */', undefined],
  ])('%s', ([text, json]) => {
    expect(parseJson(withoutComments(text))).toEqual(json)
  })
})

describe('a text of megabytes takes no longer than it is long', () => {
  // Where each of these pieces looks through the rest of the text, it takes minutes.
  test.for<[what: string, text: string]>([
    ['beginnings of comments', '/* '.repeat(1_000_000)],
    ['comments within comments', `${'/*'.repeat(1_000_000)}*/`],
    ['stars', `/${'*'.repeat(3_000_000)}`],
    ['slashes', '/ '.repeat(1_000_000)],
    ['comments of one line', '//\r'.repeat(1_000_000)],
    ['quotes', '"'.repeat(1_000_001)],
    ['escaped quotes', '\\"'.repeat(1_000_000)],
    ['a string that does not end', `"${'\\\\/*'.repeat(500_000)}`],
    ['blanks', `[${' '.repeat(3_000_000)}`],
    ['commas', `[${', '.repeat(1_000_000)}`],
    ['digits', `[${'1'.repeat(3_000_000)}`],
    ['exponents', `[${'1e'.repeat(1_000_000)}`],
    ['lists within lists', '['.repeat(3_000_000)],
    ['objects within objects', `${'{"a":'.repeat(500_000)}12345678901234567890`],
  ])('%s', ([, text]) => {
    expect(parseJson(text)).toBeUndefined()
    expect(parseJson(withoutComments(text))).toBeUndefined()
  })
})

describe('JSON is read a hundred deep', () => {
  const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const objects = (depth: number) => '{"a":'.repeat(depth) + '12345678901234567890' + '}'.repeat(depth)
  test.for<[what: string, text: string, isRead: boolean]>([
    ['100 lists', lists(100), true],
    ['101 lists', lists(101), false],
    ['100 objects', objects(100), true],
    ['101 objects', objects(101), false],
    ['100,000 lists', lists(100_000), false],
    ['lists side by side', `[${'[],'.repeat(1000)}{}]`, true],
    ['brackets in a string', JSON.stringify({ a: `"\\${'[{'.repeat(1000)}` }), true],
  ])('%s', ([, text, isRead]) => {
    expect(parseJson(text) !== undefined).toBe(isRead)
  })
})

describe('a name in any spelling', () => {
  test.for([
    ['time_start_gteq', 'time_start_gteq'],
    ['time-start-gteq', 'time_start_gteq'],
    ['timeStartGteq', 'time_start_gteq'],
    ['TIME_START_GTEQ', 'time_start_gteq'],
    ['accountIDEq', 'account_id_eq'],
    ['a::b', 'a/b'],
    ['src2Name', 'src2_name'],
    ['[x', '[x'],
  ])('%s', ([spelling, name]) => {
    expect(underscore(spelling!)).toBe(name)
  })
})

describe('a link', () => {
  test('has its pairs sorted by bytes, in their groups, and drops what is not its own', () => {
    const link = pageLinks(
      'http://x/cdrs',
      parse('http://x/cdrs?sort=-id&page[size]=7&filter[b]=1&filter[a-b][]=2&filter[a-b][]=3&x=1&fields[cdrs]=id&include='),
      7,
    )
    expect(link(3n)).toBe(
      'http://x/cdrs?fields%5Bcdrs%5D=id&filter%5Ba-b%5D%5B%5D=2&filter%5Ba-b%5D%5B%5D=3&filter%5Bb%5D=1&include=' +
        '&page%5Bnumber%5D=3&page%5Bsize%5D=7&sort=-id',
    )
  })

  test.for([
    ['a b', 'a+b'],
    ["~-_.*'()!", '~-_.%2A%27%28%29%21'],
    ['Ж', '%D0%96'],
    ['%', '%25'],
  ])('encodes %s as %s', ([text, encoded]) => {
    expect(encodeForm(text!)).toBe(encoded)
  })
})
