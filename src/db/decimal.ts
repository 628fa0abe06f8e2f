// Decimals are kept as text that sorts as the numbers do, at any precision, so `<`, `=`, IN and ORDER BY need no arithmetic.
// Sign (`3` -Infinity, `4` negative, `5` zero, `6` positive, `7` Infinity, `N` NaN, the greatest as in PostgreSQL), then the length of
// the integer part, then the digits without trailing zeros. A negative number has length and digits complemented and ends in `~`.
//   10.5 = 6C105   0.0123 = 6A0123   -3.15 = 4}684~

const NUMBER = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/
const LONGEST = 999_999

/** The digits that PostgreSQL's numeric has before and after the point. */
const MOST_BEFORE = 131_072
const MOST_BEHIND = 16_383

/** Anything smaller than a numeric can be compares the same when cut here. */
const DEEPEST = 20_000

const complement = (digits: string) => digits.replace(/\d/g, (digit) => String(9 - Number(digit)))

/** The length of the integer part: a letter below 25, else `Z` and six digits; complemented it runs down from `~`. */
function encodeLength(length: number, negative: boolean): string {
  if (length < 25) return String.fromCharCode(negative ? 126 - length : 65 + length)
  const digits = String(Math.min(length, LONGEST)).padStart(6, '0')
  return negative ? `e${complement(digits)}` : `Z${digits}`
}

/** Without trailing zeros. `/0+$/` would take time quadratic in a run of zeros. */
function cutZeros(digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

/** Turns a decimal (`-3.150`, `.5`, `1e-7`, `NaN`) into sortable text; undefined if it is none. */
export function encodeDecimal(text: string): string | undefined {
  const parts = NUMBER.exec(text)
  return parts ? encode(parts) : encodeNaN(text)
}

/** As `encodeDecimal`, but undefined if PostgreSQL's numeric cannot hold it. Digits behind the point count as they are written. */
export function encodeNumeric(text: string): string | undefined {
  const parts = NUMBER.exec(text)
  if (!parts) return encodeNaN(text)
  const [, , , fraction, bare] = parts
  if ((fraction ?? bare ?? '').length - exponentOf(parts) > MOST_BEHIND) return undefined
  const stored = encode(parts)
  return digitsBefore(stored) > MOST_BEFORE ? undefined : stored
}

const encodeNaN = (text: string) => (/^nan$/i.test(text) ? 'N' : undefined)

const exponentOf = ([, , , , , exponent = '0']: RegExpExecArray) => Math.max(-LONGEST, Math.min(LONGEST, Number(exponent)))

function encode(parts: RegExpExecArray): string {
  const integer = parts[2] ?? ''
  const digits = cutZeros(integer + (parts[3] ?? parts[4] ?? ''))
  const significant = digits.replace(/^0+/, '')
  if (significant === '') return '5'
  const leadingZeros = digits.length - significant.length
  const length = integer.length + exponentOf(parts) - leadingZeros
  const negative = parts[1] === '-'
  const shown = length >= 0 ? significant : '0'.repeat(Math.min(-length, DEEPEST)) + significant
  return negative
    ? `4${encodeLength(Math.max(length, 0), true)}${complement(shown)}~`
    : `6${encodeLength(Math.max(length, 0), false)}${shown}`
}

/** The digits of the integer part of sortable text, where they are many; else 0. */
function digitsBefore(stored: string): number {
  if (stored[1] === 'Z') return Number(stored.slice(2, 8))
  return stored[1] === 'e' ? Number(complement(stored.slice(2, 8))) : 0
}

/** The plain notation of sortable text, without trailing zeros: `2`, `-3.15`, `NaN`. */
export function decodeDecimal(stored: string): string {
  switch (stored[0]) {
    case '4':
      return `-${decodeMagnitude(complementStored(stored))}`
    case '5':
      return '0'
    case '6':
      return decodeMagnitude(stored)
    case '3':
      return '-Infinity'
    case '7':
      return 'Infinity'
    default:
      return 'NaN'
  }
}

const complementStored = (stored: string) => {
  const code = stored.charCodeAt(1)
  const letter = code === 101 ? 'Z' : String.fromCharCode(65 + 126 - code)
  return `6${letter}${complement(stored.slice(2, -1))}`
}

function decodeMagnitude(stored: string): string {
  const long = stored[1] === 'Z'
  const length = long ? Number(stored.slice(2, 8)) : stored.charCodeAt(1) - 65
  const digits = stored.slice(long ? 8 : 2)
  const integer = digits.slice(0, length).padEnd(length, '0') || '0'
  return digits.length > length ? `${integer}.${digits.slice(length)}` : integer
}
