import type { Readable } from 'node:stream'

/** A line of a file, whatever ends it. */
export interface Line {
  /** Its number, as `sed` and editors count: a carriage return alone ends no line, unless all lines of the file end so. */
  line: number
  /** Empty where it is longer than it may be: it must not fill the memory. */
  text: Buffer
  /** In bytes. */
  length: number
  end: '\n' | '\r\n' | '\r' | ''
  /** What ends the first line of the file. */
  usualEnd: Line['end']
}

/** Reads a file line by line, without its byte order mark. */
export async function* readLines(bytes: Readable, longestBytes: number): AsyncGenerator<Line, undefined> {
  let line = 1
  let usualEnd: Line['end'] | undefined
  let pieces: Buffer[] = []
  let length = 0
  const keep = (piece: Buffer) => {
    length += piece.length
    if (length > longestBytes) pieces = []
    else if (piece.length > 0) pieces.push(piece)
  }
  const whole = (end: Line['end']): Line => {
    usualEnd ??= end
    const text = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    const read = { line, text: line === 1 ? withoutMark(text) : text, length, end, usualEnd }
    if (end !== '\r' || usualEnd === '\r') line++
    pieces = []
    length = 0
    return read
  }
  /** Whether a carriage return is left of the last chunk: what it ends shows in the next. */
  let held = false
  try {
    for await (const read of bytes as AsyncIterable<Buffer>) {
      const chunk: Buffer = held ? Buffer.concat([carriageReturn, read]) : read
      held = chunk.at(-1) === 0x0d
      const most = chunk.length - (held ? 1 : 0)
      let from = 0
      let feed = chunk.indexOf('\n')
      let carriage = chunk.indexOf('\r')
      for (;;) {
        const at = feed < 0 || (carriage >= 0 && carriage < feed) ? carriage : feed
        if (at < 0 || at >= most) break
        const end = at === feed ? '\n' : feed === at + 1 ? '\r\n' : '\r'
        keep(chunk.subarray(from, at))
        yield whole(end)
        from = at + end.length
        if (feed >= 0 && feed < from) feed = chunk.indexOf('\n', from)
        if (carriage >= 0 && carriage < from) carriage = chunk.indexOf('\r', from)
      }
      keep(chunk.subarray(from, most))
    }
  } catch (error) {
    throw new Error(`breaks off in line ${line}: ${(error as Error).message}`, { cause: error })
  }
  if (held) yield whole('\r')
  if (length > 0) yield whole('')
  return undefined
}

const carriageReturn = Buffer.from('\r')
const mark = Buffer.from('\ufeff')
const withoutMark = (text: Buffer) => (text.subarray(0, mark.length).equals(mark) ? text.subarray(mark.length) : text)
