// Bodies of any form and length, and those that break.
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readBody } from '../../src/ingest/body.ts'
import { Source } from '../../src/ingest/bytes.ts'
import { detectForm } from '../../src/ingest/form.ts'
import { emptyTables, KEY, newDatabase, put, request, select } from './operator.ts'

beforeAll(newDatabase)
beforeEach(emptyTables)

const names = async () => (await select('SELECT name FROM customers ORDER BY id')).map(({ name }) => name)
const count = async () => (await select('SELECT count(*) AS n FROM customers'))[0]!['n']
const row = (id: number) => JSON.stringify({ id, name: `n${id}`, unknown: 'x'.repeat(500) })
const rows = (length: number) => Array.from({ length }, (_, at) => row(at + 1))

const send = (body: BodyInit, headers: Record<string, string> = {}) =>
  request('customers', { method: 'PUT', headers: { 'x-api-key': KEY, ...headers }, body })

const detailOf = async (response: Response) => {
  const { errors } = await response.json<{ errors: { detail: string; code: string }[] }>()
  return [response.status, errors[0]!.detail]
}

/** A body in pieces that end anywhere. */
const inPieces = (body: string | Uint8Array, length: number): ReadableStream<Uint8Array> => {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, (at += length)))
    },
  })
}

const gzip = async (text: string) =>
  new Uint8Array(await new Response(new Response(text).body!.pipeThrough(new CompressionStream('gzip'))).arrayBuffer())

describe('a long body', () => {
  test('of lines is stored in chunks', async () => {
    expect(await put('customers', rows(5000).join('\n'))).toMatchObject({ received: 5000, stored: 5000, cost: { trips: 6 } })
    expect(await count()).toBe(5000)
  })

  test('of a batch is stored in chunks', async () => {
    const body = `{"batch_id":42,"meta":{"data":[{}]},"name":"\\u00e4 \\\\","data":[${rows(5000).join(',')}],"more":{"data":[1]}}`
    expect(await put('customers', body)).toMatchObject({ received: 5000, stored: 5000, cost: { trips: 6 } })
  })

  test.for([1, 7, 4096])('may come in pieces of %d bytes', async (length) => {
    const texts = ['\\"[{,:', '\\"]}', 'Ä📞', '\\\\', '']
    const lines = texts.map((text, id) => `{"id":${id},"name":"${text}","list":[1,{"a":[]}]}`)
    const wanted = texts.map((text) => JSON.parse(`"${text}"`) as string)
    expect((await send(inPieces(lines.join('\n'), length))).status).toBe(200)
    expect(await names()).toEqual(wanted)
    await emptyTables()
    expect((await send(inPieces(`\ufeff { "batch_id" : 1, "data" : [ ${lines.join(' ,\n')} ] } `, length))).status).toBe(200)
    expect(await names()).toEqual(wanted)
  })

  test('may be gzipped', async () => {
    const response = await send(await gzip(rows(3000).join('\n')), { 'content-encoding': 'gzip' })
    expect(await response.json()).toMatchObject({ stored: 3000, rejected: 0 })
  })

  describe('may be gzip', () => {
    const lines = [row(1), row(2), row(3), '']
    const ofMembers = async (...texts: readonly string[]) => Buffer.concat(await Promise.all(texts.map(gzip)))
    const outcome = async (bytes: Uint8Array, length: number) => {
      const response = await send(inPieces(bytes, length), { 'content-encoding': 'gzip' })
      return response.status === 200 ? (await response.json<{ stored: number }>()).stored : (await detailOf(response))[1]
    }

    test.for<[string, string[], number]>([
      ['of two members', [lines.slice(0, 2).join('\n'), `\n${lines[2]}`], 0],
      ['of members that end within a row', lines.map((line) => `${line}\n`).flatMap((line) => [line.slice(0, 9), line.slice(9)]), 0],
      ['of members of which some are empty', ['', lines.join('\n'), '', ''], 0],
      ['with zeros behind', [lines.join('\n')], 1000],
      ['of two members with zeros behind', [lines.slice(0, 2).join('\n'), `\n${lines[2]}`], 3],
    ])('%s', async ([, texts, zeros]) => {
      const bytes = Buffer.concat([await ofMembers(...texts), Buffer.alloc(zeros)])
      for (const length of [1, 2, 3, 10, 100, 100_000]) {
        await emptyTables()
        expect(await outcome(bytes, length)).toBe(3)
      }
    })

    test('of two members, cut anywhere', async () => {
      const bytes = await ofMembers(lines.slice(0, 2).join('\n'), `\n${lines[2]}`)
      for (let at = 1; at < bytes.length; at++) {
        await emptyTables()
        const halves = new ReadableStream<Uint8Array>({
          start(controller) {
            for (const half of [bytes.subarray(0, at), bytes.subarray(at)]) controller.enqueue(half)
            controller.close()
          },
        })
        expect(await (await send(halves, { 'content-encoding': 'x-gzip' })).json()).toMatchObject({ stored: 3 })
      }
    })

    test.for<[string, (bytes: Buffer) => Uint8Array]>([
      ['with something behind', (bytes) => Buffer.concat([bytes, Buffer.from('rows')])],
      ['with something behind zeros', (bytes) => Buffer.concat([bytes, Buffer.alloc(9), Buffer.from('rows')])],
      ['with a member behind zeros', (bytes) => Buffer.concat([bytes, Buffer.alloc(9), bytes])],
      ['whose second member breaks off', (bytes) => Buffer.concat([bytes, bytes.subarray(0, -1)])],
      ['whose second member has but its first byte', (bytes) => Buffer.concat([bytes, bytes.subarray(0, 1)])],
      ['with a wrong check sum', (bytes) => Buffer.concat([bytes, bytes.with(bytes.length - 8, bytes.at(-8)! ^ 1)])],
      ['of nothing', () => new Uint8Array(0)],
    ])('but not %s', async ([, change]) => {
      const bytes = change(await ofMembers(`${row(1)}\n`))
      for (const length of [1, 2, 3, 10, 100, 100_000])
        expect(await outcome(bytes, length)).toMatch(/^The body is not gzip, or breaks off\. /)
    })

    test('of a hundred megabytes, which pass through', async () => {
      const part = await gzip(`${' '.repeat(1_000_000)}\n`)
      const bytes = Buffer.concat([...Array<Uint8Array>(100).fill(part), await gzip(row(1))])
      expect(await outcome(bytes, 1000)).toBe(1)
    })
  })

  test('may be anything but encoded otherwise', async () => {
    expect(await detailOf(await send('{"id":1}', { 'content-encoding': 'br' }))).toEqual([
      400,
      'The content encoding br is not read here; gzip is.',
    ])
  })
})

describe('what breaks is told with its place, and what is good is stored', () => {
  test('a line of many megabytes', async () => {
    const response = await send([row(1), `{"id":2,"name":"${'x'.repeat(5_000_000)}"}`, row(3)].join('\n'))
    expect(await response.json()).toMatchObject({
      stored: 2,
      rejected: 1,
      errors: [{ line: 2, detail: 'The line is longer than 1048576 bytes: it has 5000018.' }],
    })
  })

  test('a row of many megabytes in a batch', async () => {
    const response = await send(`{"data":[${row(1)},{"id":2,"name":"${'x'.repeat(5_000_000)}"},${row(3)}]}`)
    expect(await response.json()).toMatchObject({ stored: 2, rejected: 1, errors: [{ line: 2 }] })
  })

  test('gzip that ends too early', async () => {
    const gzipped = await gzip(rows(3000).join('\n'))
    const [status, detail] = await detailOf(await send(gzipped.subarray(0, gzipped.length - 500), { 'content-encoding': 'gzip' }))
    expect([status, detail]).toEqual([
      400,
      expect.stringMatching(/^The body is not gzip, or breaks off\. Up to \d+, all lines or rows have been taken\.$/),
    ])
    expect(await count()).toBe(Number(/\d+/.exec(String(detail))![0]))
  })

  test('a body that is not gzip', async () => {
    expect(await detailOf(await send('{"id":1}', { 'content-encoding': 'gzip' }))).toEqual([
      400,
      'The body is not gzip, or breaks off. Nothing has been taken.',
    ])
  })

  test.for<[string, string, string]>([
    ['a row that is not JSON', `{"data":[${row(1)},{"id":},${row(3)}]}`, 'Row 2 of the batch is not JSON. The others have been taken.'],
    ['a missing row', `{"data":[${row(1)},,${row(3)}]}`, 'Row 2 of the batch is not JSON. The others have been taken.'],
    [
      'a batch without its end',
      `{"data":[${row(1)},${row(3)},{"id":5`,
      'The list of rows breaks off in row 3. Up to 2, all lines or rows have been taken.',
    ],
    ...[']}]', ']} {"id":5}', ']', '],}', '],"more":[}', ']}\n[]', '],"more":nul}'].map((end): [string, string, string] => [
      `a batch that ends in ${end}`,
      `{"data":[${row(1)},${row(3)}${end}`,
      'What follows the rows of the batch is not JSON. The rows have been taken.',
    ]),
    [
      'a list with something behind',
      `[${row(1)},${row(3)}]\n{"id":5}`,
      'What follows the rows of the batch is not JSON. The rows have been taken.',
    ],
    [
      'a batch with two lists',
      `{"data":[${row(1)},${row(3)}],"more":{"data":1},"d\\u0061ta":[${row(5)}]}`,
      'The batch has data twice. The rows of the first have been taken.',
    ],
  ])('%s', async ([, body, detail]) => {
    expect(await detailOf(await send(body))).toEqual([400, detail])
    expect(await names()).toEqual(['n1', 'n3'])
  })

  test.for<[string, string]>([
    ['{"id":1,', 'it ends too early.'],
    ['{"id":', 'it ends too early.'],
    ['{"id":1,"name":}', 'it breaks at line 1, column 16.'],
    ['\n{"näme":1 "id":2}', 'it breaks at line 2, column 11.'],
    ['{\n"id":1\n"name":2}', 'it breaks at line 3, column 1.'],
    ['{\n"id":1}\n\n{"id":2}', 'what begins in line 1 ends in line 2, and something follows.'],
  ])('a document: %j', async ([body, place]) => {
    expect(await detailOf(await send(body))).toEqual([400, `The body is neither one JSON document nor JSON in lines: ${place}`])
  })

  test('a long document over several lines that is no batch', async () => {
    const response = await send(`{\n"id":1,\n"name":"${'x'.repeat(2_000_000)}"\n}`)
    const error = { line: 1, detail: 'The row is longer than 1048576 bytes: it has 2000021.' }
    expect(await response.json()).toMatchObject({ received: 1, stored: 0, rejected: 1, errors: [error] })
  })

  test('a first line of many megabytes', async () => {
    const response = await send([`{"id":1,"name":"${'x'.repeat(5_000_000)}"}`, row(2), row(3)].join('\n'))
    expect(await response.json()).toMatchObject({ stored: 2, rejected: 1, errors: [{ line: 1 }] })
  })

  test('a first line of many megabytes that breaks', async () => {
    const response = await send([`{"id":1,"name":"${'x'.repeat(5_000_000)}`, row(2), row(3)].join('\n'))
    expect(await response.json()).toMatchObject({ stored: 2, rejected: 1, errors: [{ line: 1 }] })
  })
})

describe('the form of a body', () => {
  const deep = (depth: number) => `${'[{"data":'.repeat(depth)}[]${'}]'.repeat(depth)}`
  const ofBytes = async (body: string, length: number) => {
    const found = await detectForm(new Source(inPieces(body, length) as AsyncIterable<Uint8Array>))
    return 'why' in found ? [found.form, found.why] : [found.form]
  }

  test.for<[string, ...string[]]>([
    ['', 'lines'],
    ['[', 'batch'],
    [' \n[{"id":1}]', 'batch'],
    ['{"data":[', 'batch'],
    ['{"meta":{},"data":[]}', 'batch'],
    ['{"meta":{"data":[1]},"list":[1,[2,{"data":[]}]],"data" : [', 'batch'],
    ['{"text":"a \\"quoted\\" \\\\","data":[', 'batch'],
    ['{"a":"]}","b":"\\u00e4ü📞","c":-1.50e+10,"d":[true,false,null],"data":[', 'batch'],
    ['{"d\\u0061t\\u0061":[', 'batch'],
    ['{"\\u0064\\u0061\\u0074\\u0061":[', 'batch'],
    ['{"data":{"data":[1]},"data":[', 'batch'],
    ['{"data":null,\n"data":\n[', 'batch'],
    ['{"data":1}', 'lines'],
    ['{"id":1}', 'lines'],
    ['{"id":1}\r\n{"id":2}', 'lines'],
    ['\n\n{"id":1} \t\r\nanything', 'lines'],
    ['5', 'lines'],
    ['12 \n[]', 'lines'],
    ['"a"', 'lines'],
    ['{\n"id":1}', 'document'],
    ['{"id":1,\n"data":{}}\n\n', 'document'],
    ['{"id":1\n}{"id":2}', 'broken', 'what begins in line 1 ends in line 2, and something follows.'],
    ['{\n"id":1,\n{"id":2}', 'broken', 'it breaks at line 3, column 1.'],
    ['{"id":1}{"id":2}', 'unclear', 'it breaks at line 1, column 9.'],
    ['{"id":1,"na\n{"id":2}', 'unclear', 'it breaks at line 1, column 12.'],
    ['{"id":1,\n{"id":2}', 'unclear', 'it breaks at line 2, column 1.'],
    ['{"id":1', 'unclear', 'it ends too early.'],
    ['id,name\n1,a', 'unclear', 'it breaks at line 1, column 3.'],
    ['{"a":01,"data":[', 'unclear', 'it breaks at line 1, column 8.'],
    ['{"a":[},"data":[', 'unclear', 'it breaks at line 1, column 7.'],
    ['{"a":{]},"data":[', 'unclear', 'it breaks at line 1, column 7.'],
    ['{"a":"\\x","data":[', 'unclear', 'it breaks at line 1, column 8.'],
    ['{"a":"\\u00g0","data":[', 'unclear', 'it breaks at line 1, column 11.'],
    ['{"a":"\t","data":[', 'unclear', 'it breaks at line 1, column 7.'],
    ['{"a":tru,"data":[', 'unclear', 'it breaks at line 1, column 9.'],
    ['{"a":1.,"data":[', 'unclear', 'it breaks at line 1, column 8.'],
    ['{"a":[1,],"data":[', 'unclear', 'it breaks at line 1, column 9.'],
    ['{"a":1,}', 'unclear', 'it breaks at line 1, column 8.'],
    ["{'data':[", 'unclear', 'it breaks at line 1, column 2.'],
    ['{"data"=[', 'unclear', 'it breaks at line 1, column 8.'],
  ])('%j is %s', async ([body, ...form]) => {
    for (const length of [1, 5, 1000]) expect(await ofBytes(body, length)).toEqual(form)
  })

  test.for<[string, string]>([
    ['deep', `"meta":${deep(100_000)}`],
    ['long', `"meta":"${'x'.repeat(3_000_000)}"`],
    ['of a long name and a long number', `"${'long name '.repeat(1000)}":${'1'.repeat(2_000_000)}`],
  ])('is that of a batch behind a member that is %s', async ([, member]) => {
    expect(await ofBytes(`{${member},"data":[`, 5000)).toEqual(['batch'])
  })
})

describe('the rows of a body are those that JSON.parse gives', () => {
  const name = fc.oneof(fc.constantFrom('data', 'meta', 'Data', 'id', '', 'da"ta', '\\data', 'd\u00e4ta'), fc.string({ unit: 'grapheme' }))
  const text = fc.oneof(fc.constantFrom('"', '\\', '],[', '}{', '\n', '"data":[', '\u2028', '📞'), fc.string({ unit: 'grapheme' }))
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(null, true, false, 0, -1.5e-7, 1e21, 123456789),
      text,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    ),
  }))
  const row = fc.dictionary(name, value, { maxKeys: 4 })
  const rows = fc.array(fc.oneof({ weight: 5, arbitrary: row }, value), { maxLength: 6 })
  const members = fc.dictionary(
    name.filter((one) => one !== 'data'),
    value,
    { maxKeys: 4 },
  )
  const mark = fc.constantFrom('', '\ufeff')
  const blank = fc.constantFrom('', ' ', '\n', '\r\n\t ')
  const cut = fc.integer({ min: 1, max: 40 })

  const read = async (body: string, length: number) => {
    const found: unknown[] = []
    for await (const entries of readBody(inPieces(body, length), undefined)) {
      for (const entry of entries) found.push('json' in entry ? entry.json : entry.detail)
    }
    return found
  }
  const isRow = (json: unknown) => typeof json === 'object' && json !== null && !Array.isArray(json)
  const wanted = (list: readonly unknown[]) =>
    list.map((json) => (isRow(json) ? (JSON.parse(JSON.stringify(json)) as object) : 'A row is a JSON object.'))

  test('of a batch, whatever stands around its rows', async () => {
    const batches = fc.record({
      before: members,
      list: rows,
      after: members,
      indent: fc.constantFrom(0, 1, '\t'),
      mark,
      blank,
      length: cut,
    })
    const property = fc.asyncProperty(batches, async ({ before, list, after, indent, mark, blank, length }) => {
      const around = [before, after].map((some) =>
        Object.entries(some).map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one, null, indent)}`),
      )
      const body = `${mark}${blank}{${blank}${[...around[0]!, `"data"${blank}:${blank}${JSON.stringify(list, null, indent)}${blank}`, ...around[1]!].join(',')}}${blank}`
      expect(await read(body, length)).toEqual(wanted(list))
    })
    await fc.assert(property, { numRuns: 500 })
  })

  test('of a list', async () => {
    const property = fc.asyncProperty(rows, fc.constantFrom(0, 2), mark, blank, cut, async (list, indent, mark, blank, length) => {
      expect(await read(`${mark}${blank}${JSON.stringify(list, null, indent)}${blank}`, length)).toEqual(wanted(list))
    })
    await fc.assert(property, { numRuns: 300 })
  })

  test('of lines', async () => {
    const ends = fc.constantFrom('\n', '\r\n', '\n\n', ' \r\n\t\n')
    const first = row.filter((one) => !Array.isArray(one['data']))
    const property = fc.asyncProperty(first, rows, ends, mark, fc.boolean(), cut, async (first, list, end, mark, ended, length) => {
      const body = mark + [first, ...list].map((one) => JSON.stringify(one)).join(end) + (ended ? end : '')
      expect(await read(body, length)).toEqual(wanted([first, ...list]))
    })
    await fc.assert(property, { numRuns: 300 })
  })

  test('of a single object', async () => {
    const single = row.filter((one) => !Array.isArray(one['data']))
    const property = fc.asyncProperty(single, fc.constantFrom(0, 1), mark, blank, cut, async (one, indent, mark, blank, length) => {
      expect(await read(`${mark}${blank}${JSON.stringify(one, null, indent)}${blank}`, length)).toEqual(wanted([one]))
    })
    await fc.assert(property, { numRuns: 300 })
  })
})
