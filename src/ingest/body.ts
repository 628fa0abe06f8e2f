// The body tells its form, whatever its Content-Type says (`form.ts`). Batches and lines are read while they come in, and may be of any length.
import { isObject, parseJson, type Json, type JsonObject } from '../jsonapi/json.ts'
import { problems } from '../jsonapi/problem.ts'
import { BrokenStream, sourceOf, type Source } from './bytes.ts'
import { detectForm, isAtEnd } from './form.ts'
import { skipBlanks, splitLines, splitList, type Piece, type Row } from './lines.ts'
import type { Scanner } from './scanner.ts'

/** One row of a body, or why there is none. `line` says where: the line, or in a batch the place in the list, counted from 1. */
export type Entry = { line: number; text: string; json: JsonObject } | { line: number; text: string; detail: string }

/** The rows of a body, in order, as many at a time as came. What cannot be read to its end is refused where it breaks; the rows before that have been told. */
export async function* readBody(body: ReadableStream<Uint8Array> | null, encoding: string | undefined): AsyncGenerator<Entry[]> {
  let last: Entry | undefined
  try {
    for await (const entries of readEntries(sourceOf(body, encoding))) {
      last = entries.at(-1) ?? last
      yield entries
    }
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error
    const place = last ? `Up to ${last.line}, all lines or rows have been taken.` : 'Nothing has been taken.'
    throw Object.assign(problems.badRequest(`${error.message} ${place}`), { cause: error })
  }
}

async function* readEntries(source: Source): AsyncGenerator<Entry[]> {
  const found = await detectForm(source)
  switch (found.form) {
    case 'batch':
      yield* readBatch(source, found.scanner)
      break
    case 'document':
      yield toEntries([found.piece])
      break
    case 'lines':
      yield toEntries([found.first])
      yield* readLines(source, found.line)
      break
    case 'unclear':
      yield* readUnclear(readLines(source, found.line, found.beginning), found.why)
      break
    case 'broken':
      throw brokenDocument(found.why)
  }
}

const brokenDocument = (why: string) => problems.badRequest(`The body is neither one JSON document nor JSON in lines: ${why}`)

async function* readLines(source: Source, line: number, beginning?: Row): AsyncGenerator<Entry[]> {
  for await (const pieces of splitLines(source, line, beginning)) yield toEntries(pieces)
}

/** Lines without any row are held back no longer than this. */
const MOST_UNCLEAR_CHARACTERS = 256 * 1024

/** Lines of which the first is broken: they are lines if any of them is a row by itself. */
async function* readUnclear(lines: AsyncIterable<Entry[]>, why: string): AsyncGenerator<Entry[]> {
  const held: Entry[][] = []
  let characters = 0
  let areLines = false
  for await (const entries of lines) {
    if (areLines) {
      yield entries
      continue
    }
    held.push(entries)
    characters += entries.reduce((sum, { text }) => sum + text.length, 0)
    areLines = characters > MOST_UNCLEAR_CHARACTERS || entries.some((entry) => 'json' in entry)
    if (areLines) yield* held
  }
  if (!areLines) throw brokenDocument(why)
}

async function* readBatch(source: Source, scanner: Scanner): AsyncGenerator<Entry[]> {
  let broken: Entry | undefined
  for await (const pieces of splitList(source)) {
    const entries = toEntries(pieces)
    broken ??= entries.find((entry) => 'detail' in entry && entry.detail === NOT_JSON)
    yield entries
  }
  if (broken) throw problems.badRequest(`Row ${broken.line} of the batch is not JSON. The others have been taken.`)
  const isWhole = await readToEnd(source, scanner)
  if (scanner.hasDataTwice) throw problems.badRequest('The batch has data twice. The rows of the first have been taken.')
  if (!isWhole) throw problems.badRequest('What follows the rows of the batch is not JSON. The rows have been taken.')
}

/** Reads what follows the rows; whether that makes the batch whole, and nothing follows it. */
async function readToEnd(source: Source, scanner: Scanner): Promise<boolean> {
  for await (const chunk of source) {
    const { at, found } = scanner.read(chunk)
    if (!found) continue
    source.putBack(chunk.subarray(at))
    if (found !== 'end') return false
    break
  }
  await skipBlanks(source)
  return scanner.complete && (await isAtEnd(source))
}

const NOT_JSON = 'This is not JSON.'

const toEntries = (pieces: readonly (Piece | undefined)[]) => pieces.flatMap((piece) => (piece ? toEntry(piece) : []))

function toEntry(piece: Piece): Entry {
  if (!('text' in piece)) return { ...piece, text: '' }
  const json = parseJson(piece.text)
  return json === undefined ? { ...piece, detail: NOT_JSON } : toRow(json, piece.line, piece.text)
}

const toRow = (json: Json, line: number, text: string): Entry =>
  isObject(json) ? { line, text, json } : { line, text, detail: 'A row is a JSON object.' }
