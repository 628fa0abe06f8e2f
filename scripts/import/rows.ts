import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import type { CsvError, Info } from 'csv-parse'
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

/** Far more than a row can hold: what is longer has lost a line break or a quote, and must not fill the memory. */
const longestRowBytes = 16 * 1024 * 1024

/** Reads a file row by row in constant memory; `bytesRead` tells how far it is, in bytes on disk. */
export const openRows = ({ path, format, gzipped }: ImportFile) => {
  const file = createReadStream(path)
  const bytes = gzipped ? pipeline(file, createGunzip(), () => {}) : file
  return { rows: format === 'csv' ? csvRows(bytes) : ndjsonRows(bytes), bytesRead: () => file.bytesRead }
}

/** The lines as they stand: ids and decimals would not survive a parse into doubles. */
async function* ndjsonRows(bytes: Readable): AsyncGenerator<FileRow> {
  let line = 0
  for await (const json of splitLines(bytes)) {
    line++
    const row = line === 1 ? withoutMark(json) : json
    if (row.some((byte) => byte > 0x20)) yield { line, json: row }
  }
}

async function* splitLines(bytes: Readable): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  let length = 0
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      yield pieces.length === 0 ? chunk.subarray(from, end) : Buffer.concat([...pieces, chunk.subarray(from, end)])
      pieces = []
      length = 0
      from = end + 1
    }
    pieces.push(chunk.subarray(from))
    length += chunk.length - from
    if (length > longestRowBytes) throw new Error(`a line is longer than ${longestRowBytes} bytes`)
  }
  yield Buffer.concat(pieces)
}

const withoutMark = (line: Buffer) => (line.subarray(0, 3).equals(Buffer.from('\ufeff')) ? line.subarray(3) : line)

/** PostgreSQL's `COPY … CSV HEADER`: an empty value is NULL when it stands bare, and the empty string in quotes. */
async function* csvRows(bytes: Readable): AsyncGenerator<FileRow> {
  const broken: BadRow[] = []
  // The parser counts a carriage return between quotes as a line of its own.
  let returns = 0
  const bad = (error: CsvError, line: number) => ({ line: line - returns, detail: error.message.replace(/ (at|on) line \d+/, '') })
  const parser = parse({
    bom: true,
    columns: true,
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
  for await (const { info, record } of records) {
    yield* broken.splice(0)
    const text = Object.values(record).join('')
    returns += count(text, '\r')
    const line = info.lines - count(text, '\n')
    yield info.error ? bad(info.error, line) : { line: line - returns, json: Buffer.from(JSON.stringify(record)) }
  }
  yield* broken
}

const count = (text: string, mark: string) => text.split(mark).length - 1
