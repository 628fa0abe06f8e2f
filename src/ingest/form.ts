// What form a body has shows in its first value, which is read as JSON: so nothing that stands before the rows of a batch can hide them.
import { decodeUtf8, withoutMark } from '../http/body.ts'
import type { Source } from './bytes.ts'
import { Row, skipBlanks, type Piece } from './lines.ts'
import { Scanner } from './scanner.ts'

export type Form =
  /** A JSON list, or an object with a list `data`: the source stands at the bracket, what the scanner has read lies before it. */
  | { form: 'batch'; scanner: Scanner }
  /** One value, over several lines. */
  | { form: 'document'; piece: Piece | undefined }
  /** Values, each on its line. The source stands behind the first, in the given line. */
  | { form: 'lines'; first: Piece | undefined; line: number }
  /** Lines of which the first is broken, or a broken document: `why` says where. The source stands behind the beginning of the given line. */
  | { form: 'unclear'; line: number; beginning: Row; why: string }
  | { form: 'broken'; why: string }

/** Reads the first value of a body, or up to the rows in it. */
export async function detectForm(source: Source): Promise<Form> {
  const line = 1 + (await skipBlanks(source))
  const scanner = new Scanner(line)
  const value = new Row()
  const found = await readValue(source, scanner, value)
  if (found === 'nothing') return { form: 'lines', first: undefined, line }
  if (found === 'rows') return { form: 'batch', scanner }
  const overLines = scanner.line > line
  if (found === 'end') {
    const lines = await skipBlanks(source)
    const isLast = await isAtEnd(source)
    if (overLines && isLast) return { form: 'document', piece: value.take(line, 'row') }
    if (overLines) return { form: 'broken', why: `what begins in line ${line} ends in line ${scanner.line}, and something follows.` }
    if (lines > 0 || isLast) return { form: 'lines', first: value.take(line, 'line'), line: line + lines }
  }
  const why = found === 'cut' ? 'it ends too early.' : `it breaks at line ${scanner.line}, column ${scanner.column}.`
  const { bytes } = value
  if (overLines && (!bytes || opensDocument(bytes))) return { form: 'broken', why }
  if (!bytes) return { form: 'unclear', line, beginning: value, why }
  source.putBack(bytes)
  return { form: 'unclear', line, beginning: new Row(), why }
}

/** Adds the first value's bytes to a row as far as they can be read, without those of a list of rows. */
async function readValue(source: Source, scanner: Scanner, value: Row): Promise<'rows' | 'end' | 'fault' | 'cut' | 'nothing'> {
  let isEmpty = true
  for await (const chunk of source) {
    isEmpty = false
    const { at, found } = scanner.read(chunk)
    value.add(chunk.subarray(0, at))
    if (!found) continue
    source.putBack(chunk.subarray(at))
    return found
  }
  return isEmpty ? 'nothing' : scanner.complete ? 'end' : 'cut'
}

/** Whether nothing is left to read. */
export async function isAtEnd(source: Source): Promise<boolean> {
  const next = await source.next()
  if (next) source.putBack(next)
  return next === undefined
}

/** A brace alone on its line begins no row. */
const opensDocument = (bytes: Uint8Array) => /^\{[ \t\r]*\n/.test(withoutMark(decodeUtf8(bytes) ?? ''))
