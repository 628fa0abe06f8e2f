// How many calls there were when, and how many of them were answered: counted from the calls themselves, since that is what the API has. A few
// pages of the newest are fetched; where there are more calls than that, the page says which it has counted.
import { callsOf } from './api.js'
import { unwrap } from './client/index.js'
import { bucketStart, DAY, HOUR } from './time.js'

const PAGE_SIZE = 1000
const MOST_PAGES = 5

/**
 * @template {import('./api.js').CallType} Type
 * @typedef {import('./sides.js').Attribute<Type>} Attribute
 */
/**
 * @typedef {{ start: number, answered: boolean, seconds: number }} Call
 * @typedef {{ calls: Call[], total: number, complete: boolean }} Traffic
 * @typedef {{ start: number, end: number, answered: number, failed: number }} Bucket
 */

/** What is counted of a call, whichever its side. @type {readonly (Attribute<'cdrs'> & Attribute<'incoming-cdrs'>)[]} */
const COUNTED = ['time-start', 'success', 'duration']

/**
 * Yields what has been counted so far.
 * @param {import('./sides.js').Side} side
 * @param {import('./sides.js').Filter} filter
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Traffic>}
 */
export async function* loadTraffic({ type }, filter, signal) {
  const query = { filter, fields: { [type]: COUNTED }, sort: ['-time-start'], page: { size: PAGE_SIZE } }
  /** @type {Call[]} */
  const calls = []
  let pages = 0
  for await (const answer of callsOf(type).pages(query, { signal })) {
    const { data, meta, links } = unwrap(answer)
    calls.push(...data.map(toCall))
    pages += 1
    yield { calls, total: meta['total-count'], complete: !links.next }
    if (pages === MOST_PAGES) return
  }
}

/** @param {import('./api.js').Call} call @returns {Call} */
const toCall = ({ attributes }) => ({
  start: Date.parse(attributes['time-start'] ?? ''),
  answered: attributes.success === true,
  seconds: attributes.duration ?? 0,
})

/** Hours, as long as they can be told apart. @param {number} length */
function sizeFor(length) {
  if (length <= 3 * DAY) return HOUR
  if (length <= 15 * DAY) return 6 * HOUR
  return length <= 120 * DAY ? DAY : 7 * DAY
}

/**
 * Counts calls by hours, or longer where the range is long.
 * @param {readonly Call[]} calls newest first
 * @param {{ from: number, to: number }} range
 * @param {string} zone
 * @returns {{ size: number, buckets: Bucket[] }}
 */
export function toBuckets(calls, { from, to }, zone) {
  const size = sizeFor(to - from)
  /** @type {Bucket[]} */
  const buckets = []
  for (let start = bucketStart(from, size, zone); start < to;) {
    // A day may have 23 or 25 hours: a quarter past the end is in the next bucket all the same.
    const next = bucketStart(start + size * 1.25, size, zone)
    const end = next > start ? next : start + size
    buckets.push({ start, end, answered: 0, failed: 0 })
    start = end
  }
  let at = buckets.length - 1
  for (const { start, answered } of calls) {
    while (at > 0 && start < (buckets[at]?.start ?? 0)) at -= 1
    const bucket = buckets[at]
    if (bucket) bucket[answered ? 'answered' : 'failed'] += 1
  }
  return { size, buckets }
}
