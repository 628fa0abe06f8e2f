// How many calls there were when, and how many of them were answered: counted from the calls themselves, since that is what the API has. A few
// pages of the newest are fetched; where there are more calls than that, the page says which it has counted.
import { follow, getList } from './api.js'
import { bucketStart, DAY, HOUR } from './time.js'

const PAGE_SIZE = 1000
const MOST_PAGES = 5

/**
 * @typedef {{ start: number, answered: boolean, seconds: number }} Call
 * @typedef {{ calls: Call[], total: number, complete: boolean }} Traffic
 * @typedef {{ start: number, end: number, answered: number, failed: number }} Bucket
 */

/**
 * Yields what has been counted so far.
 * @param {import('./sides.js').Side} side
 * @param {Record<string, string>} filters
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Traffic>}
 */
export async function* loadTraffic({ type }, filters, signal) {
  const query = { ...filters, [`fields[${type}]`]: 'time-start,success,duration', 'page[size]': String(PAGE_SIZE), sort: '-time-start' }
  /** @type {Call[]} */
  const calls = []
  let page = await getList(`/${type}`, query, signal)
  for (let pages = 1; ; pages += 1) {
    calls.push(...page.data.map(toCall))
    yield { calls, total: page.meta['total-count'], complete: !page.links.next }
    if (!page.links.next || pages === MOST_PAGES) return
    page = await follow(page.links.next, signal)
  }
}

/** @param {import('./api.js').Resource} resource @returns {Call} */
const toCall = ({ attributes = {} }) => ({
  start: Date.parse(String(attributes['time-start'])),
  answered: attributes['success'] === true,
  seconds: Number(attributes['duration'] ?? 0),
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
