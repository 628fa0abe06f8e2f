// Bodies of any length, and those that break.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
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
const inPieces = (text: string, length: number): ReadableStream<Uint8Array> => {
  const bytes = new TextEncoder().encode(text)
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
    const body = `{"batch_id":42,"name":"a \u00e4","data":[${rows(5000).join(',')}],"more":{"data":[1]}}`
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
    [
      'a batch with something behind',
      `{"data":[${row(1)},${row(3)}]}]`,
      'What follows the rows of the batch is not JSON. The rows have been taken.',
    ],
  ])('%s', async ([, body, detail]) => {
    expect(await detailOf(await send(body))).toEqual([400, detail])
    expect(await names()).toEqual(['n1', 'n3'])
  })

  test.for<[string, string]>([
    ['{"id":1,', 'it breaks at line 1, column 9.'],
    ['{"id":', 'it ends too early.'],
    ['{"id":1,"name":}', 'line 1 is not JSON.'],
    ['{"id":1 "name":2}', 'it breaks at line 1, column 9.'],
    ['{\n"id":1\n"name":2}', 'it breaks at line 3, column 1.'],
  ])('a document: %j', async ([body, place]) => {
    expect(await detailOf(await send(body))).toEqual([400, `The body is neither one JSON document nor JSON in lines: ${place}`])
  })

  test('a long document over several lines that is no batch', async () => {
    const [status, detail] = await detailOf(await send(`{\n"id":1,\n"name":"${'x'.repeat(300_000)}"\n}`))
    expect([status, detail]).toEqual([400, 'A document over several lines that is no batch may have 262144 bytes.'])
  })
})
