// The body tells its form, whatever its Content-Type says: an object with a list `data` is a batch, an object without is one row, and
// anything else is newline-delimited JSON. A body of several lines of which the first is JSON by itself is newline-delimited. If the first is
// not, the body is one document over several lines if it reads as such; else newline-delimited, if any line is an object by itself and the
// first does not open a document; else it is a broken document, as is a single line that is not JSON.
// What form it is shows in its first bytes; batches and lines are read while they come in, and may be of any length.
import { isList, isObject, parseJson, type Json, type JsonObject } from '../jsonapi/json.ts'
import { problems } from '../jsonapi/problem.ts'
import { BrokenStream, decode, joined, splitLines, splitList, type Piece } from './lines.ts'

/** One row of a body, or why there is none. `line` says where: the line, or in a batch the place in the list, counted from 1. */
export type Entry = { line: number; text: string; json: JsonObject } | { line: number; text: string; detail: string }

const OPENS_DOCUMENT = /^\s*\{\s*$/

/** A batch up to its rows: what stands before them are simple values. */
const BATCH = /^\s*\{\s*(?:"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[-+.\w]+)\s*,\s*)*?"data"\s*:\s*\[/

/** The rows of a body, in order, as many at a time as came. What cannot be read to its end is refused where it breaks; the rows before that have been told. */
export async function* readBody(body: ReadableStream<Uint8Array> | null, encoding: string | undefined): AsyncGenerator<Entry[]> {
  let last: Entry | undefined
  try {
    for await (const entries of readEntries(inBlocks(readBytes(body, encoding)))) {
      last = entries.at(-1) ?? last
      yield entries
    }
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error
    const place = last ? `Up to ${last.line}, all lines or rows have been taken.` : 'Nothing has been taken.'
    throw problems.badRequest(`${error.message} ${place}`)
  }
}

async function* readBytes(body: ReadableStream<Uint8Array> | null, encoding = 'identity'): AsyncGenerator<Uint8Array> {
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding.trim().toLowerCase())) {
    throw problems.badRequest(`The content encoding ${encoding} is not read here; gzip is.`)
  }
  const gzipped = encoding.trim().toLowerCase() !== 'identity'
  try {
    yield* (gzipped ? body?.pipeThrough(new DecompressionStream('gzip')) : body) ?? []
  } catch (cause) {
    throw new BrokenStream(gzipped ? 'The body is not gzip, or breaks off.' : 'The body breaks off.', { cause })
  }
}

/** Streams hand out small pieces, and each costs a turn of the event loop. */
const BLOCK_BYTES = 256 * 1024

async function* inBlocks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let length = 0
  let failure: { error: unknown } | undefined
  try {
    for await (const part of bytes) {
      parts.push(part)
      length += part.length
      if (length <= BLOCK_BYTES) continue
      yield joined(parts, length)
      parts = []
      length = 0
    }
  } catch (error) {
    failure = { error }
  }
  if (length > 0) yield joined(parts, length)
  if (failure) throw failure.error
}

async function* readEntries(blocks: AsyncGenerator<Uint8Array>): AsyncGenerator<Entry[]> {
  const { value: beginning = new Uint8Array() } = (await blocks.next()) as { value: Uint8Array | undefined }
  // A short block is the last one, at the end of the body or where it breaks.
  const broken = beginning.length > BLOCK_BYTES ? undefined : await blocks.next().then(() => undefined, asFailure)
  const whole = beginning.length <= BLOCK_BYTES && !broken
  const start = batchStart(beginning)
  const form = start === undefined ? await formOf(beginning, whole) : undefined
  const all = (async function* () {
    yield start === undefined ? beginning : beginning.subarray(start)
    if (broken) throw broken.error
    yield* blocks
  })()
  if (start !== undefined) yield* readBatch(all, beginning.subarray(0, start))
  else if (form === 'lines') for await (const pieces of splitLines(all)) yield pieces.map(toEntry)
  else if (form !== undefined) yield readDocument(form)
}

const asFailure = (error: unknown) => ({ error })

/** Where the rows of a batch begin; undefined if the body is none. */
function batchStart(beginning: Uint8Array): number | undefined {
  const [opening] = BATCH.exec(new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(beginning).replace(/^\ufeff/, ' ')) ?? []
  if (opening === undefined) return undefined
  const marked = beginning[0] === 0xef
  return new TextEncoder().encode(opening).length + (marked ? 2 : 0)
}

interface Document {
  line: number
  json: Json
}

/** What a body is that is no batch from its first bytes on: lines, or a document. */
async function formOf(beginning: Uint8Array, whole: boolean): Promise<'lines' | Document> {
  const pieces = await piecesOf(beginning)
  const [first] = pieces
  if (first === undefined) return 'lines'
  const several = !whole || pieces.length > 1
  const alone = 'text' in first ? parseJson(first.text) : undefined
  if (several && alone !== undefined) return 'lines'
  const opens = 'text' in first && OPENS_DOCUMENT.test(first.text)
  if (!whole && opens) throw problems.badRequest(`A document over several lines that is no batch may have ${BLOCK_BYTES} bytes.`)
  if (!whole) return 'lines'
  const text = several ? decode(beginning) : 'text' in first ? first.text : undefined
  const json = text === undefined ? undefined : parseJson(text)
  if (json !== undefined) return { line: first.line, json }
  if (several && !opens && pieces.some((piece) => 'text' in piece && isObject(parseJson(piece.text)))) return 'lines'
  throw problems.badRequest(`The body is neither one JSON document nor JSON in lines: ${whyNot(text, first.line)}`)
}

async function piecesOf(bytes: Uint8Array): Promise<Piece[]> {
  const pieces: Piece[] = []
  const all = (async function* () {
    yield bytes
  })()
  for await (const some of splitLines(all)) pieces.push(...some)
  return pieces
}

/** Where JSON breaks, as far as the parser tells. */
function whyNot(text: string | undefined, line: number): string {
  if (text === undefined) return `line ${line} is not UTF-8.`
  try {
    JSON.parse(text)
  } catch (error) {
    const [, brokenLine, column] = /\(line (\d+) column (\d+)\)/.exec((error as Error).message) ?? []
    if (column !== undefined) return `it breaks at line ${line + Number(brokenLine) - 1}, column ${column}.`
    if (/end of JSON/.test((error as Error).message)) return 'it ends too early.'
  }
  return `line ${line} is not JSON.`
}

async function* readBatch(bytes: AsyncIterable<Uint8Array>, opening: Uint8Array): AsyncGenerator<Entry[]> {
  const rest: Uint8Array[] = []
  let broken: Entry | undefined
  for await (const pieces of splitList(bytes, rest)) {
    const entries = pieces.map(toEntry)
    broken ??= entries.find((entry) => 'detail' in entry && entry.detail === NOT_JSON)
    yield entries
  }
  if (broken) throw problems.badRequest(`Row ${broken.line} of the batch is not JSON. The others have been taken.`)
  if (parseJson(decode(joined([opening, CLOSING, ...rest])) ?? '') === undefined) {
    throw problems.badRequest('What follows the rows of the batch is not JSON. The rows have been taken.')
  }
}

const CLOSING = new TextEncoder().encode(']')

function readDocument({ line, json }: Document): Entry[] {
  const data = isObject(json) ? json['data'] : undefined
  return isList(data) ? data.map((row, index) => toRow(row, index + 1, JSON.stringify(row))) : [toRow(json, line, JSON.stringify(json))]
}

const NOT_JSON = 'This is not JSON.'

function toEntry(piece: Piece): Entry {
  if (!('text' in piece)) return { ...piece, text: '' }
  const json = parseJson(piece.text)
  return json === undefined ? { ...piece, detail: NOT_JSON } : toRow(json, piece.line, piece.text)
}

const toRow = (json: Json, line: number, text: string): Entry =>
  isObject(json) ? { line, text, json } : { line, text, detail: 'A row is a JSON object; a list of rows goes into {"data":[…]}.' }
