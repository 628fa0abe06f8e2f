// Times are whole microseconds since 1970, UTC. Beyond the year 2255 they exceed what a double holds, so they are bigint there.

const DATETIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?: ?(?:Z|UTC|([+\- ])(\d\d):?(\d\d)))?$/

/** As DATETIME, with any number of fraction digits and PostgreSQL's offsets of hours only; the sign is never a blank. */
const STAMP = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?(?: ?(?:Z|UTC|([+-])(\d\d)(?::?(\d\d))?))?$/

/** Reads an ISO date or date and time (deviations, row 4) as microseconds UTC; undefined if it is none, or no date of the calendar. */
export const readTime = (text: string) => toMicroseconds(DATETIME.exec(text))

/** Reads a time as PostgreSQL and its JSON write it; otherwise as `readTime`. */
export const readStamp = (text: string) => toMicroseconds(STAMP.exec(text))

function toMicroseconds(parts: RegExpExecArray | null): number | bigint | undefined {
  if (!parts) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = parts
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  const endOfDay = hour === '24' && Number(minute) === 0 && Number(second) === 0 && Number(fraction) === 0
  if ((Number(hour) > 23 && !endOfDay) || Number(minute) > 59 || Number(second) > 59) return undefined
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1)
  const seconds = date.getTime() / 1000 + Number(hour) * 3600 + (Number(minute) - offset) * 60 + Number(second)
  const microseconds = Number(fraction.slice(0, 6).padEnd(6, '0'))
  const total = seconds * 1_000_000 + microseconds
  return Number.isSafeInteger(total) ? total : BigInt(seconds) * 1_000_000n + BigInt(microseconds)
}

/** Milliseconds since 1970, cut, of stored microseconds. */
export const toMilliseconds = (microseconds: number) => Math.floor(microseconds / 1000)
