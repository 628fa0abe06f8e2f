// The list of calls: a table, or what is to be said instead of it, and its pages.
import { askIncluding, callsOf } from './api.js'
import { announce, byId, fill, h } from './dom.js'
import { bar, beyondLast, nothing, pageOf, showPages, showProblem } from './notice.js'
import { addressWith, FILTERS } from './search.js'
import { showDuration, showNumber, showRange, showTime } from './time.js'
import { alignAmounts, oneLine, valuesOf } from './values.js'
import { currentZone, onZoneChange } from './zone.js'

/**
 * @typedef {import('./api.js').Call} Call
 * @typedef {import('./api.js').CallPage} CallPage
 * @typedef {import('./sides.js').Attribute<import('./api.js').CallType>} Attribute
 * @typedef {import('./dom.js').Child} Child
 * @typedef {import('./search.js').Search} Search
 * @typedef {import('./sides.js').Side} Side
 * @typedef {{ label: string, class: string, sort?: string, first?: '' | '-', show: (call: Call) => Child }} Column
 */

const PAGE_SIZE = 50
const NEWEST_FIRST = '-time-start'

const list = byId('list', HTMLElement)
const problem = byId('calls-problem', HTMLElement)
const heading = byId('list-title', HTMLElement)
const pages = byId('pages', HTMLElement)
const sortField = byId('sort', HTMLSelectElement)

let loading = new AbortController()
/** What the list was loaded for. */
let loaded = { key: '', name: '' }
let pageShown = 1
/** Draws again what was drawn last. */
let redraw = () => {}
/** @type {(address: string) => void} */
let openCall = () => {}
/** @type {Search | undefined} */
let shown

const sortOf = (/** @type {Search} */ { members }) => members.get('sort') ?? NEWEST_FIRST

/** @param {Side} side */
export function showListSkeleton(side) {
  heading.textContent = 'Calls'
  byId('list-zone', HTMLElement).textContent = zoneNote()
  pages.hidden = true
  fill(problem)
  fill(list, drawSkeleton(side))
  list.setAttribute('aria-busy', 'true')
}

const zoneNote = () => `times in ${currentZone().replaceAll('_', ' ')}`

/** Loads a search that the list does not have yet. @param {Search} search @param {() => void} again */
export async function showList(search, again) {
  const { name, side, members, filter, accounts, askedAt } = search
  const query = {
    filter,
    sort: [sortOf(search)],
    page: { number: pageOf(members), size: PAGE_SIZE },
  }
  const wanted = accounts.length > 1 && !members.has('account') ? ['account'] : []
  const key = JSON.stringify([name, query, wanted, askedAt])
  shown = search
  if (key === loaded.key) return
  loading.abort()
  loading = new AbortController()
  const { signal } = loading
  if (name !== loaded.name || !list.querySelector('table:not(.skeleton)')) showListSkeleton(side)
  fill(problem)
  list.setAttribute('aria-busy', 'true')
  loaded = { key, name }
  try {
    const document = await askIncluding(side.type, wanted, (include) => callsOf(side.type).list({ ...query, include }, { signal }))
    redraw = () => drawList(search, document)
    redraw()
    tell(search, document)
  } catch (error) {
    if (signal.aborted) return
    loaded.key = ''
    redraw = () => {}
    fill(list)
    heading.textContent = 'Calls'
    pages.hidden = true
    showProblem(problem, error, again)
  }
  list.removeAttribute('aria-busy')
}

/** @param {Search} search @param {CallPage} document */
function drawList(search, { data, included, meta, links }) {
  const { side, range, members } = search
  const total = meta['total-count']
  const page = pageOf(members)
  const zone = currentZone()
  const names = new Map(included?.map(({ id, attributes }) => [id, String(attributes.name)]))
  const columns = columnsOf(search, names, data)
  const focused = list.contains(window.document.activeElement) ? window.document.activeElement?.id : ''
  const addressOf = (/** @type {number} */ number) => addressWith(search, { page: number === 1 ? '' : String(number) })
  fill(
    list,
    data.length > 0
      ? drawTable(columns, data, sortOf(search), `${side.title}, ${showRange(range.from, range.to, zone)}, times in ${zone}`)
      : total > 0
        ? beyondLast(links, page, addressOf)
        : sayNone(search),
  )
  if (focused) window.document.getElementById(focused)?.focus()
  offerSorts(columns, sortOf(search))
  heading.textContent = total === 1 ? '1 call' : `${showNumber(total)} calls`
  byId('list-zone', HTMLElement).textContent = zoneNote()
  showPages(pages, links, page, addressOf)
}

/** @param {Search} search @param {CallPage} document */
function tell({ members }, { meta }) {
  const page = pageOf(members)
  announce(`${showNumber(meta['total-count'])} ${meta['total-count'] === 1 ? 'call' : 'calls'} found${page > 1 ? `, page ${page}` : ''}`)
  if (page !== pageShown && heading.getBoundingClientRect().top < 0) heading.scrollIntoView()
  pageShown = page
}

/** Why there are no calls, and where there may be some. @param {Search} search */
function sayNone(search) {
  const { side, members, accounts } = search
  if (accounts.length === 0)
    return nothing('No account yet', 'Calls will be listed here once your provider has opened an account for this login.')
  if (FILTERS.some(({ name }) => members.has(name)))
    return nothing(`${side.none} found`, 'No call of this range meets all of the filters. Change them, clear them, or try a longer range.')
  const hint = 'A call is listed soon after it has ended.'
  if (members.get('range') === 'custom') return nothing(`${side.none} in this range`, hint)
  if (members.get('range') === '30d') return nothing(`${side.none} in the last 30 days`, hint)
  const link = h('a', { href: addressWith(search, { range: '30d', page: '' }) }, 'Look at the last 30 days')
  return nothing(`${side.none} in the last ${members.get('range') === '7d' ? '7 days' : '24 hours'}`, `${hint} `, link)
}

/**
 * The columns of what is not hidden by the operator.
 * @param {Pick<Search, 'name' | 'side' | 'members'>} search
 * @param {ReadonlyMap<string, string>} accountNames
 * @param {readonly Call[]} calls
 * @returns {Column[]}
 */
function columnsOf(search, accountNames, calls) {
  const { side } = search
  const text = (/** @type {Call} */ call, /** @type {Attribute} */ name) => String(valuesOf(call)[name] ?? '')
  const isShown = (/** @type {string} */ name) => calls.length === 0 || calls.some((call) => name in valuesOf(call))
  const accountOf = (/** @type {Call} */ call) => accountNames.get(call.relationships?.account?.data?.id ?? '') ?? ''
  const showAmount = alignAmounts(calls.map((call) => text(call, side.price)))
  /** @type {Column[]} */
  const columns = [
    { label: 'Time', class: 'time', sort: 'time-start', first: '-', show: (call) => showStart(search, call) },
    {
      label: 'Caller',
      class: 'caller',
      sort: side.caller,
      show: (call) => showParty(text(call, side.caller), text(call, side.callerName)),
    },
    { label: 'Called', class: 'called', sort: side.called, show: (call) => showParty(text(call, side.called), '') },
    { label: 'Account', class: 'account', show: (call) => oneLine(accountOf(call)) },
    {
      label: 'Outcome',
      class: 'outcome',
      sort: isShown(side.code) ? side.code : 'success',
      show: (call) => showOutcome(call.attributes.success === true, `${text(call, side.code)} ${text(call, side.reason)}`.trim()),
    },
    {
      label: 'Talk time',
      class: 'duration number',
      sort: 'duration',
      first: '-',
      show: (call) => (text(call, 'duration') === '' ? '–' : showDuration(Number(text(call, 'duration')))),
    },
    { label: 'Price', class: 'price number', sort: side.price, first: '-', show: (call) => showAmount(text(call, side.price) || '–') },
  ]
  return columns.filter(({ label, sort }) => (label === 'Account' ? accountNames.size > 0 : !sort || isShown(sort)))
}

/** @param {Pick<Search, 'name' | 'members'>} search @param {Call} call */
function showStart(search, { id, attributes }) {
  const start = attributes['time-start'] ?? ''
  const label = start === '' ? `Call ${id}` : showTime(Date.parse(start), currentZone())
  return h(
    'span',
    {},
    h('a', { id: `call-${id}`, href: addressWith(search, { call: id }) }, h('time', { datetime: start, title: start }, label)),
    attributes.rec === true && h('span', { class: 'second' }, h('span', { class: 'tag' }, 'Recording')),
  )
}

/** @param {string} number @param {string} name */
const showParty = (number, name) => h('span', {}, oneLine(number || 'unknown'), name !== '' && oneLine(name, 'second quiet'))

/** @param {boolean} answered @param {string} reason */
const showOutcome = (answered, reason) =>
  h(
    'span',
    {},
    h('span', { class: answered ? 'badge good' : 'badge bad' }, answered ? 'Answered' : 'Not answered'),
    oneLine(reason, 'second quiet'),
  )

/** Roles are named because the narrow page lays rows out as blocks, which some browsers then no longer take for a table. */
const drawCells = (/** @type {readonly Column[]} */ columns, /** @type {(column: Column) => Child} */ show) =>
  columns.map((column) => h('td', { class: column.class, role: 'cell' }, show(column)))

/** @param {readonly Column[]} columns @param {readonly Call[]} calls @param {string} sort @param {string} caption */
function drawTable(columns, calls, sort, caption) {
  const row = (/** @type {Call} */ call) => h('tr', { role: 'row', click: openHere }, ...drawCells(columns, (column) => column.show(call)))
  return h(
    'table',
    { class: 'calls', role: 'table' },
    h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...columns.map((column) => drawHeading(column, sort)))),
    h('tbody', { role: 'rowgroup' }, ...calls.map(row)),
  )
}

/** The table as it will be, without what is not known yet. @param {Side} side */
function drawSkeleton(side) {
  const columns = columnsOf({ name: '', side, members: new URLSearchParams() }, new Map(), [])
  return h(
    'table',
    { class: 'calls skeleton', 'aria-hidden': 'true' },
    h('thead', {}, h('tr', {}, ...columns.map(({ label, class: className }) => h('th', { class: className }, label)))),
    h('tbody', {}, ...Array.from({ length: 12 }, () => h('tr', {}, ...drawCells(columns, bar)))),
  )
}

/** A click on a row is one on its link; with a key held, or on the link with the middle button, the browser opens a tab. @param {Event} event */
function openHere(event) {
  if (!(event instanceof MouseEvent) || !(event.currentTarget instanceof HTMLElement) || !(event.target instanceof Element)) return
  const link = event.currentTarget.querySelector('a')
  const { ctrlKey, metaKey, shiftKey, altKey } = event
  const isSelecting = !link?.contains(event.target) && !window.getSelection()?.isCollapsed
  if (!link || isSelecting || ctrlKey || metaKey || shiftKey || altKey) return
  event.preventDefault()
  openCall(link.hash)
}

/** @param {Column} column @param {string} current */
function drawHeading({ label, class: className, sort, first = '' }, current) {
  if (!sort) return h('th', { class: className, scope: 'col', role: 'columnheader' }, label)
  const direction = current === sort ? 'ascending' : current === `-${sort}` ? 'descending' : undefined
  const next = direction === undefined ? first + sort : direction === 'ascending' ? `-${sort}` : sort
  const arrow = direction === undefined ? '' : direction === 'ascending' ? '↑' : '↓'
  return h(
    'th',
    { class: className, scope: 'col', role: 'columnheader', 'aria-sort': direction },
    h(
      'button',
      { id: `sort-${sort}`, type: 'button', click: () => sortBy(next) },
      label,
      arrow && h('span', { 'aria-hidden': 'true' }, arrow),
    ),
  )
}

const sortBy = (/** @type {string} */ sort) => {
  if (shown) location.hash = addressWith(shown, { sort: sort === NEWEST_FIRST ? '' : sort, page: '' })
}

/** The narrow page has no headings to click on. @param {readonly Column[]} columns @param {string} current */
function offerSorts(columns, current) {
  const options = columns.flatMap(({ label, sort }) =>
    sort ? [h('option', { value: `-${sort}` }, `${label} ↓`), h('option', { value: sort }, `${label} ↑`)] : [],
  )
  fill(sortField, ...options)
  sortField.value = current
}

/** @param {(address: string) => void} open called with the address of a call that was chosen */
export function prepareList(open) {
  openCall = open
  sortField.addEventListener('change', () => sortBy(sortField.value))
  onZoneChange(() => redraw())
}
