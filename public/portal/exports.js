// Exports: ordering one, watching it until its file is ready, fetching the file.
import { create, fileUrl, getList, requestFile } from './api.js'
import { announce, byId, fill, h } from './dom.js'
import { nothing, placeholder, showPages, showProblem } from './notice.js'
import { DAY, fromWallClock, midnight, showMinute, showNumber, showRange, toWallClock } from './time.js'
import { currentZone, offerZones } from './zone.js'

/**
 * @typedef {import('./api.js').Resource} Resource
 * @typedef {import('./api.js').ListDocument} ListDocument
 * @typedef {{ status: string, filters: Record<string, string | boolean | number>, 'rows-count': number | null, 'created-at': string, 'time-zone-name': string | null }} Export
 */

const form = byId('order', HTMLFormElement)
const account = byId('order-account', HTMLSelectElement)
const range = byId('order-range', HTMLSelectElement)
const from = byId('order-from', HTMLInputElement)
const to = byId('order-to', HTMLInputElement)
const result = byId('order-result', HTMLSelectElement)
const zone = byId('order-zone', HTMLSelectElement)
const format = byId('order-format', HTMLSelectElement)
const list = byId('orders', HTMLElement)

/** A file of more rows is better not unpacked in a browser's memory. */
const MOST_ROWS_UNPACKED = 200_000

/** Seconds between two looks at what is not ready; the last one is kept to. */
const WAITS = [1, 1, 2, 3, 5, 8, 13, 20, 30]

/** @type {ReadonlyMap<string, (now: number, zone: string) => [number, number]>} */
const ranges = new Map([
  ['This month', (now, zone) => [midnight(now, zone, { day: 1 }), midnight(now, zone, { day: 1, months: 1 })]],
  ['Last month', (now, zone) => [midnight(now, zone, { day: 1, months: -1 }), midnight(now, zone, { day: 1 })]],
  ['Today', (now, zone) => [midnight(now, zone, {}), midnight(now, zone, { days: 1 })]],
  ['Yesterday', (now, zone) => [midnight(now, zone, { days: -1 }), midnight(now, zone, {})]],
  ['Last 7 days', (now, zone) => [midnight(now, zone, { days: -6 }), midnight(now, zone, { days: 1 })]],
])
const OWN_RANGE = 'From – to'

let page = 1
let looks = 0
/** @type {ReturnType<typeof setTimeout> | undefined} */
let nextLook
let loading = new AbortController()
/** Exports that were not ready when last looked at. @type {Set<string>} */
let pending = new Set()

/** @param {readonly Resource[]} accounts */
export function setExportAccounts(accounts) {
  fill(account, ...accounts.map(({ id, attributes }) => h('option', { value: id }, String(attributes?.['name']))))
}

/** Shows the list, and the form set to what the address says. @param {URLSearchParams} search */
export function showExports(search) {
  page = Number(search.get('page') ?? 1)
  if (search.has('from')) setRange([Date.parse(search.get('from') ?? ''), Date.parse(search.get('to') ?? '')], OWN_RANGE)
  if (search.has('account')) account.value = search.get('account') ?? ''
  if (search.has('result')) result.value = search.get('result') ?? ''
  looks = 0
  void load()
}

/** Looks no more at what is not ready. */
export function leaveExports() {
  clearTimeout(nextLook)
  loading.abort()
}

export function prepareExports() {
  offerZones(zone)
  fill(range, ...[...ranges.keys(), OWN_RANGE].map((name) => h('option', {}, name)))
  choosePreset()
  showExample()
  range.addEventListener('change', choosePreset)
  for (const field of [from, to]) field.addEventListener('input', () => (range.value = OWN_RANGE))
  zone.addEventListener('change', () => {
    choosePreset()
    showExample()
  })
  format.addEventListener('change', showExample)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void order()
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && pending.size > 0 && !byId('exports', HTMLElement).hidden) void load()
  })
}

function choosePreset() {
  const preset = ranges.get(range.value)
  if (preset) setRange(preset(Date.now(), zone.value), range.value)
}

/** @param {readonly [number, number]} bounds @param {string} name */
function setRange([start, end], name) {
  from.value = toWallClock(start, zone.value)
  to.value = toWallClock(end, zone.value)
  range.value = name
}

function showExample() {
  const instant = Math.floor(Date.now() / DAY) * DAY + 45_296_789
  const wall = `${toWallClock(instant, zone.value).replace('T', ' ')}:56.789`
  const offset =
    new Intl.DateTimeFormat('en-US', { timeZone: zone.value, timeZoneName: 'longOffset' }).formatToParts(instant).at(-1)?.value.slice(3) ||
    '+00'
  const examples = new Map([
    ['with_timezone', `${wall}${offset.replace(/:00$/, '')}`],
    ['without_timezone', wall],
    ['round_to_seconds', wall.slice(0, -4)],
  ])
  byId('order-example', HTMLElement).textContent = `A time in the file: ${examples.get(format.value)}`
}

async function order() {
  const start = fromWallClock(from.value, zone.value)
  const end = fromWallClock(to.value, zone.value)
  to.setCustomValidity(start !== undefined && end !== undefined && start < end ? '' : 'The end must be after the start.')
  if (!form.reportValidity() || start === undefined || end === undefined) return
  const problem = byId('order-problem', HTMLElement)
  const button = byId('order-send', HTMLButtonElement)
  fill(problem)
  button.disabled = true
  try {
    await create('/cdr-exports', {
      data: {
        type: 'cdr-exports',
        attributes: {
          filters: {
            time_start_gteq: new Date(start).toISOString(),
            time_start_lt: new Date(end).toISOString(),
            ...(result.value === '' ? {} : { success_eq: result.value === 'answered' }),
          },
          'time-format': format.value,
          'time-zone-name': zone.value,
        },
        relationships: { account: { data: { type: 'accounts', id: account.value } } },
      },
    })
    announce('The export was ordered. It will appear in the list when it is ready.')
    looks = 0
    byId('orders-title', HTMLElement).scrollIntoView({ block: 'nearest' })
    if (page === 1) void load()
    else location.hash = '#exports'
  } catch (error) {
    showProblem(problem, error)
  }
  button.disabled = false
}

async function load() {
  leaveExports()
  loading = new AbortController()
  const { signal } = loading
  const problem = byId('orders-problem', HTMLElement)
  if (!list.firstElementChild) fill(list, placeholder(4))
  try {
    const document = await getList(
      '/cdr-exports',
      { include: 'account', sort: '-created-at', 'page[number]': String(page), 'page[size]': '10' },
      signal,
    )
    fill(problem)
    draw(document)
  } catch (error) {
    if (!signal.aborted) showProblem(problem, error, load)
    return
  }
  if (pending.size > 0 && !document.hidden) {
    nextLook = setTimeout(load, 1000 * (WAITS[Math.min(looks, WAITS.length - 1)] ?? 30))
    looks += 1
  }
}

const attributesOf = (/** @type {Resource} */ resource) => /** @type {Export} */ (/** @type {unknown} */ (resource.attributes))

/** @param {ListDocument} document */
function draw({ data, included, meta, links }) {
  const names = new Map(included?.map(({ id, attributes }) => [id, String(attributes?.['name'])]))
  const ready = data.filter((one) => pending.has(one.id) && attributesOf(one).status === 'Completed')
  if (ready.length > 0) announce(ready.length === 1 ? 'Your export is ready.' : `${ready.length} exports are ready.`)
  pending = new Set(data.filter((one) => attributesOf(one).status === 'Pending').map(({ id }) => id))
  const focused = document.activeElement?.id
  fill(
    list,
    data.length === 0
      ? nothing('No exports yet', 'Create the first one with the form above.')
      : h(
          'ul',
          { class: 'orders' },
          ...data.map((one) => drawExport(one, names.get(one.relationships?.['account']?.data?.id ?? '') ?? '')),
        ),
  )
  if (focused) document.getElementById(focused)?.focus()
  byId('orders-count', HTMLElement).textContent = data.length === 0 ? '' : showNumber(meta['total-count'])
  showPages(byId('orders-pages', HTMLElement), links, page, (number) => `#exports?page=${number}`)
}

/** @param {Resource} resource @param {string} accountName */
function drawExport(resource, accountName) {
  const { status, filters, 'rows-count': rows, 'created-at': createdAt, 'time-zone-name': zoneName } = attributesOf(resource)
  const bound = (/** @type {string} */ name) => Date.parse(String(filters[name] ?? ''))
  const start = bound('time_start_gteq')
  const end = bound('time_start_lt')
  const shownZone = zoneName || 'UTC'
  const span = end > start ? showRange(start, end, shownZone) : Number.isNaN(start) ? 'All calls' : `Since ${showMinute(start, shownZone)}`
  const others = Object.entries(filters).filter(([name]) => name !== 'time_start_gteq' && name !== 'time_start_lt')
  return h(
    'li',
    { class: 'order' },
    h(
      'div',
      { class: 'order-what' },
      h('strong', {}, accountName || 'Account'),
      h('span', {}, `${span}, ${shownZone.replaceAll('_', ' ')}`),
      h(
        'span',
        { class: 'quiet' },
        [`Ordered ${showMinute(Date.parse(createdAt), currentZone())}`, ...others.map(describeFilter)].join(' · '),
      ),
    ),
    h(
      'div',
      { class: 'order-state' },
      ...drawState(resource.id, status, rows, {
        file: `calls ${accountName} ${toWallClock(start || 0, shownZone).slice(0, 10)}`,
        spoken: `${accountName}, ${span}`,
      }),
    ),
  )
}

/** @param {[string, string | boolean | number]} filter */
const describeFilter = ([name, value]) =>
  name === 'success_eq' ? (value === true ? 'answered only' : 'not answered only') : `${name.replaceAll('_', ' ')} ${String(value)}`

/** @param {string} id @param {string} status @param {number | null} rows @param {{ file: string, spoken: string }} title */
function drawState(id, status, rows, title) {
  const path = `/cdr-exports/${id}/download`
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
              click: ({ currentTarget }) => fetchUnpacked(path, title.file, currentTarget),
            },
            'Download CSV',
          ),
        h(
          'a',
          {
            id: `gz-${id}`,
            class: 'button',
            href: fileUrl(path),
            download: true,
            'aria-label': `Download .csv.gz: ${title.spoken}`,
            click: (event) => fetchPacked(path, event),
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

/** Unpacks a file on its way to the disk, for programs that do not. @param {string} path @param {string} title @param {EventTarget | null} button */
async function fetchUnpacked(path, title, button) {
  if (button instanceof HTMLButtonElement) button.disabled = true
  try {
    const { body } = await requestFile(path, 'GET')
    if (!body) throw new Error('The file has no body')
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

/** The browser writes the file to the disk as it comes; first it is asked whether there is one, for a download tells nobody why it failed. @param {string} path @param {Event} event */
async function fetchPacked(path, event) {
  event.preventDefault()
  try {
    await requestFile(path, 'HEAD')
    h('a', { href: fileUrl(path), download: true }).click()
  } catch (error) {
    showProblem(byId('orders-problem', HTMLElement), error)
  }
}
