import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { kinds } from '../../src/ingest/schema.ts'
import type { Kind } from '../operator.ts'
import type { ImportFile } from './files.ts'
import { readLines, type Line } from './lines.ts'

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

/** Hears of what is odd about a file as a whole. */
type Note = (remark: string) => void

/** More than the server takes: what is longer has lost a line break or a quote, and must not fill the memory. */
const longestRowBytes = 1024 * 1024

/** Reads a file row by row in constant memory; `bytesRead` tells how far it is, in bytes on disk. */
export const openRows = ({ path, kind, format, gzipped }: ImportFile, note: Note) => {
  const file = path === '-' ? process.stdin : createReadStream(path)
  let bytesRead = 0
  file.on('data', (chunk: Buffer) => (bytesRead += chunk.length))
  const bytes = gzipped ? pipeline(file, createGunzip(), () => {}) : file
  return { rows: format === 'csv' ? csvRows(bytes, kind, note) : ndjsonRows(bytes), bytesRead: () => bytesRead }
}

const tooLong = (length: number) => `the line is longer than ${longestRowBytes} bytes: it has ${length}`
/** PostgreSQL refuses it too. Read leniently, a name would lose its letters for good. */
const notUtf8 = 'the row is not UTF-8'

/** The lines as they stand: ids and decimals would not survive a parse into doubles. */
async function* ndjsonRows(bytes: Readable): AsyncGenerator<FileRow> {
  for await (const { line, text, length } of readLines(bytes, longestRowBytes)) {
    if (length > longestRowBytes) yield { line, detail: tooLong(length) }
    else if (!isUtf8(text)) yield { line, detail: notUtf8 }
    else if (text.some((byte) => byte > 0x20)) yield { line, json: text }
  }
}

/** PostgreSQL's `COPY … CSV HEADER`, and what other programs save as CSV. */
async function* csvRows(bytes: Readable, kind: Kind, note: Note): AsyncGenerator<FileRow> {
  const source = readLines(bytes, longestRowBytes)
  /** Lines that are to be read once more, the next one last. */
  const again: Line[] = []
  const next = async () => again.pop() ?? (await source.next()).value
  let header: Header | undefined
  for (let first = await next(); first; first = await next()) {
    if (first.text.length === 0 && first.length <= longestRowBytes) continue
    const lines = await linesOfRow(first, next)
    const read = readRow(lines, !header)
    if (!header) header = readHeader(first.line, read, kind, note)
    else yield 'values' in read ? toRow(first.line, read.values, header) : { line: first.line, detail: read.detail }
    if ('misquoted' in read) for (const line of lines.slice(1).toReversed()) again.push(line)
  }
}

/** A line, and those that follow as long as quotes are open: until they close, the file ends, or it is too much. */
async function linesOfRow(first: Line, next: () => Promise<Line | undefined>): Promise<Line[]> {
  const lines = [first]
  let { length } = first
  for (let open = opensQuote(first); open && length <= longestRowBytes;) {
    const line = await next()
    if (!line) break
    lines.push(line)
    length += line.length + lineCostsBytes
    open = opensQuote(line) !== open
  }
  return lines
}

/** What is kept of each line beside its text. */
const lineCostsBytes = 100

/** Whether a line has an odd number of quotes. */
function opensQuote({ text }: Line): boolean {
  let odd = false
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd
  return odd
}

type Value = string | null

/** What a row holds, or why that cannot be told. Where quotes are at fault, it may be its first line alone that is: the others are read again. */
type Read = { values: Value[] } | { detail: string; misquoted?: true }

function readRow(lines: Line[], trim: boolean): Read {
  const [first, last] = [lines[0]!, lines.at(-1)!]
  if (first.length > longestRowBytes) return { detail: tooLong(first.length) }
  if (lines.filter(opensQuote).length % 2 > 0) return { detail: 'a quote is opened in this line and not closed', misquoted: true }
  if (last.end === '\r' && last.usualEnd !== '\r')
    return { detail: 'the row has a carriage return that is neither in quotes nor ends a line' }
  const text = lines.length === 1 ? first.text : Buffer.concat(lines.flatMap(({ text, end }) => [text, Buffer.from(end)]).slice(0, -1))
  if (!isUtf8(text)) return { detail: notUtf8 }
  try {
    // An empty value is NULL when it stands bare, and the empty string in quotes.
    const [values] = parse(text, {
      record_delimiter: '\n',
      trim,
      cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
    }) as unknown as Value[][]
    return { values: values ?? [] }
  } catch (error) {
    return { detail: (error as Error).message.replace(/ at line \d+/, ''), misquoted: true }
  }
}

interface Header {
  /** Of each column; empty where it has none. */
  names: string[]
  /** So many columns there are up to the last that has a name. */
  named: number
}

/** The names of the columns, if rows can be known by them. */
function readHeader(line: number, read: Read, kind: Kind, note: Note): Header {
  if (!('values' in read)) throw new Error(`line ${line} is no header: ${read.detail}`)
  const names = read.values.map((name) => name?.trim() ?? '')
  const given = names.filter((name) => name !== '')
  const twice = given.find((name, at) => given.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`line ${line} names the column ${twice} twice`)
  const key = kind === 'cdr-exports' ? 'uuid' : 'id'
  if (!given.includes(key)) throw new Error(`line ${line} is no header of ${kind}: it has no column ${key} (COPY … CSV HEADER writes it)`)
  const unknown = given.filter((name) => !isKnown(kind, name))
  if (unknown.length > 0) note(`not imported, as ${kind} have no such columns: ${unknown.join(', ')}`)
  return { names, named: names.findLastIndex((name) => name !== '') + 1 }
}

const isKnown = (kind: Kind, name: string) => {
  const { columns, digest } = kinds.get(kind)!
  return columns.some((column) => column.name === name) || (name === 'password' && digest !== undefined)
}

/** Spreadsheets save columns without a name where there once was something. What stands in one belongs to some other column. */
function toRow(line: number, values: Value[], { names, named }: Header): FileRow {
  if (values.length < named || values.length > names.length)
    return { line, detail: `the row has ${values.length} values, and the header ${names.length} columns` }
  const nameless = values.findIndex((value, at) => names[at] === '' && value !== null && value !== '')
  if (nameless >= 0) return { line, detail: `column ${nameless + 1} has a value, and no name in the header` }
  const members = values.map((value, at) => [names[at]!, value] as const).filter(([name]) => name !== '')
  return { line, json: Buffer.from(JSON.stringify(Object.fromEntries(members))) }
}
