// What a client says of media types, in its Accept and Content-Type headers (contract A.3, A.4).

const TOKEN = '[a-zA-Z0-9!#$&^_.+-]+'
const MEDIA_TYPE = new RegExp(`^(?:\\*/\\*|${TOKEN}/(?:\\*|${TOKEN}))$`)

/** The pieces of a header between its commas; a comma in quotes is none. */
const piecesOf = (header: string) => header.match(/(?:"[^"]*"|[^",]|")+/g) ?? []

/** What the pieces name, without parameters; empty pieces do not count (RFC 9110 5.6.1.2). */
const namesOf = (header: string) => piecesOf(header).flatMap((piece) => piece.split(';', 1)[0]!.trim() || [])

/** What is longer would take long to read, and is nobody's. */
const LONGEST_HEADER = 4096

/** Whether a header can be read: some piece of it is a media type, or it has no piece at all. Java's `*; q=.2` beside others does no harm. */
export function isReadable(header: string): boolean {
  if (header.length > LONGEST_HEADER) return false
  const names = namesOf(header)
  return names.length === 0 || names.some((name) => MEDIA_TYPE.test(name))
}

/** The first media type that a header names, without parameters; empty where it names none. */
export const firstOf = (header: string) => namesOf(header).find((name) => MEDIA_TYPE.test(name)) ?? ''

/** Whether a client that sent this Accept takes this media type: named without parameters, or anything (JSON:API 5.4). */
export function accepts(accept: string | undefined, mediaType: string): boolean {
  if (accept === undefined || accept.replace(/[\s,]/g, '') === '') return true
  // A piece with two quotes in it may hold commas.
  const pieces = accept.match(/.+".+"[^,]*|[^,]+/g) ?? []
  return pieces.some((piece) => piece.trim() === mediaType || piece.trimStart().startsWith('*/*'))
}

/** A browser's Accept says little: it takes anything. */
const isBrowsers = (accept: string) => /,\s*\*\/\*|\*\/\*\s*,/.test(accept)

/** The media type that an empty answer is given: the first that the client takes, HTML where it takes anything (contract B.5, M.3). */
export function firstFormat(accept: string | undefined): string {
  const first = isBrowsers(accept ?? '') ? '' : firstOf(accept ?? '')
  return first === '' || first.includes('*') ? 'text/html' : first
}

/** Whether the answer would differ for another Accept: not for browsers (they take anything), nor where the URL names a format. */
export function varies(accept: string | undefined, scripted: boolean, url: string): boolean {
  if (accept === undefined || accept === '' || namesFormat(url)) return false
  return scripted || !isBrowsers(accept)
}

const FORMAT = /^([^?#]*\/[^/?#.]+)\.[^/?#.]+(?=\/*(?:[?#]|$))/

const namesFormat = (url: string) => FORMAT.test(url) || /[?&]format=[^&#]/.test(url)

/**
 * The path that routes are written for: one slash at a time, none at the end, and below `formatted` without `.format` (elsewhere 1.5 does not
 * mean 1). Percent-encoding stays.
 */
export function canonicalPath(url: string, formatted: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  if (start < 0) return '/'
  const path = url
    .slice(start)
    .replace(/[?#].*$/s, '')
    .replace(/\/{2,}/g, '/')
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  return trimmed.startsWith(`${formatted}/`) ? trimmed.replace(/(?<=\/[^/.]+)\.[^/.]+$/, '') : trimmed
}
