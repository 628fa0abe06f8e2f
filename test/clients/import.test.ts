// `npm run import`: what files are read as, and what the command says and stores of them.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findFiles } from '../../scripts/import/files.ts'
import { readLines } from '../../scripts/import/lines.ts'
import { openRows } from '../../scripts/import/rows.ts'
import { startServer, type Server } from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-import-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const write = (name: string, content: string) => {
  const path = join(folder, name.replace('.', `-${++files}.`))
  const bytes = Buffer.from(content, 'latin1')
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(bytes) : bytes)
  return path
}

/** The rows of a file, each as its line and its JSON or its fault, and what is remarked of the whole. Text is given byte by byte. */
async function read(name: string, content: string) {
  const remarks: string[] = []
  const [file] = findFiles([write(name, content)], () => {})
  const rows: [line: number, row: unknown][] = []
  try {
    for await (const row of openRows(file!, (remark) => remarks.push(remark)).rows) {
      rows.push([row.line, 'json' in row ? (JSON.parse(row.json.toString()) as unknown) : row.detail])
    }
  } catch (error) {
    return { rows, remarks, error: (error as Error).message }
  }
  return { rows, remarks, error: undefined }
}

const utf8 = (text: string) => Buffer.from(text).toString('latin1')
const row = (id: number, name: string | null) => ({ id: String(id), name })
const BOB = row(5, 'Bob')
const ANN = row(6, 'Ann')

describe('rows of CSV', () => {
  const count = (values: number, columns = 2) => `the row has ${values} values, and the header ${columns} columns`
  const NOT_UTF8 = 'the row is not UTF-8'
  const RETURN = 'the row has a carriage return that is neither in quotes nor ends a line'
  const OPEN = 'a quote is opened in this line and not closed'
  const QUOTE = expect.stringMatching(/^Invalid (Opening|Closing) Quote/) as unknown

  test.for<[what: string, text: string, rows: [line: number, row: unknown][]]>([
    [
      'lines that end in a line feed',
      'id,name\n5,Bob\n6,Ann\n',
      [
        [2, BOB],
        [3, ANN],
      ],
    ],
    [
      'no end of the last line',
      'id,name\n5,Bob\n6,Ann',
      [
        [2, BOB],
        [3, ANN],
      ],
    ],
    [
      'lines that end in both',
      'id,name\r\n5,Bob\r\n6,Ann\r\n',
      [
        [2, BOB],
        [3, ANN],
      ],
    ],
    [
      'lines that end in a carriage return',
      'id,name\r5,Bob\r6,Ann\r',
      [
        [2, BOB],
        [3, ANN],
      ],
    ],
    [
      'a header with a line feed, rows with both',
      'id,name\n5,Bob\r\n6,Ann\r\n',
      [
        [2, BOB],
        [3, ANN],
      ],
    ],
    [
      'a header with both, rows with a line feed',
      'id,name\r\n5,Bob\n6,Ann\n',
      [
        [2, BOB],
        [3, ANN],
      ],
    ],
    [
      'a header with a carriage return, rows with a line feed',
      'id,name\r5,Bob\n6,Ann\n',
      [
        [2, BOB],
        [3, ANN],
      ],
    ],
    [
      'a header with a carriage return, rows with both',
      'id,name\r5,Bob\r\n6,Ann',
      [
        [2, BOB],
        [3, ANN],
      ],
    ],
    [
      'a header with a line feed, rows with a carriage return',
      'id,name\n5,Bob\r6,Ann\r7,X\n8,Y\n',
      [
        [2, RETURN],
        [2, RETURN],
        [2, row(7, 'X')],
        [3, row(8, 'Y')],
      ],
    ],
    [
      'a carriage return within a value',
      'id,name\n5,Bo\rb\n6,Ann\n',
      [
        [2, RETURN],
        [2, count(1)],
        [3, ANN],
      ],
    ],
    [
      'a carriage return before both',
      'id,name\n5,Bob\r\r\n6,Ann\n',
      [
        [2, RETURN],
        [3, ANN],
      ],
    ],
    [
      'line ends in quotes',
      'id,name\r\n5,"B\r\no\nb\r!"\r\n6,Ann\n',
      [
        [2, row(5, 'B\r\no\nb\r!')],
        [5, ANN],
      ],
    ],
    [
      'empty lines',
      '\n\r\nid,name\n\n5,Bob\n\r\n\n6,Ann\n\n',
      [
        [5, BOB],
        [8, ANN],
      ],
    ],
    ['a byte order mark', utf8('\ufeffid,name\n5,Bob\n'), [[2, BOB]]],
    ['a byte order mark before quotes', utf8('\ufeff"id","name"\r\n"5","Bob"\r\n'), [[2, BOB]]],
    ['blanks around names', ' id ,\t"name "\n5,Bob\n', [[2, BOB]]],
    [
      'columns without a name',
      'id,name,,\n5,Bob,,\n6,Ann\n',
      [
        [2, BOB],
        [3, ANN],
      ],
    ],
    ['columns without a name at the beginning', ',id, ,name\n,5,"",Bob\n', [[2, BOB]]],
    [
      'a value without a name',
      'id,,name\n5,x,Bob\n6,,Ann\n',
      [
        [2, 'column 2 has a value, and no name in the header'],
        [3, ANN],
      ],
    ],
    [
      'nothing, and an empty text',
      'id,name\n5,\n6,""\n',
      [
        [2, row(5, null)],
        [3, row(6, '')],
      ],
    ],
    [
      'too few values',
      'id,name\n5\n6,Ann\n',
      [
        [2, count(1)],
        [3, ANN],
      ],
    ],
    [
      'too many values',
      'id,name\n5,Bob,1\n6,Ann\n7,X,\n',
      [
        [2, count(3)],
        [3, ANN],
        [4, count(3)],
      ],
    ],
    [
      'Latin-1',
      'id,name\n4,Jos\xe9\n5,Bob\n',
      [
        [2, NOT_UTF8],
        [3, BOB],
      ],
    ],
    [
      'Latin-1 in quotes over lines',
      'id,name\n4,"J\nos\xe9"\n5,Bob\n',
      [
        [2, NOT_UTF8],
        [4, BOB],
      ],
    ],
    [
      'half a character',
      'id,name\n4,\xc3\n5,Bob\n6,\xed\xa0\x80\n7,\xc0\x80\n',
      [
        [2, NOT_UTF8],
        [3, BOB],
        [4, NOT_UTF8],
        [5, NOT_UTF8],
      ],
    ],
    ['UTF-8', utf8('id,name\n5,José 📞\n'), [[2, row(5, 'José 📞')]]],
    ['quotes and commas', 'id,name\n5,"a ""b"", c"\n', [[2, row(5, 'a "b", c')]]],
    [
      'a quote that never closes',
      'id,name\n4,"Bo\n5,Bob\n6,Ann\n',
      [
        [2, OPEN],
        [3, BOB],
        [4, ANN],
      ],
    ],
    [
      'a quote that the next row closes',
      'id,name\n4,"Bo\n5,Bob\n6,"A,n\nn"\n7,X\n',
      [
        [2, QUOTE],
        [3, BOB],
        [4, row(6, 'A,n\nn')],
        [6, row(7, 'X')],
      ],
    ],
    [
      'a quote in a value',
      'id,name\n4,B"o"\n5,Bob\n4,O"B\n6,Ann\n',
      [
        [2, QUOTE],
        [3, BOB],
        [4, OPEN],
        [5, ANN],
      ],
    ],
    [
      'text behind a quote',
      'id,name\n4,"Bo"b\n5,Bob\n',
      [
        [2, QUOTE],
        [3, BOB],
      ],
    ],
    [
      'a line that is endless',
      `id,name\n4,${'x'.repeat(1_100_000)}\n5,Bob\n`,
      [
        [2, 'the line is longer than 1048576 bytes: it has 1100002'],
        [3, BOB],
      ],
    ],
    [
      'a quote that is open for a megabyte',
      `id,name\n4,"x\n${'5,Bob\n'.repeat(20_000)}`,
      [[2, OPEN], ...Array.from({ length: 20_000 }, (_, at): [number, unknown] => [at + 3, BOB])],
    ],
    ['nothing but a header', 'id,name\n', []],
    ['nothing', '', []],
    ['nothing but a byte order mark', '\xef\xbb\xbf', []],
  ])('%s', async ([, text, rows]) => {
    expect(await read('customers.csv', text)).toEqual({ rows, remarks: [], error: undefined })
    expect((await read('customers.csv.gz', text)).rows).toEqual(rows)
  })

  test('are the same in whatever pieces a file is read', async () => {
    const bytes = Buffer.from('\ufeffid,name\r\n5,"é\r\nx"\r\r\n6,Ann\r\n\n7')
    const linesIn = async (size: number) => {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
      const lines: unknown[] = []
      for await (const { line, text, end } of readLines(Readable.from(pieces), 1000)) lines.push([line, text.toString(), end])
      return lines
    }
    const whole = await linesIn(bytes.length)
    expect(whole).toEqual([
      [1, 'id,name', '\r\n'],
      [2, '5,"é', '\r\n'],
      [3, 'x"', '\r'],
      [3, '', '\r\n'],
      [4, '6,Ann', '\r\n'],
      [5, '', '\n'],
      [6, '7', ''],
    ])
    for (let size = 1; size < bytes.length; size++) expect(await linesIn(size), `pieces of ${size}`).toEqual(whole)
  })

  test.for<[what: string, header: string, error: string]>([
    ['a column twice', 'id,name, id', 'line 1 names the column id twice'],
    ['no key', 'name', 'line 1 is no header of customers: it has no column id (COPY … CSV HEADER writes it)'],
    ['no comma', 'id;name', 'line 1 is no header of customers: it has no column id (COPY … CSV HEADER writes it)'],
    ['Latin-1', 'id,Stra\xdfe', 'line 1 is no header: the row is not UTF-8'],
    ['UTF-16', '\xff\xfei\0d\0\n\0', 'line 1 is no header: the row is not UTF-8'],
    ['an open quote', '"id,name', 'line 1 is no header: a quote is opened in this line and not closed'],
  ])('are not known by a header with %s', async ([, header, error]) => {
    expect(await read('customers.csv', `\n${header}\n5,Bob\n`)).toEqual({ rows: [], remarks: [], error: error.replace('1', '2') })
  })

  test('have columns that are not known, which is remarked once', async () => {
    const { rows, remarks } = await read('api-accesses.csv', 'id,formtype,login,password,remark\n1,x,a,b,\n2,x,c,d,\n')
    expect(rows).toHaveLength(2)
    expect(remarks).toEqual(['not imported, as api-accesses have no such columns: formtype, remark'])
  })
})

test('a column of CSV may have a name of the prototype', async () => {
  const { rows, remarks } = await read('customers.csv', 'id,__proto__,constructor\n5,a,b\n')
  expect(rows.map(([, one]) => Object.entries(one as object))).toEqual([
    [
      ['id', '5'],
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ],
  ])
  expect(remarks).toEqual(['not imported, as customers have no such columns: __proto__, constructor'])
})

describe('rows of lines of JSON', () => {
  test.for<[what: string, text: string, rows: [line: number, row: unknown][]]>([
    [
      'a byte order mark',
      utf8('\ufeff{"id":5}\n{"id":6}'),
      [
        [1, { id: 5 }],
        [2, { id: 6 }],
      ],
    ],
    [
      'lines that end in both, or are empty',
      '{"id":5}\r\n\r\n  \n{"id":6}\r\n',
      [
        [1, { id: 5 }],
        [4, { id: 6 }],
      ],
    ],
    [
      'carriage returns',
      '{"id":5}\r{"id":6}\r',
      [
        [1, { id: 5 }],
        [2, { id: 6 }],
      ],
    ],
    [
      'Latin-1',
      '{"id":5,"name":"Jos\xe9"}\n{"id":6}\n',
      [
        [1, 'the row is not UTF-8'],
        [2, { id: 6 }],
      ],
    ],
    [
      'a line that is endless',
      `"${'x'.repeat(1_100_000)}"\n{"id":6}\n`,
      [
        [1, 'the line is longer than 1048576 bytes: it has 1100002'],
        [2, { id: 6 }],
      ],
    ],
  ])('%s', async ([, text, rows]) => {
    expect((await read('customers.ndjson', text)).rows).toEqual(rows)
    expect((await read('customers.ndjson.gz', text)).rows).toEqual(rows)
  })

  test('that break off are told with their place', async () => {
    const whole = gzipSync(Array.from({ length: 100 }, (_, id) => `{"id":${id},"name":"${Math.sin(id)}"}\n`).join(''))
    const path = join(folder, 'customers-cut.ndjson.gz')
    writeFileSync(path, whole.subarray(0, whole.length / 2))
    const [file] = findFiles([path], () => {})
    const lines: number[] = []
    const reading = (async () => {
      for await (const { line } of openRows(file!, () => {}).rows) lines.push(line)
    })()
    await expect(reading).rejects.toThrow(/^breaks off in line \d+: unexpected end of file$/)
  })
})

describe('the command', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  const run = (...paths: string[]) =>
    new Promise<{ code: number; out: string; told: string[] }>((resolve) => {
      const args = ['scripts/import.ts', '--url', server.origin, '--key', server.operatorKey, ...paths]
      const child = execFile(process.execPath, args, (_, out, told) => {
        resolve({
          code: child.exitCode ?? -1,
          out,
          told: told
            .split('\n')
            .filter(Boolean)
            .map((line) => line.replaceAll(`${folder}/`, '')),
        })
      })
    })

  test.for<[what: string, name: string, text: string, code: number, counts: string, told: RegExp[]]>([
    [
      'a row that is not UTF-8',
      'customers.csv',
      'id,name\n4,Jos\xe9\n5,Bob\n',
      1,
      '2 rows, 1 stored, 0 unchanged, 1 rejected',
      [/^customers-\d+\.csv:2: the row is not UTF-8$/],
    ],
    [
      'rows that the server refuses, by their lines',
      'customers.csv',
      'id,name\n4,"a\nb"\n"",x\nfive,x\n',
      1,
      '3 rows, 1 stored, 0 unchanged, 2 rejected',
      [/:4: id /, /:5: id /],
    ],
    ['line ends that are mixed', 'customers.csv', 'id,name\n11,Bob\r\n12,Ann\r\n', 0, '2 rows, 2 stored, 0 unchanged, 0 rejected', []],
    [
      'a column that is not known',
      'customers.csv',
      ' id,name,remark,\n21,Bob,x,\n',
      0,
      '1 rows, 1 stored, 0 unchanged, 0 rejected',
      [/^customers-\d+\.csv: not imported, as customers have no such columns: remark$/],
    ],
    [
      'a column twice',
      'customers.csv',
      'id,id\n31,31\n',
      1,
      '0 rows, 0 stored, 0 unchanged, 0 rejected',
      [/line 1 names the column id twice$/],
    ],
  ])('with %s', async ([, name, text, code, counts, told]) => {
    const done = await run(write(name, text))
    expect(done.out).toContain(counts)
    expect(done.told).toEqual(told.map((line) => expect.stringMatching(line) as string))
    expect(done.code).toBe(code)
  })
})
