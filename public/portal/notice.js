// Notices: what went wrong and what to do; that there is nothing to show; what is on its way; paging.
import { ApiError } from './api.js'
import { fill, h } from './dom.js'

/** @typedef {import('./dom.js').Child} Child */

/** What is no answer of the API is a mistake of the page: for the developer who mends it. @param {unknown} error */
export function logMistake(error) {
  if (!(error instanceof ApiError)) console.error(error)
}

/**
 * What went wrong, what to do about it, and whether it can help to ask once more.
 * @param {unknown} error
 * @returns {{ title: string, advice: string, reference?: string, again: boolean }}
 */
export function explain(error) {
  if (!(error instanceof ApiError))
    return { title: 'This page made a mistake', advice: 'Reload it and try again.', reference: String(error), again: false }
  const { status, complaints, requestId, retryAfterSeconds } = error
  const wait = retryAfterSeconds > 0 ? `in ${retryAfterSeconds} seconds` : 'in a minute'
  const details = complaints.map(({ detail }) => detail ?? '').join(' ')
  const title = 'The service does not accept this'
  switch (status) {
    case 0:
      return { title: 'The service cannot be reached', advice: 'Check your connection, then try again.', again: true }
    case 400:
      return { title: complaints[0]?.title ?? title, advice: details || 'Change what you asked for.', again: false }
    case 401:
      return { title: 'You are not signed in', advice: 'Sign in and try again.', again: true }
    case 404:
      return { title: 'There is no such thing here', advice: 'It may have been deleted, or belong to another login.', again: false }
    case 422:
      return { title, advice: details || 'Change what you asked for.', again: false }
    case 429:
      return { title: 'Too many requests', advice: details || `Try again ${wait}.`, again: true }
    case 503:
      return { title: 'The service is busy', advice: `Nothing is lost. Try again ${wait}.`, reference: requestId, again: true }
    default:
      return {
        title: 'Something went wrong on our side',
        advice: 'Try again. If it happens again, tell us the reference.',
        reference: requestId,
        again: true,
      }
  }
}

/** @param {HTMLElement} place @param {unknown} error @param {() => unknown} [again] */
export function showProblem(place, error, again) {
  const { title, advice, reference, again: canHelp } = explain(error)
  logMistake(error)
  fill(
    place,
    h(
      'div',
      { class: 'notice bad' },
      h('strong', {}, title),
      h('p', {}, advice),
      reference && h('p', { class: 'reference' }, `Reference: ${reference}`),
      canHelp && again && h('button', { type: 'button', click: again }, 'Try again'),
    ),
  )
}

/** @param {string} title @param {...Child} advice */
export const nothing = (title, ...advice) => h('div', { class: 'nothing' }, h('strong', {}, title), h('p', { class: 'quiet' }, ...advice))

/** Stands where a text will be. */
export const bar = () => h('span', { class: 'bar' })

/** The page that an address asks for; the first where it names none. @param {URLSearchParams} search */
export function pageOf(search) {
  const page = Number(search.get('page') ?? 1)
  return Number.isSafeInteger(page) && page > 0 ? page : 1
}

/**
 * Links to the pages of a list. Beyond the last one there is nothing to page through; `beyondLast` says so.
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
  place.hidden = last <= 1 || current > last
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

/** @param {import('./api.js').Links} links @param {number} current @param {(page: number) => string} addressOf */
export function beyondLast(links, current, addressOf) {
  const last = pageIn(links.last)
  const link = h('a', { href: addressOf(last) }, last === 1 ? 'Go to the only page.' : `Go to page ${last}, the last one.`)
  return nothing(`There is no page ${current}`, link)
}

/** The page that a link of a document leads to. @param {string} link */
const pageIn = (link) => Number(new URL(link).searchParams.get('page[number]') ?? 1)
