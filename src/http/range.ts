// What of a file a client gets: its preconditions and its range (RFC 9110 13, 14), held against what is stored. Nothing here reads a byte.
import { matches, matchesStrongly } from './etag.ts'

/** One range as it is asked for, before the size is known; R2 takes it in this form. */
export type AskedRange = { offset: number; length?: number } | { suffix: number }

/** What a file is answered with: all of it, a part, or none of it and why. */
export type Verdict =
  | { status: 200 }
  | { status: 206; offset: number; length: number }
  | { status: 304 }
  | { status: 412 }
  | { status: 416 }

const RANGE = /^(?:(\d+)-(\d*)|-(\d+))$/
const LARGEST = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * The range that a Range header asks for. Several ranges, other units and what is malformed count as no Range at all: RFC 9110 14.2 lets a
 * server send everything instead.
 */
export function readRange(header: string | null): AskedRange | undefined {
  const set = /^bytes=(.*)$/i.exec(header?.trim() ?? '')?.[1] ?? ''
  // RFC 9110 5.6.1.2: empty elements of a list do not count.
  const [only = '', ...others] = set.split(',').flatMap((one) => one.trim() || [])
  const [, first, last, suffix] = RANGE.exec(only) ?? []
  if (others.length > 0) return undefined
  if (suffix !== undefined) return { suffix: clamp(BigInt(suffix)) }
  if (first === undefined) return undefined
  const offset = BigInt(first)
  if (!last) return { offset: clamp(offset) }
  return BigInt(last) < offset ? undefined : { offset: clamp(offset), length: clamp(BigInt(last) - offset + 1n) }
}

/** No file is as long as what a double holds exactly. */
const clamp = (bytes: bigint) => Number(bytes > LARGEST ? LARGEST : bytes)

/** The bytes that a range means in a file of this size; none if it lies beyond the end. */
export function resolveRange(range: AskedRange, size: number): { offset: number; length: number } | undefined {
  const offset = 'suffix' in range ? Math.max(size - range.suffix, 0) : range.offset
  const length = Math.min('suffix' in range ? range.suffix : (range.length ?? size), size - offset)
  return length > 0 ? { offset, length } : undefined
}

/** Decides, in the order of RFC 9110 13.2.2. There is no Last-Modified, so conditions on dates have nothing to be held against. */
export function judge(headers: Headers, range: AskedRange | undefined, { etag, size }: { etag: string; size: number }): Verdict {
  const ifMatch = headers.get('if-match')
  if (ifMatch !== null && !matchesStrongly(ifMatch, etag)) return { status: 412 }
  if (matches(headers.get('if-none-match') ?? undefined, etag)) return { status: 304 }
  if (!range || !continues(headers.get('if-range'), etag)) return { status: 200 }
  const part = resolveRange(range, size)
  return part ? { status: 206, ...part } : { status: 416 }
}

/** Whether what the client has begun to read is still what there is (RFC 9110 13.1.5): a weak tag or a date cannot tell. */
const continues = (ifRange: string | null, etag: string) => ifRange === null || ifRange.trim() === etag
