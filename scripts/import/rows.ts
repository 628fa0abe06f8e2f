import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import type { CsvError, Info } from 'csv-parse'
import type { Kind } from '../operator.ts'
import type { ImportFile } from './files.ts'

/** A row as a line of JSON; `line` is where it begins in its file. */
export interface GoodRow {
  line: number
  json: Buffer
}

/** Something that is no row, and why. */
export interface BadRow {
  line: number
  detail: string
}

export type FileRow = GoodRow | BadRow

/** More than the server takes: what is longer has lost a line break or a quote, and must not fill the memory. */
const longestRowBytes = 1024 * 1024

/** Reads a file row by row in constant memory; `bytesRead` tells how far it is, in bytes on disk. */
export const openRows = ({ path, kind, format, gzipped }: ImportFile) => {
  const file = path === '-' ? process.stdin : createReadStream(path)
  let bytesRead = 0
  file.on('data', (chunk: Buffer) => (bytesRead += chunk.length))
  const bytes = gzipped ? pipeline(file, createGunzip(), () => {}) : file
  return { rows: format === 'csv' ? csvRows(bytes, kind) : ndjsonRows(bytes), bytesRead: () => bytesRead }
}

/** The lines as they stand: ids and decimals would not survive a parse into doubles. */
async function* ndjsonRows(bytes: Readable): AsyncGenerator<FileRow> {
  let line = 0
  try {
    for await (const { json, length } of splitLines(bytes)) {
      line++
      const row = line === 1 ? withoutMark(json) : json
      if (length > longestRowBytes) yield { line, detail: `the line is longer than ${longestRowBytes} bytes: it has ${length}` }
      else if (row.some((byte) => byte > 0x20)) yield { line, json: row }
    }
  } catch (error) {
    throw breaksOff(line + 1, error)
  }
}

const breaksOff = (line: number, error: unknown) => new Error(`breaks off in line ${line}: ${(error as Error).message}`)

/** Lines, and how long they are: of one that is too long the bytes are not kept. */
async function* splitLines(bytes: Readable): AsyncGenerator<{ json: Buffer; length: number }> {
  let pieces: Buffer[] = []
  let length = 0
  const keep = (piece: Buffer) => {
    length += piece.length
    if (length > longestRowBytes) pieces = []
    else pieces.push(piece)
  }
  const whole = () => {
    const line = { json: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), length }
    pieces = []
    length = 0
    return line
  }
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      keep(chunk.subarray(from, end))
      yield whole()
      from = end + 1
    }
    keep(chunk.subarray(from))
  }
  yield whole()
}

const withoutMark = (line: Buffer) => (line.subarray(0, 3).equals(Buffer.from('\ufeff')) ? line.subarray(3) : line)

/** PostgreSQL's `COPY … CSV HEADER`: an empty value is NULL when it stands bare, and the empty string in quotes. */
async function* csvRows(bytes: Readable, kind: Kind): AsyncGenerator<FileRow> {
  const broken: BadRow[] = []
  // The parser counts a carriage return between quotes as a line of its own.
  let returns = 0
  const bad = (error: CsvError, line: number) => ({ line: line - returns, detail: error.message.replace(/ (at|on) line \d+/, '') })
  const parser = parse({
    bom: true,
    columns: (header: string[]) => checkHeader(header, kind),
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    skip_records_with_error: true,
    max_record_size: longestRowBytes,
    cast: (value, { header, quoting }) => (value === '' && !header && !quoting ? null : value),
    on_skip: (error) => {
      if (error?.code === 'CSV_MAX_RECORD_SIZE')
        parser.destroy(new Error(`a row is longer than ${longestRowBytes} bytes; a quote may be missing`))
      else if (error) broken.push(bad(error, parser.info.lines))
      return undefined
    },
  })
  const records = pipeline(bytes, parser, () => {}) as AsyncIterable<{
    info: Info & { error?: CsvError }
    record: Record<string, string | null>
  }>
  try {
    for await (const { info, record } of records) {
      yield* broken.splice(0)
      const text = Object.values(record).join('')
      returns += count(text, '\r')
      const line = info.lines - count(text, '\n')
      yield info.error ? bad(info.error, line) : { line: line - returns, json: Buffer.from(JSON.stringify(record)) }
    }
  } catch (error) {
    throw error instanceof WrongHeader ? error : breaksOff(parser.info.lines - returns, error)
  }
  yield* broken
}

class WrongHeader extends Error {}

/** The names of the columns, if rows can be known by them. */
const checkHeader = (header: string[], kind: Kind): string[] => {
  const key = kind === 'cdr-exports' ? 'uuid' : 'id'
  const twice = header.find((name, at) => header.indexOf(name) !== at)
  if (twice !== undefined) throw new WrongHeader(`line 1 names the column ${twice} twice`)
  if (!header.includes(key)) throw new WrongHeader(`line 1 is no header of ${kind}: it has no column ${key} (COPY … CSV HEADER writes it)`)
  return header
}

const count = (text: string, mark: string) => text.split(mark).length - 1
