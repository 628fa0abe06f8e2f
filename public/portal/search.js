// What the list of calls is asked for. It stands in the page's address, so that a search can be gone back to, reloaded and sent to somebody.
import { DAY, fromWallClock } from './time.js'

/** @typedef {import('./sides.js').Side} Side */

const PRESETS = new Map([
  ['24h', DAY],
  ['7d', 7 * DAY],
  ['30d', 30 * DAY],
])

/**
 * From when (inclusive) to when (exclusive). `now` stays the same while somebody pages, so that new calls do not push others to the next page.
 * @param {URLSearchParams} search
 * @param {number} now
 */
export function rangeOf(search, now) {
  const from = Date.parse(search.get('from') ?? '')
  const to = Date.parse(search.get('to') ?? '')
  if (search.get('range') === 'custom' && from < to) return { from, to }
  return { from: now - (PRESETS.get(search.get('range') ?? '') ?? DAY), to: now }
}

/**
 * The filters of the API that find what was searched for.
 * @param {Side} side
 * @param {URLSearchParams} search
 * @param {{ from: number, to: number }} range
 * @returns {Record<string, string>}
 */
export function toFilters(side, search, { from, to }) {
  const codes = (search.get('code') ?? '').split(/[\s,;]+/).filter(Boolean)
  const wanted = {
    time_start_gteq: new Date(from).toISOString(),
    time_start_lt: new Date(to).toISOString(),
    account_id_eq: search.get('account'),
    [`${underscored(side.caller)}_cont`]: toValue(withoutSpacing(search.get('caller'))),
    [`${underscored(side.called)}_cont`]: toValue(withoutSpacing(search.get('called'))),
    success_eq: { answered: 'true', failed: 'false' }[search.get('result') ?? ''],
    [`${underscored(side.code)}_in`]: codes.join(','),
  }
  return Object.fromEntries(Object.entries(wanted).flatMap(([name, value]) => (value ? [[`filter[${name}]`, value]] : [])))
}

const underscored = (/** @type {string} */ attribute) => attribute.replaceAll('-', '_')

/** A number may be typed as it is written, `+49 30 / 123-45`; anything else is searched for as it is. @param {string | null} text */
const withoutSpacing = (text) => (text && /^[+\d][\d\s()./-]*$/.test(text) ? text.replaceAll(/[^+\d]/g, '') : (text ?? ''))

/** A value of a filter is read as a line of CSV. @param {string} text */
const toValue = (text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/**
 * What a form is set to, as the page's address keeps it: nothing blank, and instants instead of somebody's wall clock.
 * @param {HTMLFormElement} form
 * @param {string} zone
 */
export function readForm(form, zone) {
  const search = new URLSearchParams()
  for (const [name, value] of new FormData(form)) {
    const text = typeof value === 'string' ? value.trim() : ''
    const instant = name === 'from' || name === 'to' ? fromWallClock(text, zone) : undefined
    if (text !== '') search.set(name, instant === undefined ? text : new Date(instant).toISOString())
  }
  if (search.get('range') !== 'custom') for (const name of ['from', 'to']) search.delete(name)
  return search
}
