// Notices: what went wrong and what to do; that there is nothing to show; paging.
import { ApiError, explain } from './api.js'
import { fill, h } from './dom.js'

/** What is no answer of the API is a mistake of the page: for whoever mends it. @param {unknown} error */
export function logMistake(error) {
  if (!(error instanceof ApiError)) console.error(error)
}

/** @param {HTMLElement} place @param {unknown} error @param {() => unknown} [again] */
export function showProblem(place, error, again) {
  const { title, advice, reference } = explain(error)
  logMistake(error)
  fill(
    place,
    h(
      'div',
      { class: 'notice bad' },
      h('strong', {}, title),
      h('p', {}, advice),
      reference && h('p', { class: 'reference' }, `Reference: ${reference}`),
      again && h('button', { type: 'button', click: again }, 'Try again'),
    ),
  )
}

/** @param {string} title @param {string} advice */
export const nothing = (title, advice) => h('div', { class: 'nothing' }, h('strong', {}, title), h('p', { class: 'quiet' }, advice))

/** @param {number} rows */
export const placeholder = (rows) =>
  h('div', { class: 'placeholder', 'aria-hidden': 'true' }, ...Array.from({ length: rows }, () => h('span', {})))

/**
 * @param {HTMLElement} place
 * @param {import('./api.js').Links} links
 * @param {number} current
 * @param {(page: number) => string} addressOf
 */
export function showPages(place, links, current, addressOf) {
  const last = pageIn(links.last)
  const hadFocus = place.contains(document.activeElement) ? document.activeElement?.textContent : undefined
  const step = (/** @type {string} */ label, /** @type {string | undefined} */ link) => {
    const page = link === undefined ? current : pageIn(link)
    return page === current
      ? h('a', { class: 'button', 'aria-disabled': 'true', role: 'link' }, label)
      : h('a', { class: 'button', href: addressOf(page) }, label)
  }
  place.hidden = last <= 1 && current === 1
  fill(
    place,
    step('First', links.first),
    step('Previous', links.prev),
    h('span', { 'aria-current': 'page' }, `Page ${current} of ${last}`),
    step('Next', links.next),
    step('Last', links.last),
  )
  if (hadFocus) [...place.querySelectorAll('a')].find(({ textContent }) => textContent === hadFocus)?.focus()
}

/** The page that a link of a document leads to. @param {string} link */
const pageIn = (link) => Number(new URL(link).searchParams.get('page[number]') ?? 1)
