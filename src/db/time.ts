// Times are whole microseconds since 1970, UTC. Beyond the year 2255 they exceed what a double holds, so they are bigint there.

/** An hour and a day, by which CDRs are counted and kept. */
export const HOUR_MICROSECONDS = 3_600_000_000
export const DAY_MICROSECONDS = 24 * HOUR_MICROSECONDS
export const DAY_MILLISECONDS = DAY_MICROSECONDS / 1000

const DATETIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?: ?(?:Z|UTC|([+\- ])(\d\d):?(\d\d)))?$/

/** Reads an ISO date or date and time (deviations, row 4) as microseconds UTC; undefined if it is none, or no date of the calendar. */
export function readTime(text: string): number | bigint | undefined {
  const parts = DATETIME.exec(text)
  return parts?.[6] === '60' ? undefined : toMicroseconds(parts)
}

/** What PostgreSQL prints and JSON has, with what PostgreSQL reads besides: single digits, small letters, blanks, offsets of hours, minutes or seconds. */
const STAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:T|[\t-\r ]+)(\d\d?):(\d\d?)(?::(\d\d?)(?:\.(\d*))?)?)?(?:[\t-\r ]*(?:Z|UTC|GMT|([+-])(\d\d?)(?::?(\d\d)(?::(\d\d))?)?))?$/i

/** PostgreSQL takes no longer ones either. */
const LONGEST = 128

/** ISO 8601 without separators, in the date or in the time. */
const BASIC_DATE = /^(\d{4})(\d\d)(\d\d)(?!\d)/
const BASIC_TIME = /(T|[\t-\r ])(\d\d)(\d\d)(\d\d)?(?![\d:])/i

const separated = (text: string) =>
  text
    .replace(BASIC_DATE, '$1-$2-$3')
    .replace(BASIC_TIME, (_, before: string, hour: string, minute: string, second = '0') => `${before}${hour}:${minute}:${second}`)

/** What the API can show: from the year 1 to 9999, UTC. */
const FIRST = -62_135_596_800_000_000n
const LAST = 253_402_300_799_999_999n

/** Reads a time as PostgreSQL does, ISO 8601 in all its notations but weeks and days of the year; without an offset it is UTC. */
export function readStamp(text: string): number | bigint | undefined {
  if (text.length > LONGEST) return undefined
  const trimmed = text.trim()
  const parts = STAMP.exec(trimmed) ?? STAMP.exec(separated(trimmed))
  // PostgreSQL calls the year before 1 AD 1 BC.
  if (parts?.[1] === '0000') return undefined
  const stored = toMicroseconds(parts)
  return stored === undefined || stored < FIRST || stored > LAST ? undefined : stored
}

function toMicroseconds(parts: RegExpExecArray | null): number | bigint | undefined {
  if (!parts) return undefined
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    sign,
    zoneHour = '0',
    zoneMinute = '0',
    zoneSecond = '0',
  ] = parts
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  const isWhole = Number(fraction) === 0
  const endOfDay = hour === '24' && Number(minute) === 0 && Number(second) === 0 && isWhole
  if ((Number(hour) > 23 && !endOfDay) || Number(minute) > 59) return undefined
  // A leap second is the first of the next minute.
  if (Number(second) > (isWhole ? 60 : 59)) return undefined
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59 || Number(zoneSecond) > 59) return undefined
  const offset = (Number(zoneHour) * 3600 + Number(zoneMinute) * 60 + Number(zoneSecond)) * (sign === '-' ? -1 : 1)
  const seconds = date.getTime() / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset
  const microseconds = Number(fraction.slice(0, 6).padEnd(6, '0'))
  const total = seconds * 1_000_000 + microseconds
  return Number.isSafeInteger(total) ? total : BigInt(seconds) * 1_000_000n + BigInt(microseconds)
}

const LAST_MILLISECONDS = Number(LAST / 1000n)

/** Milliseconds since 1970, cut, of stored microseconds. As a double, which the database answers, the last of 9999 are the first of 10000. */
export const toMilliseconds = (microseconds: number | bigint) => Math.min(Math.floor(Number(microseconds) / 1000), LAST_MILLISECONDS)
