// Some texts of a CDR are chosen by the caller, at any length. They are cut as they are stored, so that the largest page stays small enough
// for D1 and the runtime to answer: a thousand CDRs with less than 32 KB each.
import { Buffer } from 'node:buffer'
import { sql } from 'drizzle-orm'
import { each, fixed, type Typed } from '../db/query.ts'
import { query, toJsonArray, type Value } from '../db/statement.ts'
import { cutCdr } from '../db/schema.ts'
import type { Kind, Values } from './schema.ts'

/** What a text may have, in bytes of UTF-8. */
const MOST_OF_ONE = 4 * 1024

/** What the texts of a CDR may have together, in bytes as JSON writes them: a control character takes six. */
const MOST_TOGETHER = 24 * 1024

/** A character of UTF-16 makes at most this many bytes of UTF-8. */
const MOST_OF_CHARACTER = 3

/** How many bytes JSON writes for a text. */
const written = (given: string) => Buffer.byteLength(JSON.stringify(given)) - 2

/** The row with its long texts cut, the longest first; the row itself if none is long. */
export function cutTexts(kind: Kind, row: Values): Values {
  const characters = kind.cut.reduce((sum, place) => sum + (typeof row[place] === 'string' ? row[place].length : 0), 0)
  if (characters * MOST_OF_CHARACTER <= MOST_OF_ONE) return row
  const places = kind.cut.filter((place) => typeof row[place] === 'string')
  const given = places.map((place) => row[place] as string)
  const short = given.map(beginningOf)
  const most = levelOf(short.map(written))
  const fitting = short.map((one) => cutTo(most, one))
  if (fitting.every((one, at) => one === given[at])) return row
  const result = [...row]
  for (const [at, place] of places.entries()) result[place] = fitting[at]
  return result
}

const room = new Uint8Array(MOST_OF_ONE)

/** What of a text may be stored by itself: whole characters. */
const beginningOf = (given: string) => given.slice(0, new TextEncoder().encodeInto(given, room).read)

/** The size down to which the longest have to be cut so that all fit. */
function levelOf(sizes: readonly number[]): number {
  let left = MOST_TOGETHER
  for (const [at, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (sizes.length - at))
    if (size > share) return share
    left -= size
  }
  return Infinity
}

/** The beginning of a text for which JSON writes at most so many bytes: whole characters. */
function cutTo(most: number, given: string): string {
  if (written(given) <= most) return given
  let end = 0
  let size = 0
  for (const character of given) {
    size += written(character)
    if (size > most) break
    end += character.length
  }
  return given.slice(0, end)
}

const REMEMBER = fixed(() =>
  query
    .insert(cutCdr)
    .select(sql`select value from ${each()} where true`)
    .onConflictDoNothing(),
)

/** Remembers which CDRs have been cut, each once. */
export const rememberCut = (ids: readonly Value[]): Typed<unknown>[] => (ids.length === 0 ? [] : [REMEMBER(toJsonArray(ids))])
