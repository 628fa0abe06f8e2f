// The zone in which times are shown and typed: the browser's, until somebody chooses another.
import { h, fill } from './dom.js'
import { browserZone, zones } from './time.js'

const KEY = 'portal.zone'

export const currentZone = () => {
  const kept = localStorage.getItem(KEY)
  return kept && zones().includes(kept) ? kept : browserZone
}

/** @param {string} zone */
export const keepZone = (zone) => localStorage.setItem(KEY, zone)

/** @param {HTMLSelectElement} select */
export function offerZones(select) {
  const label = (/** @type {string} */ zone) => zone.replaceAll('_', ' ') + (zone === browserZone ? ' (this device)' : '')
  fill(select, ...zones().map((zone) => h('option', { value: zone }, label(zone))))
  select.value = currentZone()
}
