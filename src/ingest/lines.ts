// Cuts a body into its rows while it comes in, so that one of any length takes little memory.
import { Buffer } from 'node:buffer'
import { decodeUtf8, withoutMark } from '../http/body.ts'
import { BrokenStream, type Source } from './bytes.ts'
import { isBlank } from './scanner.ts'

/** A row as it came, and where: its line, or in a batch its place in the list, counted from 1. */
export type Piece = { line: number; text: string } | { line: number; detail: string }

const LINE_FEED = 10
const QUOTE = 34
const COMMA = 44
const BACKSLASH = 92
const OPEN_LIST = 91
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** More than a row may have, even if each of its characters is escaped. */
const LONGEST_ROW_BYTES = 1024 * 1024

const BLANK = /^[ \t\r\n]*$/

/** The lines of a body that are not blank, as many at a time as came, counted from one of which the beginning has been read already. */
export async function* splitLines(source: Source, from = 1, row = new Row()): AsyncGenerator<Piece[]> {
  let line = from
  for await (const chunk of source) {
    const pieces: Piece[] = []
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      row.add(chunk.subarray(start, end))
      const piece = row.take(line++, 'line')
      if (piece) pieces.push(piece)
      start = end + 1
    }
    row.add(chunk.subarray(start))
    yield pieces
  }
  const piece = row.take(line, 'line')
  if (piece) yield [piece]
}

/** The elements of a JSON list from its bracket on; what follows the list stays in the source. They are cut by commas, and not looked at further. */
export async function* splitList(source: Source): AsyncGenerator<Piece[]> {
  const opening = await source.next()
  if (opening) source.putBack(opening.subarray(1))
  const row = new Row()
  const cutter = new Cutter()
  let line = 1
  for await (const chunk of source) {
    const pieces: Piece[] = []
    let start = 0
    while (start < chunk.length) {
      const end = cutter.next(chunk, start)
      row.add(chunk.subarray(start, end))
      start = end + 1
      if (end === chunk.length) break
      const closed = chunk[end] === CLOSE_LIST
      const piece = row.take(line, 'row')
      // Between two commas something must stand, but not between the brackets of an empty list.
      if (piece ?? (!closed || line > 1)) pieces.push(piece ?? { line, text: '' })
      line++
      if (!closed) continue
      source.putBack(chunk.subarray(start))
      yield pieces
      return
    }
    yield pieces
  }
  throw new BrokenStream(`The list of rows breaks off in row ${line}.`)
}

/** Passes over white space, and tells how many lines it ended. */
export async function skipBlanks(source: Source): Promise<number> {
  let lines = 0
  for await (const chunk of source) {
    let at = 0
    for (; at < chunk.length && isBlank(chunk[at]!); at++) if (chunk[at] === LINE_FEED) lines++
    if (at === chunk.length) continue
    source.putBack(chunk.subarray(at))
    break
  }
  return lines
}

/** Finds the commas of a list, and its end, in one chunk after the other. */
class Cutter {
  #depth = 0
  #inString = false
  #escaped = false

  /** The place of the next comma or closing bracket of the list itself; the length of the chunk if there is none. */
  next(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#inString = false
      } else if (byte === QUOTE) this.#inString = true
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth++
      else if (this.#depth > 0) {
        if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth--
      } else if (byte === COMMA || byte === CLOSE_LIST) return at
    }
    return chunk.length
  }
}

/** The bytes of a row, gathered until it is whole; those of one that is too long are let go. */
export class Row {
  #parts: Uint8Array[] = []
  #length = 0

  add(part: Uint8Array): void {
    this.#length += part.length
    if (this.#length > LONGEST_ROW_BYTES) this.#parts = []
    else if (part.length > 0) this.#parts.push(part)
  }

  /** The bytes so far; undefined if they are too many. */
  get bytes(): Uint8Array | undefined {
    return this.#length > LONGEST_ROW_BYTES ? undefined : Buffer.concat(this.#parts, this.#length)
  }

  /** The row, if it is not blank. */
  take(line: number, name: 'line' | 'row'): Piece | undefined {
    const [parts, length] = [this.#parts, this.#length]
    this.#parts = []
    this.#length = 0
    if (length > LONGEST_ROW_BYTES) return { line, detail: `The ${name} is longer than ${LONGEST_ROW_BYTES} bytes: it has ${length}.` }
    const decoded = decodeUtf8(parts.length === 1 ? parts[0]! : Buffer.concat(parts, length))
    if (decoded === undefined) return { line, detail: `The ${name} is not UTF-8.` }
    const text = withoutMark(decoded)
    return BLANK.test(text) ? undefined : { line, text }
  }
}
