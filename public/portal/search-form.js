// The form of a search for calls. It shows the search that the address has, and tells of another one as soon as it is made.
import { byId, fill, h } from './dom.js'
import { rangeFields } from './range.js'
import { FILTERS, readForm } from './search.js'
import { currentZone, offerZones } from './zone.js'

/**
 * @typedef {import('./search.js').Search} Search
 */

const form = byId('filters', HTMLFormElement)
const more = byId('more-filters', HTMLDetailsElement)
const custom = byId('custom-range', HTMLFieldSetElement)
const zone = byId('zone', HTMLSelectElement)
const account = byId('account', HTMLSelectElement)
const range = rangeFields(byId('from', HTMLInputElement), byId('to', HTMLInputElement))

/** What the form was last set to, or read from it. */
let inForm = ''

/** The part of an address that the form stands for. @param {URLSearchParams} members */
const formPart = (members) => JSON.stringify([...FILTERS.map(({ name }) => name), 'range', 'from', 'to'].map((name) => members.get(name)))

/** @param {readonly import('./api.js').Account[]} accounts */
export function setSearchAccounts(accounts) {
  const options = accounts.map(({ id, attributes }) => h('option', { value: id }, String(attributes.name)))
  fill(account, h('option', { value: '' }, 'All accounts'), ...options)
}

/** Sets the form to a search that did not come from it: what somebody is typing meanwhile stays. @param {Search} search */
export function showInForm({ members, range: shown }) {
  if (formPart(members) !== inForm) {
    inForm = formPart(members)
    for (const { name } of FILTERS) {
      const field = form.elements.namedItem(name)
      if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = members.get(name) ?? ''
    }
    const preset = form.elements.namedItem('range')
    if (preset instanceof RadioNodeList) preset.value = members.get('range') ?? '24h'
    showCustomRange()
    range.set(shown)
  }
  if (custom.disabled) range.set(shown)
  const active = FILTERS.filter(({ name }) => members.has(name)).length
  byId('active-filters', HTMLElement).textContent = active > 0 ? ` (${active} in use)` : ''
  byId('clear', HTMLAnchorElement).hidden = active === 0
}

/** What is disabled is neither sent nor found invalid. */
function showCustomRange() {
  custom.hidden = custom.disabled = new FormData(form).get('range') !== 'custom'
}

/** @param {(members: URLSearchParams) => void} search called with what the form is set to */
export function prepareSearchForm(search) {
  const send = () => {
    // What is wrong can only be shown where it can be seen.
    if (!form.checkValidity()) more.open = true
    if (!form.reportValidity()) return
    const members = readForm(form, currentZone())
    inForm = formPart(members)
    search(members)
  }
  offerZones(zone)
  more.open = window.matchMedia('(min-width: 44rem)').matches
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    send()
  })
  form.addEventListener('change', ({ target }) => {
    if (target === zone || (target instanceof Node && custom.contains(target))) return
    showCustomRange()
    if (custom.disabled || (target instanceof HTMLElement && more.contains(target))) send()
  })
}

/** Whether two searches are the same to the form. @param {URLSearchParams} one @param {URLSearchParams} other */
export const isSameSearch = (one, other) => formPart(one) === formPart(other)
