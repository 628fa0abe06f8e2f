// The view of calls: the search that the address asks for, in the form, in the list and in the chart.
import { byId } from './dom.js'
import { prepareList, showList, showListSkeleton } from './list.js'
import { addressOf, FILTERS, iso, rangeOf, toFilter, withOnly } from './search.js'
import { isSameSearch, prepareSearchForm, setSearchAccounts, showInForm } from './search-form.js'
import { MINUTE } from './time.js'
import { prepareTraffic, showTraffic, showTrafficSkeleton } from './traffic-section.js'

/**
 * @typedef {import('./api.js').Account} Account
 * @typedef {import('./search.js').Search} Search
 * @typedef {import('./sides.js').Side} Side
 */

const exporting = byId('export-range', HTMLAnchorElement)
const RANGE = ['range', 'from', 'to']
const FILTER_NAMES = FILTERS.map(({ name }) => name)

/** @type {Search | undefined} */
let shown
/** @type {readonly Account[]} */
let accounts = []
let mayExport = true
let now = Date.now()

/** @param {readonly Account[]} found @param {boolean} exports whether the customer may order any */
export function setUpCalls(found, exports) {
  accounts = found
  mayExport = exports && found.length > 0
  setSearchAccounts(found)
}

/** Shows what is known before the customer is. @param {Side} side */
export function showCallsSkeleton(side) {
  showHead(side)
  showTrafficSkeleton()
  showListSkeleton(side)
}

/** @param {Side} side */
function showHead(side) {
  byId('calls-title', HTMLElement).textContent = side.title
  exporting.hidden = side.type !== 'cdrs' || !mayExport
}

/** Shows what an address of this view asks for. @param {string} name @param {Side} side @param {URLSearchParams} asked */
export function showCalls(name, side, asked) {
  const members = withOnly(asked, [...FILTER_NAMES, ...RANGE, 'sort', 'page'])
  const range = rangeOf(members, now)
  shown = { name, side, members, range, filter: toFilter(side, members, range), accounts, askedAt: now }
  showHead(side)
  exporting.href = addressOf('exports', exportOf(shown))
  byId('clear', HTMLAnchorElement).href = addressOf(name, withOnly(members, [...RANGE, 'sort']))
  showInForm(shown)
  showTraffic(shown)
  void showList(shown, refresh)
}

/** What an export of a search is to hold. @param {Search} search */
function exportOf({ members, range }) {
  const wanted = withOnly(members, FILTER_NAMES)
  wanted.set('from', iso(range.from))
  wanted.set('to', iso(Math.ceil(range.to / MINUTE) * MINUTE))
  return wanted
}

function refresh() {
  now = Date.now()
  if (shown) showCalls(shown.name, shown.side, shown.members)
}

/** Searches from the first page on. @param {URLSearchParams} members */
function searchFor(members) {
  if (!shown) return
  const sort = shown.members.get('sort')
  if (sort) members.set('sort', sort)
  if (isSameSearch(members, shown.members) && !shown.members.has('page')) refresh()
  else location.hash = addressOf(shown.name, members)
}

/** Sets up what lasts as long as the page. @param {(address: string) => void} openCall called with the address of a call */
export function prepareCalls(openCall) {
  prepareSearchForm(searchFor)
  prepareTraffic()
  prepareList(openCall)
  byId('refresh', HTMLButtonElement).addEventListener('click', refresh)
}

/** The address of the list, without the call that is open over it. */
export const addressOfList = () => (shown ? addressOf(shown.name, shown.members) : '')
