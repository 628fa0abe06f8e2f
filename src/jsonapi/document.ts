// Documents are written as one string, member by member: the order of keys is part of the contract, and so are the bytes.
import type { ErrorObject } from './problem.ts'

export const MEDIA_TYPE = 'application/vnd.api+json'
/** What signing in speaks: not JSON:API, but the same errors. */
export const JSON_TYPE = 'application/json; charset=utf-8'

/** Characters that JSON must escape; `JSON.stringify` would also escape lone surrogates, which do not occur in stored text. */
// oxlint-disable-next-line no-control-regex -- control characters are what JSON escapes
const ESCAPED = /[\u0000-\u001f"\\\ud800-\udfff]/

/** A JSON string. Most have nothing to escape, and then need no second look. */
export const text = (value: string) => (ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`)

/** An error document: its escaper also hides what HTML would read (contract A.2). */
export const errorDocument = (errors: readonly ErrorObject[]) => escapeHtml(JSON.stringify({ errors }))

/** JSON in which no character means anything to HTML. */
const escapeHtml = (json: string) =>
  json.replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Resource linkage (JSON:API 5.2.4), or null. */
export const linkage = (type: string, id: string | null) => (id === null ? 'null' : `{"type":"${type}","id":${text(id)}}`)

/** The links of a page, in the contract's order. `last` is the number of the last page. */
export function paginationLinks(link: (number: bigint) => string, number: bigint, last: bigint): string {
  let links = `"first":${text(link(1n))}`
  if (number > 1n) links += `,"prev":${text(link(number - 1n))}`
  if (number < last) links += `,"next":${text(link(number + 1n))}`
  return `{${links},"last":${text(link(last))}}`
}
