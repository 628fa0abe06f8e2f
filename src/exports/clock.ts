// Times as PostgreSQL shows them in a time zone (contract M.2). `Intl` knows the zones but is slow, so it is asked once for each hour.
const MICROSECONDS = 1_000_000
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400

/** Seconds that a zone is ahead of UTC at a second since 1970. */
type Offsets = (second: number) => number

/** The offsets of a time zone. Throws a RangeError if there is no such zone. */
function offsetsOf(zone: string): Offsets {
  // `Intl` does not know the zone of those who have not chosen one; it is UTC.
  if (zone === '' || zone === 'UTC' || zone === 'Factory') return () => 0
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  const at: Offsets = (second) => readOffset(format.format(second * 1000))
  /** By hour; undefined where the offset changes within the hour, as it does on Lord Howe Island. */
  const hours = new Map<number, number | undefined>()
  return (second) => {
    const hour = Math.floor(second / HOUR_SECONDS)
    if (!hours.has(hour)) {
      const first = at(hour * HOUR_SECONDS)
      hours.set(hour, first === at((hour + 1) * HOUR_SECONDS - 1) ? first : undefined)
    }
    return hours.get(hour) ?? at(second)
  }
}

/** The seconds of `…GMT+05:30`; local mean times have seconds, and `GMT` alone is none. */
function readOffset(text: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? []
  const total = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  return sign === '-' ? -total : total
}

const twoDigits = (value: number) => (value < 10 ? `0${value}` : String(value))

/** `+02`, `+05:30`, `-04:56:02`: only as much as is not zero. */
function writeOffset(offset: number): string {
  const seconds = Math.abs(offset)
  const parts = [Math.floor(seconds / HOUR_SECONDS), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits)
  while (parts.length > 1 && parts.at(-1) === '00') parts.pop()
  return (offset < 0 ? '-' : '+') + parts.join(':')
}

/** The date of a day since 1970, and what follows the time. PostgreSQL's years have no sign, and no year 0: before 1 comes 1 BC. */
function writeDate(day: number): { text: string; era: string } {
  const [, year, monthAndDay] = /^([+-]?\d+)(-\d\d-\d\d)T/.exec(new Date(day * DAY_SECONDS * 1000).toISOString())!
  const number = Number(year)
  const [shown, era] = number > 0 ? [number, ''] : [1 - number, ' BC']
  return { text: String(shown).padStart(4, '0') + monthAndDay!, era }
}

const writeFraction = (microseconds: number) => (microseconds === 0 ? '' : `.${String(microseconds).padStart(6, '0').replace(/0+$/, '')}`)

/** Whole seconds, and the microseconds beyond them. */
function split(microseconds: string): [second: number, microseconds: number] {
  const number = Number(microseconds)
  if (Number.isSafeInteger(number)) {
    const second = Math.floor(number / MICROSECONDS)
    return [second, number - second * MICROSECONDS]
  }
  const exact = BigInt(microseconds)
  const rest = ((exact % 1_000_000n) + 1_000_000n) % 1_000_000n
  return [Number((exact - rest) / 1_000_000n), Number(rest)]
}

/** Makes the function that writes stored microseconds in a time format and a zone; an empty zone is UTC. */
export function timeWriter(format: string, zone: string): (microseconds: string) => string {
  const offsets = offsetsOf(zone)
  const shown = new Map<number, string>()
  let date = { day: Number.NaN, text: '', era: '' }
  const writeLocal = (local: number) => {
    const day = Math.floor(local / DAY_SECONDS)
    if (day !== date.day) date = { day, ...writeDate(day) }
    const second = local - day * DAY_SECONDS
    return `${date.text} ${twoDigits(Math.floor(second / HOUR_SECONDS))}:${twoDigits(Math.floor(second / 60) % 60)}:${twoDigits(second % 60)}`
  }
  const showOffset = (offset: number) => {
    let text = shown.get(offset)
    if (text === undefined) shown.set(offset, (text = writeOffset(offset)))
    return text
  }
  return (microseconds) => {
    const [second, rest] = split(microseconds)
    const offset = offsets(second)
    const local = writeLocal(second + offset)
    if (format === 'round_to_seconds') return local + date.era
    const exact = local + writeFraction(rest)
    return (format === 'without_timezone' ? exact : exact + showOffset(offset)) + date.era
  }
}
