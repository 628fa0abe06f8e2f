// A pair of fields, From and To, that takes a range of time in the zone of the page.
import { fromWallClock, MINUTE, toWallClock } from './time.js'
import { currentZone, onZoneChange } from './zone.js'

/**
 * What is wrong with a pair is said, and unsaid, as it is typed: a form that is invalid sends no `submit` in which to look again.
 * @param {HTMLInputElement} from
 * @param {HTMLInputElement} to
 */
export function rangeFields(from, to) {
  const fields = [from, to]
  /** @param {string} [zone] */
  const read = (zone = currentZone()) => ({ from: fromWallClock(from.value, zone), to: fromWallClock(to.value, zone) })
  const check = () => {
    const { from: start, to: end } = read()
    to.setCustomValidity(start !== undefined && end !== undefined && start >= end ? 'The end must be after the start.' : '')
  }
  for (const field of fields) field.addEventListener('input', check)
  onZoneChange((before) => {
    // The instants stay, so their wall clock changes.
    for (const field of fields) {
      const instant = fromWallClock(field.value, before)
      if (instant !== undefined) field.value = toWallClock(instant, currentZone())
    }
    check()
  })
  return {
    read,
    /** Whole minutes that hold the range. @param {{ from: number, to: number }} range */
    set(range) {
      from.value = toWallClock(range.from, currentZone())
      to.value = toWallClock(Math.ceil(range.to / MINUTE) * MINUTE, currentZone())
      check()
    },
  }
}
