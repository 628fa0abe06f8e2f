// Calls and the answered share over time, as SVG. Its numbers are in a table below it, for those who cannot see it or want them exactly.
import { fill, h, svg } from './dom.js'
import { DAY, HOUR, isMidnight, showDay, showHour, showNumber, showRange, showShare } from './time.js'
import { drawRange } from './values.js'

/** @typedef {import('./traffic.js').Bucket} Bucket */

const LEFT = 40
const RIGHT = 6
const BARS = { top: 8, height: 132 }
const SHARE = { top: 176, height: 46 }
const HEIGHT = 228
const LABEL_WIDTH = 66

/**
 * @param {HTMLElement} place
 * @param {{ size: number, buckets: readonly Bucket[] }} data
 * @param {string} zone
 * @param {(bucket: Bucket) => void} choose
 */
export function drawChart(place, { size, buckets }, zone, choose) {
  const width = Math.max(place.clientWidth, 240)
  const step = (width - LEFT - RIGHT) / Math.max(buckets.length, 1)
  const top = niceCeiling(Math.max(1, ...buckets.map(({ answered, failed }) => answered + failed)))
  fill(
    place,
    svg(
      'svg',
      { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, 'aria-hidden': 'true', focusable: 'false' },
      ...grid(top, width),
      ...buckets.map((bucket, index) => drawBucket(bucket, LEFT + index * step, step, top, zone, choose)),
      ...timeLabels(buckets, size, step, zone),
      ...drawShare(buckets, step),
    ),
  )
}

/** A round number that has a whole half, unless it is 1. @param {number} value */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value))
  const factors = power === 1 ? [1, 2, 4, 6, 8] : [1, 2, 3, 4, 5, 6, 8]
  return (factors.find((factor) => factor * power >= value) ?? 10) * power
}

const barTop = (/** @type {number} */ count, /** @type {number} */ top) => BARS.top + BARS.height * (1 - count / top)

/** @param {number} top @param {number} width */
function grid(top, width) {
  const counts = top === 1 ? [0, 1] : [0, top / 2, top]
  const lines = [
    ...counts.map((count) => ({ y: barTop(count, top), text: showNumber(count) })),
    { y: SHARE.top, text: showShare(1, 1) },
    { y: SHARE.top + SHARE.height, text: showShare(0, 1) },
  ]
  return lines.flatMap(({ y, text }) => [
    svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y, y2: y }),
    svg('text', { class: 'tick end', x: LEFT - 6, y: y + 4 }, text),
  ])
}

/** @param {Bucket} bucket @param {number} x @param {number} step @param {number} top @param {string} zone @param {(bucket: Bucket) => void} choose */
function drawBucket(bucket, x, step, top, zone, choose) {
  const gap = step > 6 ? 2 : 0.5
  const width = Math.max(step - gap, 1)
  const base = barTop(0, top)
  const answeredTop = barTop(bucket.answered, top)
  const allTop = barTop(bucket.answered + bucket.failed, top)
  return svg(
    'g',
    { class: 'bucket', click: () => choose(bucket) },
    svg('title', {}, describe(bucket, zone)),
    svg('rect', { class: 'hit', x, y: BARS.top, width: step, height: SHARE.top + SHARE.height - BARS.top }),
    svg('rect', { class: 'failed', x: x + gap / 2, y: allTop, width, height: answeredTop - allTop }),
    svg('rect', { class: 'answered', x: x + gap / 2, y: answeredTop, width, height: base - answeredTop }),
  )
}

/** @param {Bucket} bucket @param {string} zone */
const describe = ({ start, end, answered, failed }, zone) =>
  `${showRange(start, end, zone)}: ${showNumber(answered + failed)} calls, ${showShare(answered, answered + failed)} answered`

/** @param {readonly Bucket[]} buckets @param {number} size @param {number} step @param {string} zone */
function timeLabels(buckets, size, step, zone) {
  const every = labelStep(size, Math.ceil(LABEL_WIDTH / step))
  const y = BARS.top + BARS.height + 16
  const midnight = buckets.findIndex(({ start }) => isMidnight(start, zone))
  const shift = midnight < 0 ? 0 : midnight % every
  return buckets.flatMap(({ start }, index) => {
    const isDay = size >= DAY || isMidnight(start, zone)
    const x = LEFT + index * step
    const room = x + LABEL_WIDTH <= LEFT + buckets.length * step
    if (index % every !== shift || !room) return []
    return [
      svg('line', { class: 'mark', x1: x, x2: x, y1: BARS.top + BARS.height, y2: BARS.top + BARS.height + 5 }),
      svg('text', { class: isDay ? 'tick day' : 'tick', x: x + 2, y }, isDay ? showDay(start, zone) : showHour(start, zone)),
    ]
  })
}

/** Labels stand at round hours. @param {number} size @param {number} least */
function labelStep(size, least) {
  const steps = size === HOUR ? [1, 2, 3, 4, 6, 8, 12, 24, 48] : size < DAY ? [1, 2, 4, 8, 12, 20] : [1, 2, 3, 5, 7, 10, 14]
  return steps.find((step) => step >= least) ?? least
}

/** @param {readonly Bucket[]} buckets @param {number} step */
function drawShare(buckets, step) {
  const points = buckets.map(({ answered, failed }, index) => {
    const all = answered + failed
    return all === 0 ? undefined : { x: LEFT + (index + 0.5) * step, y: SHARE.top + SHARE.height * (1 - answered / all) }
  })
  const path = points.map((point, index) => point && `${points[index - 1] ? 'L' : 'M'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`)
  const alone = points.flatMap((point, index) => (point && !points[index - 1] && !points[index + 1] ? [point] : []))
  return [
    svg('path', { class: 'share', d: path.filter(Boolean).join('') }),
    ...alone.map(({ x, y }) => svg('circle', { class: 'share-dot', cx: x, cy: y, r: 2 })),
  ]
}

/**
 * The same numbers as rows.
 * @param {readonly Bucket[]} buckets
 * @param {string} zone
 * @param {(bucket: Bucket) => string} addressOf
 */
export const chartRows = (buckets, zone, addressOf) =>
  buckets.map((bucket) => {
    const all = bucket.answered + bucket.failed
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('a', { href: addressOf(bucket) }, drawRange(bucket.start, bucket.end, zone))),
      h('td', {}, showNumber(all)),
      h('td', {}, showNumber(bucket.answered)),
      h('td', {}, showShare(bucket.answered, all)),
    )
  })
