// How values of a call look, in the list and in full.
import { h } from './dom.js'
import { showRange } from './time.js'

/** The attributes of a call by their names: which of them there are depends on its side and on what the operator hides. */
export const valuesOf = (/** @type {import('./api.js').Call} */ { attributes }) =>
  /** @type {Readonly<Record<string, string | number | boolean | null>>} */ (attributes)

/** As many digits as fit into 360 pixels; telephone numbers with their prefixes have fewer. */
const LONGEST_NUMBER = 30

/** A number is told apart from a name or an address, since it is never broken. @param {string} text */
export const isNumber = (text) => text.length <= LONGEST_NUMBER && /^[-+\d.*#]+$/.test(text)

/** A text on one line: a number in full; another one as far as there is room, and in full as its title. @param {string} text @param {string} [look] */
export const oneLine = (text, look = '') =>
  isNumber(text) ? h('bdi', { class: `whole ${look}` }, text) : h('bdi', { class: `cut ${look}`, title: text }, text)

/**
 * Shows amounts of one column with their points one below the other. The stylesheet gives the shorter ones the room that they lack, so that the
 * text is the amount and nothing else.
 * @param {readonly string[]} amounts
 * @returns {(amount: string) => HTMLElement}
 */
export function alignAmounts(amounts) {
  const longest = Math.max(0, ...amounts.map((amount) => fractionOf(plain(amount)).length))
  const fraction = longest > 0 ? `.${'0'.repeat(longest - 1)}` : ''
  return (amount) => h('span', { class: 'amount', 'data-lacks': fraction.slice(fractionOf(plain(amount)).length) }, plain(amount))
}

/** The API writes a whole amount as `0.0` or `25.0`, which no price list does. @param {string} amount */
const plain = (amount) => amount.replace(/\.0+$/, '')

const fractionOf = (/** @type {string} */ amount) => /\.\d+$/.exec(amount)?.[0] ?? ''

/** A range of time, broken at its dash if at all. @param {number} from @param {number} to @param {string} zone */
export const drawRange = (from, to, zone) =>
  h(
    'span',
    {},
    ...showRange(from, to, zone)
      .split(/(\s*–\s*)/)
      .map((part, index) => (index % 2 === 0 ? h('span', { class: 'whole' }, part) : part)),
  )
