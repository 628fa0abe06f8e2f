// Instants are milliseconds since 1970; what people read and type is the wall clock of the zone they chose.

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

/** The zones to choose from; the browser's own is always among them. */
export const zones = () => [...new Set(['UTC', browserZone, ...Intl.supportedValuesOf('timeZone')])]

/** @type {Map<string, Intl.DateTimeFormat>} */
const formatters = new Map()

/**
 * @param {string} zone
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} [locale]
 */
function formatter(zone, options, locale) {
  const key = JSON.stringify([zone, options, locale])
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })
  formatters.set(key, known)
  return known
}

/** Milliseconds that a zone's wall clock is ahead of UTC. @param {number} instant @param {string} zone */
function offsetAt(instant, zone) {
  const options = /** @type {const} */ ({ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' })
  const parts = formatter(zone, { ...options, hourCycle: 'h23' }, 'en-US').formatToParts(instant)
  /** @param {Intl.DateTimeFormatPartTypes} type */
  const part = (type) => Number(parts.find((one) => one.type === type)?.value)
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
  return wall - Math.floor(instant / MINUTE) * MINUTE
}

/** The wall clock as `<input type="datetime-local">` has it. @param {number} instant @param {string} zone */
export const toWallClock = (instant, zone) => new Date(instant + offsetAt(instant, zone)).toISOString().slice(0, 16)

/** @param {number} instant @param {string} zone */
export const isMidnight = (instant, zone) => toWallClock(instant, zone).endsWith('T00:00')

/** Undefined for what is no time. @param {string} wallClock @param {string} zone */
export function fromWallClock(wallClock, zone) {
  const wall = Date.parse(`${wallClock}Z`)
  if (Number.isNaN(wall)) return undefined
  // The offset is that of the instant itself, which a change of the clocks puts on its other side.
  return wall - offsetAt(wall - offsetAt(wall, zone), zone)
}

/** The midnight that begins a day, some days or months away. @param {number} instant @param {string} zone @param {{days?: number, months?: number, day?: number}} move */
export function midnight(instant, zone, { days = 0, months = 0, day }) {
  const wall = new Date(instant + offsetAt(instant, zone))
  const moved = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + months, (day ?? wall.getUTCDate()) + days)
  return fromWallClock(new Date(moved).toISOString().slice(0, 16), zone) ?? instant
}

/** The start of the bucket of a chart that an instant falls in. @param {number} instant @param {number} size @param {string} zone */
export function bucketStart(instant, size, zone) {
  const wall = instant + offsetAt(instant, zone)
  const start = Math.floor(wall / size) * size
  // An hour that comes twice is two hours; of what is longer, the start may have another offset than the end.
  if (size <= HOUR) return instant - (wall - start)
  return fromWallClock(new Date(start).toISOString().slice(0, 16), zone) ?? instant
}

/** @param {number} instant @param {string} zone */
export function showTime(instant, zone) {
  const yearOf = (/** @type {number} */ time) => toWallClock(time, zone).slice(0, 4)
  const thisYear = yearOf(Date.now()) === yearOf(instant)
  const year = thisYear ? {} : /** @type {const} */ ({ year: 'numeric' })
  return formatter(zone, { ...year, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(instant)
}

/** @param {number} instant @param {string} zone */
export const showFullTime = (instant, zone) => formatter(zone, { dateStyle: 'medium', timeStyle: 'long' }).format(instant)

/** @param {number} from @param {number} to @param {string} zone */
export const showRange = (from, to, zone) => formatter(zone, { dateStyle: 'medium', timeStyle: 'short' }).formatRange(from, to)

/** @param {number} instant @param {string} zone */
export const showMinute = (instant, zone) => formatter(zone, { dateStyle: 'medium', timeStyle: 'short' }).format(instant)

/** @param {number} instant @param {string} zone */
export const showHour = (instant, zone) => formatter(zone, { hour: '2-digit', minute: '2-digit' }).format(instant)

/** @param {number} instant @param {string} zone */
export const showDay = (instant, zone) => formatter(zone, { month: 'short', day: 'numeric' }).format(instant)

/** Hours are there only if there are any. @param {number} seconds */
export function showDuration(seconds) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

const number = new Intl.NumberFormat()
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })

/** @param {number} value */
export const showNumber = (value) => number.format(value)

/** @param {number} part @param {number} whole */
export const showShare = (part, whole) => (whole === 0 ? '–' : percent.format(part / whole))
