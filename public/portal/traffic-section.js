// The section over the list: how many calls there were when, in figures and as a chart.
import { chartRows, drawChart } from './chart.js'
import { byId, fill, h } from './dom.js'
import { bar, explain, logMistake, nothing } from './notice.js'
import { addressWith, iso } from './search.js'
import { showDuration, showMinute, showNumber, showShare } from './time.js'
import { loadTraffic, toBuckets } from './traffic.js'
import { drawRange } from './values.js'
import { currentZone, onZoneChange } from './zone.js'

/**
 * @typedef {import('./search.js').Search} Search
 * @typedef {import('./traffic.js').Traffic} Traffic
 */

const section = byId('traffic', HTMLElement)
const chart = byId('chart', HTMLElement)
const rows = byId('chart-rows', HTMLElement)
const note = byId('traffic-note', HTMLElement)

/** The search that is counted, and what of it has been. @type {{ search: Search, traffic?: Traffic } | undefined} */
let shown
let counting = new AbortController()

const keyOf = (/** @type {Search} */ { name, filter, askedAt }) => JSON.stringify([name, filter, askedAt])

export function showTrafficSkeleton() {
  section.setAttribute('aria-busy', 'true')
  drawFigures(bar(), bar(), bar())
}

/** Counts a search that has not been counted yet. @param {Search} search */
export function showTraffic(search) {
  const isCounted = shown && keyOf(shown.search) === keyOf(search)
  if (shown?.search.name !== search.name) clear()
  shown = { ...(isCounted ? shown : {}), search }
  if (!isCounted) void count(search)
}

function clear() {
  fill(chart)
  fill(rows)
  showTrafficSkeleton()
}

/** @param {Search} search */
async function count(search) {
  counting.abort()
  counting = new AbortController()
  const { signal } = counting
  section.setAttribute('aria-busy', 'true')
  if (!chart.querySelector('svg')) clear()
  fill(note, drawRange(search.range.from, search.range.to, currentZone()))
  try {
    for await (const traffic of loadTraffic(search.side, search.filter, signal)) {
      if (signal.aborted) return
      if (shown) shown.traffic = traffic
      draw()
    }
  } catch (error) {
    if (signal.aborted) return
    logMistake(error)
    shown = undefined
    drawFigures('–', '–', '–')
    fill(rows)
    fill(chart, nothing('The calls could not be counted', explain(error).title))
  }
  section.removeAttribute('aria-busy')
}

function draw() {
  if (!shown?.traffic) return
  const { search, traffic } = shown
  const { calls, total, complete } = traffic
  const { range } = search
  const zone = currentZone()
  const oldest = calls.at(-1)?.start
  const covered = complete || oldest === undefined ? range : { from: oldest, to: range.to }
  const data = toBuckets(calls, covered, zone)
  /** The search for the calls of one bucket. @param {{ start: number, end: number }} bucket */
  const addressOf = ({ start, end }) =>
    addressWith(search, { range: 'custom', from: iso(Math.max(start, range.from)), to: iso(Math.min(end, range.to)), page: '' })
  drawChart(chart, data, zone, (bucket) => (location.hash = addressOf(bucket)))
  fill(rows, ...chartRows(data.buckets, zone, addressOf))
  const answered = calls.filter((call) => call.answered)
  const seconds = answered.reduce((sum, call) => sum + call.seconds, 0)
  drawFigures(
    showNumber(total),
    showShare(answered.length, calls.length),
    answered.length === 0 ? '–' : showDuration(Math.round(seconds / answered.length)),
  )
  const counted = `Counted are the newest ${showNumber(calls.length)} of ${showNumber(total)} calls: those since ${showMinute(covered.from, zone)}.`
  fill(note, complete ? drawRange(range.from, range.to, zone) : `${counted} Choose a shorter range to see all of it.`)
}

/** @param {...import('./dom.js').Child} values */
function drawFigures(...values) {
  const names = ['Calls', 'Answered', 'Average talk time']
  fill(byId('figures', HTMLElement), ...names.map((name, index) => h('div', {}, h('dt', {}, name), h('dd', {}, values[index]))))
}

export function prepareTraffic() {
  let width = 0
  new ResizeObserver(() => {
    if (chart.clientWidth === width) return
    width = chart.clientWidth
    draw()
  }).observe(chart)
  onZoneChange(draw)
}
