// The body tells its form, whatever its Content-Type says: an object with a list `data` is a batch, an object without is one row, and
// anything else is newline-delimited JSON. A body of several lines of which the first is JSON by itself is newline-delimited. If the first is
// not, the body is one document over several lines if it reads as such; else newline-delimited, if any line is an object by itself and the
// first does not open a document; else it is a broken document, as is a single line that is not JSON.
import { problems } from '../jsonapi/problem.ts'
import { isList, isObject, parseJson, type Json, type JsonObject } from '../jsonapi/json.ts'

/** One row of a body, or why there is none. `line` says where: the line, or in a batch the place in the list, counted from 1. */
export type Entry = { line: number; json: JsonObject } | { line: number; detail: string }

/** A line that is not blank; without text where it is not UTF-8. */
interface Line {
  line: number
  text: string | undefined
}

const LINE_FEED = 10
const BLANK = /^[ \t\r]*$/
const OPENS_DOCUMENT = /^\s*\{\s*$|^\s*\{.*"data"\s*:\s*\[/

/** The rows of a body, in order. */
export function readBody(body: Uint8Array): Iterable<Entry> {
  const lines = splitLines(body)
  const first = lines.next().value
  if (first === undefined) return []
  const several = lines.next().value !== undefined
  if (several && readText(first.text) !== undefined) return readLines(body)
  const document = readText(several ? decode(body) : first.text)
  if (document !== undefined) return readDocument(document, first.line)
  if (several && !OPENS_DOCUMENT.test(first.text ?? '') && hasObjectLine(body)) return readLines(body)
  throw problems.badRequest('The body is neither one JSON document nor JSON in lines.')
}

function* readLines(body: Uint8Array): Generator<Entry> {
  for (const { line, text } of splitLines(body)) {
    const json = readText(text)
    if (text === undefined) yield { line, detail: 'The line is not UTF-8.' }
    else yield json === undefined ? { line, detail: 'The line is not JSON.' } : toEntry(json, line)
  }
}

function readDocument(document: Json, line: number): Iterable<Entry> {
  const data = isObject(document) ? document['data'] : undefined
  return isList(data) ? data.map((json, index) => toEntry(json, index + 1)) : [toEntry(document, line)]
}

const toEntry = (json: Json, line: number): Entry =>
  isObject(json) ? { line, json } : { line, detail: 'A row is a JSON object; a list of rows goes into {"data":[…]}.' }

function hasObjectLine(body: Uint8Array): boolean {
  for (const { text } of splitLines(body)) if (isObject(readText(text))) return true
  return false
}

const readText = (text: string | undefined) => (text === undefined ? undefined : parseJson(text))

function* splitLines(body: Uint8Array): Generator<Line, undefined> {
  for (let start = 0, line = 1; start < body.length; line++) {
    const feed = body.indexOf(LINE_FEED, start)
    const end = feed < 0 ? body.length : feed
    const text = decode(body.subarray(start, end))
    if (text === undefined || !BLANK.test(text)) yield { line, text }
    start = end + 1
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
