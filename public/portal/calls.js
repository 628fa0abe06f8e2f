// The list of calls: filters, table, pages, and the chart of what was found.
import { getList } from './api.js'
import { chartRows, drawChart } from './chart.js'
import { announce, byId, fill, h } from './dom.js'
import { logMistake, nothing, placeholder, showPages, showProblem } from './notice.js'
import { rangeOf, readForm, toFilters } from './search.js'
import { currentZone, keepZone, offerZones } from './zone.js'
import { MINUTE, showDuration, showMinute, showNumber, showRange, showShare, showTime, toWallClock } from './time.js'
import { loadTraffic, toBuckets } from './traffic.js'

/**
 * @typedef {import('./api.js').Resource} Resource
 * @typedef {import('./api.js').ListDocument} ListDocument
 * @typedef {import('./sides.js').Side} Side
 * @typedef {{ name: string, side: Side, search: URLSearchParams, range: { from: number, to: number }, filters: Record<string, string> }} Shown
 * @typedef {{ label: string, class: string, sort?: string, first?: '' | '-', show: (call: Resource) => import('./dom.js').Child }} Column
 */

const PAGE_SIZE = 50

const form = byId('filters', HTMLFormElement)
const list = byId('list', HTMLElement)
const problem = byId('calls-problem', HTMLElement)
const chart = byId('chart', HTMLElement)
const zoneField = byId('zone', HTMLSelectElement)
const sortField = byId('sort', HTMLSelectElement)

/** @type {readonly Resource[]} */
let accounts = []
/** @type {Shown | undefined} */
let shown
/** What the list and the chart were drawn for. */
let drawn = { list: '', traffic: '' }
let now = Date.now()
let pageShown = 1
/** What the form was last set to, or read from it. */
let inForm = ''
let loading = new AbortController()
let counting = new AbortController()
/** @type {import('./traffic.js').Traffic | undefined} */
let traffic

/** @param {readonly Resource[]} found */
export function setAccounts(found) {
  accounts = found
  const options = found.map(({ id, attributes }) => h('option', { value: id }, String(attributes?.['name'])))
  fill(byId('account', HTMLSelectElement), h('option', { value: '' }, 'All accounts'), ...options)
  byId('account-field', HTMLElement).hidden = found.length < 2
}

/** Shows what an address of this view asks for. @param {string} name @param {Side} side @param {URLSearchParams} search */
export function showCalls(name, side, search) {
  const range = rangeOf(search, now)
  shown = { name, side, search, range, filters: toFilters(side, search, range) }
  byId('calls-title', HTMLElement).textContent = side.title
  const exporting = byId('export-range', HTMLAnchorElement)
  exporting.hidden = side.type !== 'cdrs'
  exporting.href = `#exports?${withOnly(search, ['account', 'result'])}&from=${iso(range.from)}&to=${iso(Math.ceil(range.to / MINUTE) * MINUTE)}`
  byId('clear', HTMLAnchorElement).href = addressOf(withOnly(search, [...RANGE, 'sort']))
  showInForm(search)
  const wanted = {
    list: JSON.stringify([shown.filters, name, search.get('sort'), search.get('page')]),
    traffic: JSON.stringify([shown.filters, name]),
  }
  if (wanted.list !== drawn.list) void loadList(shown)
  if (wanted.traffic !== drawn.traffic) void loadChart(shown)
  drawn = wanted
}

const iso = (/** @type {number} */ instant) => new Date(instant).toISOString()

/** Where this search would be with some members changed; blank ones are left out. @param {Record<string, string>} changes */
const addressWith = (changes) => addressOf(new URLSearchParams({ ...Object.fromEntries(shown?.search ?? []), ...changes }))

/** @param {URLSearchParams} search */
function addressOf(search) {
  const members = new URLSearchParams([...search].filter(([, value]) => value !== ''))
  return `#${shown?.name ?? 'calls'}${members.size > 0 ? `?${members}` : ''}`
}

/** @param {URLSearchParams} search @param {readonly string[]} names */
const withOnly = (search, names) => new URLSearchParams([...search].filter(([name]) => names.includes(name)))

const FILTERS = ['caller', 'called', 'result', 'code', 'account']
const RANGE = ['range', 'from', 'to']

/** The part of an address that the form stands for. @param {URLSearchParams} search */
const formPart = (search) => JSON.stringify([...FILTERS, ...RANGE].map((name) => search.get(name)))

/** Sets the form to a search that did not come from it: what somebody is typing meanwhile stays. @param {URLSearchParams} search */
function showInForm(search) {
  if (formPart(search) !== inForm) fillForm(search)
  inForm = formPart(search)
  if (!isCustom()) showRangeInForm()
  const active = FILTERS.filter((name) => search.has(name)).length
  byId('active-filters', HTMLElement).textContent = active > 0 ? ` (${active} in use)` : ''
  byId('clear', HTMLAnchorElement).hidden = active === 0
}

/** @param {URLSearchParams} search */
function fillForm(search) {
  for (const name of FILTERS) {
    const field = form.elements.namedItem(name)
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = search.get(name) ?? ''
  }
  const range = form.elements.namedItem('range')
  if (range instanceof RadioNodeList) range.value = search.get('range') ?? '24h'
  showRangeInForm()
  showCustomRange()
}

function showRangeInForm() {
  if (!shown) return
  byId('from', HTMLInputElement).value = toWallClock(shown.range.from, currentZone())
  byId('to', HTMLInputElement).value = toWallClock(shown.range.to, currentZone())
}

const isCustom = () => new FormData(form).get('range') === 'custom'

function showCustomRange() {
  byId('custom-range', HTMLElement).hidden = !isCustom()
}

/** Searches for what the form is set to, from the first page on. */
function searchAgain() {
  const from = byId('from', HTMLInputElement)
  const to = byId('to', HTMLInputElement)
  from.required = to.required = isCustom()
  to.setCustomValidity(isCustom() && from.value >= to.value ? 'The end must be after the start.' : '')
  // What is wrong can only be shown where it can be seen.
  if (!form.checkValidity()) byId('more-filters', HTMLDetailsElement).open = true
  if (!form.reportValidity()) return
  const search = readForm(form, currentZone())
  const sort = shown?.search.get('sort')
  if (sort) search.set('sort', sort)
  if (search.get('range') === '24h') search.delete('range')
  inForm = formPart(search)
  const isNew = !shown || formPart(shown.search) !== inForm || shown.search.has('page')
  if (isNew) location.hash = addressOf(search)
  else if (!list.hasAttribute('aria-busy')) refresh()
}

function refresh() {
  now = Date.now()
  drawn = { list: '', traffic: '' }
  if (shown) showCalls(shown.name, shown.side, shown.search)
}

/** @param {Shown} wanted */
async function loadList(wanted) {
  loading.abort()
  loading = new AbortController()
  const { signal } = loading
  const { side, search, filters } = wanted
  fill(problem)
  if (!list.firstElementChild) fill(list, placeholder(8))
  list.setAttribute('aria-busy', 'true')
  try {
    const query = {
      ...filters,
      ...(accounts.length > 1 && !search.has('account') ? { include: 'account' } : {}),
      sort: search.get('sort') ?? '-time-start',
      'page[number]': search.get('page') ?? '1',
      'page[size]': String(PAGE_SIZE),
    }
    const document = await getList(`/${side.type}`, query, signal)
    drawList(wanted, document)
  } catch (error) {
    if (signal.aborted) return
    drawn.list = ''
    fill(list, nothing('Nothing to list', 'The calls could not be loaded.'))
    byId('list-title', HTMLElement).textContent = side.title
    byId('pages', HTMLElement).hidden = true
    showProblem(problem, error, refresh)
  }
  list.removeAttribute('aria-busy')
}

/** @param {Shown} wanted @param {ListDocument} document */
function drawList(wanted, { data, included, meta, links }) {
  const { side, search, range } = wanted
  const total = meta['total-count']
  const zone = currentZone()
  const names = new Map(included?.map(({ id, attributes }) => [id, String(attributes?.['name'])]))
  const isShown = (/** @type {string} */ attribute) => data.length === 0 || data.some(({ attributes = {} }) => attribute in attributes)
  const columns = columnsOf(side, zone, names, isShown)
  const sort = search.get('sort') ?? '-time-start'
  const focused = list.contains(window.document.activeElement) ? window.document.activeElement?.id : ''
  fill(
    list,
    data.length === 0
      ? nothing(`${side.none} found`, total > 0 ? 'This page is beyond the last one.' : 'Try a longer range, or clear the filters.')
      : drawTable(columns, data, sort, `${side.title}, ${showRange(range.from, range.to, zone)}, times in ${zone}`),
  )
  if (focused) window.document.getElementById(focused)?.focus()
  offerSorts(columns, sort)
  const heading = byId('list-title', HTMLElement)
  heading.textContent = total === 1 ? '1 call' : `${showNumber(total)} calls`
  byId('list-zone', HTMLElement).textContent = `times in ${zone.replaceAll('_', ' ')}`
  const page = Number(search.get('page') ?? 1)
  announce(`${heading.textContent} found${page > 1 ? `, page ${page}` : ''}`)
  showPages(byId('pages', HTMLElement), links, page, (page) => addressWith({ page: page === 1 ? '' : String(page) }))
  if (page !== pageShown && heading.getBoundingClientRect().top < 0) heading.scrollIntoView()
  pageShown = page
}

/**
 * The columns of what is not hidden by the operator.
 * @param {Side} side
 * @param {string} zone
 * @param {ReadonlyMap<string, string>} accountNames
 * @param {(attribute: string) => boolean} isShown
 * @returns {Column[]}
 */
function columnsOf(side, zone, accountNames, isShown) {
  const text = (/** @type {Resource} */ call, /** @type {string} */ attribute) => {
    const value = call.attributes?.[attribute]
    return value === null || value === undefined || value === '' ? '' : String(value)
  }
  const accountOf = (/** @type {Resource} */ call) => accountNames.get(call.relationships?.['account']?.data?.id ?? '') ?? ''
  /** @type {Column[]} */
  const columns = [
    { label: 'Time', class: 'time', sort: 'time-start', first: '-', show: (call) => showStart(call, zone) },
    {
      label: 'Caller',
      class: 'caller',
      sort: side.caller,
      show: (call) => twoLines(text(call, side.caller) || 'unknown', text(call, side.callerName)),
    },
    { label: 'Called', class: 'called', sort: side.called, show: (call) => twoLines(text(call, side.called) || 'unknown', '') },
    { label: 'Account', class: 'account', show: accountOf },
    {
      label: 'Outcome',
      class: 'outcome',
      sort: isShown(side.code) ? side.code : 'success',
      show: (call) => showOutcome(call.attributes?.['success'] === true, `${text(call, side.code)} ${text(call, side.reason)}`.trim()),
    },
    {
      label: 'Talk time',
      class: 'duration number',
      sort: 'duration',
      first: '-',
      show: (call) => (text(call, 'duration') === '' ? '–' : showDuration(Number(text(call, 'duration')))),
    },
    { label: 'Price', class: 'price number', sort: side.price, first: '-', show: (call) => text(call, side.price) || '–' },
  ]
  return columns.filter(({ label, sort }) => (label === 'Account' ? accountNames.size > 0 : !sort || isShown(sort)))
}

/** @param {Resource} call @param {string} zone */
function showStart({ id, attributes }, zone) {
  const start = String(attributes?.['time-start'] ?? '')
  const label = start === '' ? `Call ${id}` : showTime(Date.parse(start), zone)
  return h(
    'span',
    {},
    h('a', { id: `call-${id}`, href: addressWith({ call: id }) }, h('time', { datetime: start, title: start }, label)),
    attributes?.['rec'] === true && h('span', { class: 'tag' }, 'Recording'),
  )
}

/** @param {string} first @param {string} second */
const twoLines = (first, second) => h('span', {}, h('bdi', {}, first), second !== '' && h('bdi', { class: 'second quiet' }, second))

/** @param {boolean} answered @param {string} reason */
const showOutcome = (answered, reason) =>
  h(
    'span',
    {},
    h('span', { class: answered ? 'badge good' : 'badge bad' }, answered ? 'Answered' : 'Not answered'),
    h('span', { class: 'second quiet' }, reason),
  )

/** Roles are named because the narrow page lays rows out as blocks, which some browsers then no longer take for a table. */
const cell = (/** @type {Column} */ column, /** @type {Resource} */ call) =>
  h('td', { class: column.class, role: 'cell' }, column.show(call))

/** @param {readonly Column[]} columns @param {readonly Resource[]} calls @param {string} sort @param {string} caption */
function drawTable(columns, calls, sort, caption) {
  const row = (/** @type {Resource} */ call) => {
    const element = h('tr', { role: 'row' }, ...columns.map((column) => cell(column, call)))
    element.addEventListener('click', (event) => {
      const selecting = !window.getSelection()?.isCollapsed
      if (!selecting && !(event.target instanceof Element && event.target.closest('a'))) location.hash = addressWith({ call: call.id })
    })
    return element
  }
  return h(
    'table',
    { class: 'calls', role: 'table' },
    h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...columns.map((column) => drawHeading(column, sort)))),
    h('tbody', { role: 'rowgroup' }, ...calls.map(row)),
  )
}

/** @param {Column} column @param {string} current */
function drawHeading({ label, class: className, sort, first = '' }, current) {
  if (!sort) return h('th', { class: className, scope: 'col', role: 'columnheader' }, label)
  const direction = current === sort ? 'ascending' : current === `-${sort}` ? 'descending' : undefined
  const next = direction === undefined ? first + sort : direction === 'ascending' ? `-${sort}` : sort
  const arrow = direction === undefined ? '' : direction === 'ascending' ? ' ↑' : ' ↓'
  return h(
    'th',
    { class: className, scope: 'col', role: 'columnheader', 'aria-sort': direction },
    h('button', { id: `sort-${sort}`, type: 'button', click: () => sortBy(next) }, label, h('span', { 'aria-hidden': 'true' }, arrow)),
  )
}

const sortBy = (/** @type {string} */ sort) => {
  location.hash = addressWith({ sort: sort === '-time-start' ? '' : sort, page: '' })
}

/** The narrow page has no headings to click on. @param {readonly Column[]} columns @param {string} current */
function offerSorts(columns, current) {
  const options = columns.flatMap(({ label, sort }) =>
    sort ? [h('option', { value: `-${sort}` }, `${label} ↓`), h('option', { value: sort }, `${label} ↑`)] : [],
  )
  fill(sortField, ...options)
  sortField.value = current
}

/** @param {Shown} wanted */
async function loadChart({ side, filters, range }) {
  counting.abort()
  counting = new AbortController()
  const { signal } = counting
  const section = byId('traffic', HTMLElement)
  section.setAttribute('aria-busy', 'true')
  try {
    for await (const counted of loadTraffic(side, filters, signal)) {
      traffic = counted
      drawTraffic(range)
    }
  } catch (error) {
    if (signal.aborted) return
    logMistake(error)
    drawn.traffic = ''
    traffic = undefined
    fill(byId('figures', HTMLElement))
    fill(byId('chart-rows', HTMLElement))
    fill(byId('traffic-note', HTMLElement))
    fill(chart, nothing('Nothing to draw', 'The calls could not be counted. Refresh to try again.'))
  }
  section.removeAttribute('aria-busy')
}

/** @param {{ from: number, to: number }} range */
function drawTraffic(range) {
  if (!traffic) return
  const { calls, total, complete } = traffic
  const zone = currentZone()
  const oldest = calls.at(-1)?.start
  const covered = complete || oldest === undefined ? range : { from: oldest, to: range.to }
  const data = toBuckets(calls, covered, zone)
  drawChart(chart, data, zone, (bucket) => (location.hash = addressWith(within(bucket, range))))
  fill(byId('chart-rows', HTMLElement), ...chartRows(data.buckets, zone, (bucket) => addressWith(within(bucket, range))))
  drawFigures(calls, total)
  byId('traffic-note', HTMLElement).textContent = complete
    ? showRange(range.from, range.to, zone)
    : `Counted are the newest ${showNumber(calls.length)} of ${showNumber(total)} calls: those since ${showMinute(covered.from, zone)}. Choose a shorter range to see all of it.`
}

/** The search for the calls of one bucket. @param {{ start: number, end: number }} bucket @param {{ from: number, to: number }} range */
const within = ({ start, end }, { from, to }) => ({
  range: 'custom',
  from: iso(Math.max(start, from)),
  to: iso(Math.min(end, to)),
  page: '',
})

/** @param {readonly import('./traffic.js').Call[]} calls @param {number} total */
function drawFigures(calls, total) {
  const answered = calls.filter((call) => call.answered)
  const seconds = answered.reduce((sum, call) => sum + call.seconds, 0)
  const figures = [
    ['Calls', showNumber(total)],
    ['Answered', showShare(answered.length, calls.length)],
    ['Average talk time', answered.length === 0 ? '–' : showDuration(Math.round(seconds / answered.length))],
  ]
  fill(byId('figures', HTMLElement), ...figures.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))
}

/** Sets up what lasts as long as the page. */
export function prepareCalls() {
  offerZones(zoneField)
  byId('more-filters', HTMLDetailsElement).open = window.matchMedia('(min-width: 44rem)').matches
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    searchAgain()
  })
  form.addEventListener('change', ({ target }) => {
    if (target === zoneField) return changeZone()
    showCustomRange()
    const name = target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target.name : ''
    if (name === 'from' || name === 'to' || (name === 'range' && isCustom())) return
    searchAgain()
  })
  byId('refresh', HTMLButtonElement).addEventListener('click', refresh)
  sortField.addEventListener('change', () => sortBy(sortField.value))
  let width = 0
  new ResizeObserver(() => {
    if (chart.clientWidth === width || !shown) return
    width = chart.clientWidth
    drawTraffic(shown.range)
  }).observe(chart)
}

function changeZone() {
  keepZone(zoneField.value)
  showRangeInForm()
  drawn.list = ''
  if (!shown) return
  drawTraffic(shown.range)
  showCalls(shown.name, shown.side, shown.search)
}

/** The address of the list, without the call that is open over it. */
export const addressOfList = () => addressWith({ call: '' })
