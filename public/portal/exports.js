// Exports: watching those that were ordered until their files are ready, fetching the files.
import { askIncluding, client } from './api.js'
import { unwrap } from './client/index.js'
import { announce, byId, fill, h } from './dom.js'
import { bar, beyondLast, nothing, pageOf, showPages, showProblem } from './notice.js'
import { prepareOrder, setOrder } from './order.js'
import { showMinute, showNumber, showRange, toWallClock } from './time.js'
import { drawRange } from './values.js'
import { currentZone, onZoneChange } from './zone.js'

/**
 * @typedef {import('./client/index.js').Page<'cdr-exports'>} Page
 * @typedef {import('./client/index.js').Export} Export
 */

const list = byId('orders', HTMLElement)

/** A file of more rows is better not unpacked in a browser's memory. */
const MOST_ROWS_UNPACKED = 200_000

/** Seconds between two looks at what is not ready; the last one is kept to. */
const WAITS = [1, 1, 2, 3, 5, 8, 13, 20, 30]

let page = 1
let looks = 0
/** @type {ReturnType<typeof setTimeout> | undefined} */
let nextLook
let loading = new AbortController()
/** Exports that were not ready when last looked at. @type {Set<string>} */
let pending = new Set()
/** Draws again what was drawn last. */
let redraw = () => {}

/** Shows what is known before the customer is. */
export function showExportsSkeleton() {
  const order = () => h('li', {}, h('div', { class: 'order-what' }, bar(), bar(), bar()))
  fill(list, h('ul', { class: 'orders', 'aria-hidden': 'true' }, order(), order(), order()))
}

/** Shows the list, and the form set to what the address says. @param {URLSearchParams} members */
export function showExports(members) {
  page = pageOf(members)
  setOrder(members)
  looks = 0
  void load()
}

/** Looks no more at what is not ready. */
export function leaveExports() {
  clearTimeout(nextLook)
  loading.abort()
}

export function prepareExports() {
  prepareOrder(() => {
    looks = 0
    byId('orders-title', HTMLElement).scrollIntoView({ block: 'nearest' })
    if (page === 1) void load()
    else location.hash = '#exports'
  })
  onZoneChange(() => redraw())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && pending.size > 0 && !byId('exports', HTMLElement).hidden) void load()
  })
}

async function load() {
  leaveExports()
  loading = new AbortController()
  const { signal } = loading
  const problem = byId('orders-problem', HTMLElement)
  if (!list.firstElementChild) showExportsSkeleton()
  try {
    const document = await askIncluding('cdr-exports', /** @type {const} */ (['account']), (include) =>
      client.exports.list({ include, sort: ['-created-at'], page: { number: page, size: 10 } }, { signal }),
    )
    fill(problem)
    tell(document)
    redraw = () => draw(document)
    redraw()
  } catch (error) {
    if (signal.aborted) return
    if (list.querySelector('.bar')) fill(list)
    showProblem(problem, error, load)
    return
  }
  if (pending.size > 0 && !document.hidden) {
    nextLook = setTimeout(load, 1000 * (WAITS[Math.min(looks, WAITS.length - 1)] ?? 30))
    looks += 1
  }
}

/** Notes what is ready by now, and what is not. @param {Page} document */
function tell({ data }) {
  const ready = data.filter((one) => pending.has(one.id) && one.attributes.status === 'Completed')
  if (ready.length > 0) announce(ready.length === 1 ? 'Your export is ready.' : `${ready.length} exports are ready.`)
  pending = new Set(data.filter((one) => one.attributes.status === 'Pending').map(({ id }) => id))
}

/** @param {Page} document */
function draw({ data, included, meta, links }) {
  const names = new Map(included?.map(({ id, attributes }) => [id, String(attributes.name)]))
  const nameOf = (/** @type {Export} */ one) => names.get(one.relationships.account.data?.id ?? '') ?? ''
  const addressOf = (/** @type {number} */ number) => `#exports?page=${number}`
  const focused = document.activeElement?.id
  fill(
    list,
    data.length > 0
      ? h('ul', { class: 'orders' }, ...data.map((one) => drawExport(one, nameOf(one))))
      : meta['total-count'] > 0
        ? beyondLast(links, page, addressOf)
        : nothing('No exports yet', 'Those that are ordered are listed here, with their files.'),
  )
  if (focused) document.getElementById(focused)?.focus()
  byId('orders-count', HTMLElement).textContent = meta['total-count'] === 0 ? '' : showNumber(meta['total-count'])
  showPages(byId('orders-pages', HTMLElement), links, page, addressOf)
}

/** @param {Export} ordered @param {string} accountName */
function drawExport({ id, attributes }, accountName) {
  const { status, filters, 'rows-count': rows, 'created-at': createdAt, 'time-zone-name': zoneName } = attributes
  const start = Date.parse(filters.time_start_gteq ?? '')
  const end = Date.parse(filters.time_start_lt ?? '')
  const zone = currentZone()
  const fileZone = zoneName || 'UTC'
  const isRange = end > start
  const began = Number.isNaN(start) ? 'All calls' : `Since ${showMinute(start, zone)}`
  const others = Object.entries(filters).filter(([name]) => name !== 'time_start_gteq' && name !== 'time_start_lt')
  return h(
    'li',
    { class: 'order' },
    h(
      'div',
      { class: 'order-what' },
      h('strong', {}, h('bdi', {}, accountName || 'Account')),
      isRange ? drawRange(start, end, zone) : h('span', {}, began),
      h(
        'span',
        { class: 'quiet' },
        [
          `Ordered ${showMinute(Date.parse(createdAt ?? ''), zone)}`,
          ...(fileZone === zone ? [] : [`times in the file: ${fileZone.replaceAll('_', ' ')}`]),
          ...others.map(describeFilter),
        ].join(' · '),
      ),
    ),
    h(
      'div',
      { class: 'order-state' },
      ...drawState(id, status, rows, {
        file: `calls ${accountName} ${toWallClock(start || 0, fileZone).slice(0, 10)}`,
        spoken: `${accountName}, ${isRange ? showRange(start, end, zone) : began}`,
      }),
    ),
  )
}

/** @param {[string, string | boolean | number]} filter */
const describeFilter = ([name, value]) =>
  name === 'success_eq' ? (value === true ? 'answered only' : 'not answered only') : `${name.replaceAll('_', ' ')} ${String(value)}`

/** @param {string} id @param {Export['attributes']['status']} status @param {number | null} rows @param {{ file: string, spoken: string }} title */
function drawState(id, status, rows, title) {
  switch (status) {
    case 'Pending':
      return [h('span', { class: 'badge wait' }, 'In preparation …')]
    case 'Completed':
      return [
        h('span', { class: 'badge good' }, `Ready · ${showNumber(rows ?? 0)} rows`),
        (rows ?? 0) <= MOST_ROWS_UNPACKED &&
          h(
            'button',
            {
              id: `csv-${id}`,
              class: 'primary',
              type: 'button',
              'aria-label': `Download CSV: ${title.spoken}`,
              click: ({ currentTarget }) => fetchUnpacked(id, title.file, currentTarget),
            },
            'Download CSV',
          ),
        h(
          'a',
          {
            id: `gz-${id}`,
            class: 'button',
            href: client.exports.fileUrl(id),
            download: true,
            'aria-label': `Download .csv.gz: ${title.spoken}`,
            click: (event) => fetchPacked(id, event),
          },
          (rows ?? 0) > MOST_ROWS_UNPACKED && 'Download ',
          '.csv.gz',
        ),
      ]
    case 'Failed':
      return [
        h('span', { class: 'badge bad' }, 'Failed'),
        h('span', { class: 'quiet' }, 'Create it again; nothing was charged or changed.'),
      ]
    default:
      return [h('span', { class: 'badge' }, 'File deleted'), h('span', { class: 'quiet' }, 'Create it again if you need it.')]
  }
}

/** Unpacks a file on its way to the disk, for programs that do not. @param {string} id @param {string} title @param {EventTarget | null} button */
async function fetchUnpacked(id, title, button) {
  if (button instanceof HTMLButtonElement) button.disabled = true
  try {
    const { body } = unwrap(await client.exports.download(id))
    const blob = await new Response(body.pipeThrough(new DecompressionStream('gzip'))).blob()
    const url = URL.createObjectURL(new Blob([blob], { type: 'text/csv' }))
    h('a', {
      href: url,
      download: `${title
        .trim()
        .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
        .replace(/-$/, '')
        .toLowerCase()}.csv`,
    }).click()
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  } catch (error) {
    showProblem(byId('orders-problem', HTMLElement), error)
  }
  if (button instanceof HTMLButtonElement) button.disabled = false
}

/** The browser writes the file to the disk as it comes; first it is asked whether there is one, for a download tells nobody why it failed. @param {string} id @param {Event} event */
async function fetchPacked(id, event) {
  event.preventDefault()
  try {
    unwrap(await client.exports.fileInfo(id))
    h('a', { href: client.exports.fileUrl(id), download: true }).click()
  } catch (error) {
    showProblem(byId('orders-problem', HTMLElement), error)
  }
}
