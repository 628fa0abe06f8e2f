// What the list of calls is asked for. It stands in the page's address, so that a search can be gone back to, reloaded and sent to somebody.
import { DAY, fromWallClock } from './time.js'

/**
 * @typedef {import('./sides.js').Side} Side
 * @typedef {import('./sides.js').Filter} Filter
 * @typedef {{ from: number, to: number }} Range from (inclusive) to (exclusive)
 * @typedef {object} Search
 * @property {string} name of the view, as the address has it
 * @property {Side} side
 * @property {URLSearchParams} members of the address
 * @property {Range} range
 * @property {Filter} filter of the API
 * @property {readonly import('./api.js').Account[]} accounts of the customer
 * @property {number} askedAt
 */

/** What calls can be filtered by, apart from their time, and whether exports can be, too. */
export const FILTERS = [
  { name: 'caller', label: 'Caller contains', exported: false },
  { name: 'called', label: 'Called contains', exported: false },
  { name: 'result', label: 'Outcome', exported: true },
  { name: 'code', label: 'Codes', exported: false },
  { name: 'account', label: 'Account', exported: true },
]

const PRESETS = new Map([
  ['24h', DAY],
  ['7d', 7 * DAY],
  ['30d', 30 * DAY],
])

/**
 * `now` stays the same while somebody pages, so that new calls do not push others to the next page.
 * @param {URLSearchParams} members
 * @param {number} now
 * @returns {Range}
 */
export function rangeOf(members, now) {
  const from = Date.parse(members.get('from') ?? '')
  const to = Date.parse(members.get('to') ?? '')
  if (members.get('range') === 'custom' && from < to) return { from, to }
  return { from: now - (PRESETS.get(members.get('range') ?? '') ?? DAY), to: now }
}

/**
 * The filter of the API that finds what was searched for.
 * @param {Side} side
 * @param {URLSearchParams} members
 * @param {Range} range
 * @returns {Filter}
 */
export function toFilter({ filters }, members, { from, to }) {
  const codes = asciiDigits(members.get('code') ?? '').match(/\d+/g)
  const result = members.get('result')
  return {
    time_start_gteq: iso(from),
    time_start_lt: iso(to),
    account_id_eq: members.get('account') || undefined,
    [filters.caller]: partOfNumber(members.get('caller') ?? '') || undefined,
    [filters.called]: partOfNumber(members.get('called') ?? '') || undefined,
    success_eq: result === 'answered' ? true : result === 'failed' ? false : undefined,
    [filters.codes]: codes ?? undefined,
  }
}

/** The digits of Arabic and Persian keyboards, and the wide ones of Chinese and Japanese, as ASCII has them. @param {string} text */
const asciiDigits = (text) => text.normalize('NFKC').replaceAll(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 15))

/**
 * A number is searched for without what it is written with, `+1 (212) 555-01`, `0044 (0)20 7946`, and without the `+` or `00` of its country:
 * switches keep numbers with and without. What has letters is a name or an address, and is searched for as it is.
 * @param {string} text
 */
function partOfNumber(text) {
  const written = asciiDigits(text).replace(/^\s*tel:/i, '')
  if (/[\p{L}@]/u.test(written)) return text
  const international = /^[^\d+*#]*(\+|00)/.test(written)
  const digits = (international ? written.replace(/\(0\)/, '') : written).replaceAll(/[^+\d*#]/g, '')
  return digits.replace(/^(\+|00)(?=.)/, '') || text
}

/**
 * What a form is set to, as the page's address keeps it: nothing blank, and instants instead of somebody's wall clock.
 * @param {HTMLFormElement} form
 * @param {string} zone
 */
export function readForm(form, zone) {
  const members = new URLSearchParams()
  for (const [name, value] of new FormData(form)) {
    const text = typeof value === 'string' ? value.trim() : ''
    const instant = name === 'from' || name === 'to' ? fromWallClock(text, zone) : undefined
    if (text !== '') members.set(name, instant === undefined ? text : iso(instant))
  }
  if (members.get('range') === '24h') members.delete('range')
  return members
}

export const iso = (/** @type {number} */ instant) => new Date(instant).toISOString()

/** @param {URLSearchParams} members @param {readonly string[]} names */
export const withOnly = (members, names) => new URLSearchParams([...members].filter(([name]) => names.includes(name)))

/** The address of a view; members that are blank are left out. @param {string} name @param {URLSearchParams} members */
export function addressOf(name, members) {
  const present = new URLSearchParams([...members].filter(([, value]) => value !== ''))
  return `#${name}${present.size > 0 ? `?${present}` : ''}`
}

/** Where a search would be with some members changed. @param {Pick<Search, 'name' | 'members'>} search @param {Record<string, string>} changes */
export const addressWith = ({ name, members }, changes) =>
  addressOf(name, new URLSearchParams({ ...Object.fromEntries(members), ...changes }))
