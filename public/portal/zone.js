// The one zone in which the page shows and takes times: the browser's, until the customer chooses another.
import { h, fill } from './dom.js'
import { browserZone, zones } from './time.js'

const KEY = 'portal.zone'

const keptZone = () => {
  const kept = localStorage.getItem(KEY)
  return kept && zones().includes(kept) ? kept : browserZone
}

let zone = keptZone()
/** @type {((before: string) => void)[]} */
const listeners = []

export const currentZone = () => zone

/** Calls `changed` whenever the page has another zone, with the one it had before. @param {(before: string) => void} changed */
export const onZoneChange = (changed) => listeners.push(changed)

/** @param {string} next */
function changeZone(next) {
  const before = zone
  zone = next
  for (const changed of listeners) changed(before)
}

/** @param {HTMLSelectElement} select */
export function offerZones(select) {
  const label = (/** @type {string} */ name) => name.replaceAll('_', ' ') + (name === browserZone ? ' (this device)' : '')
  fill(select, ...zones().map((name) => h('option', { value: name }, label(name))))
  select.value = zone
  onZoneChange(() => (select.value = zone))
  select.addEventListener('change', () => {
    localStorage.setItem(KEY, select.value)
    changeZone(select.value)
  })
}

// Another tab of this browser shows the same zone.
window.addEventListener('storage', ({ key }) => key === KEY && changeZone(keptZone()))
