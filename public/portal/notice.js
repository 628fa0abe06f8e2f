// Notices: what went wrong and what to do; that there is nothing to show; what is on its way; paging.
import { FailureError } from './client/index.js'
import { fill, h } from './dom.js'

/**
 * @typedef {import('./dom.js').Child} Child
 * @typedef {import('./client/index.js').Failure} Failure
 */

/** What is no answer of the API is a mistake of the page: for the developer who mends it. @param {unknown} error */
export function logMistake(error) {
  if (!(error instanceof FailureError)) console.error(error)
}

/**
 * What went wrong, what to do about it, and whether it can help to ask once more.
 * @param {unknown} error
 * @returns {{ title: string, advice: string, reference?: string, again: boolean }}
 */
export function explain(error) {
  if (!(error instanceof FailureError))
    return { title: 'This page made a mistake', advice: 'Reload it and try again.', reference: String(error), again: false }
  const { failure } = error
  switch (failure.kind) {
    case 'unreachable':
      return { title: 'The service cannot be reached', advice: 'Check your connection, then try again.', again: true }
    case 'unauthorized':
      return { title: 'You are not signed in', advice: 'Sign in and try again.', again: true }
    case 'not found':
      return { title: 'There is no such thing here', advice: 'It may have been deleted, or belong to another login.', again: false }
    case 'refused': {
      const title = failure.status === 400 ? failure.errors[0]?.title : undefined
      return {
        title: title ?? 'The service does not accept this',
        advice: detailsOf(failure) || 'Change what you asked for.',
        again: false,
      }
    }
    case 'unavailable':
      return explainUnavailable(failure)
    default:
      return { title: 'This was given up', advice: 'Try again.', again: true }
  }
}

/** @param {Extract<Failure, { kind: 'unavailable' }>} failure */
function explainUnavailable(failure) {
  const { status, requestId, retryAfterSeconds } = failure
  const wait = retryAfterSeconds ? `in ${retryAfterSeconds} seconds` : 'in a minute'
  if (status === 429) return { title: 'Too many requests', advice: detailsOf(failure) || `Try again ${wait}.`, again: true }
  const reference = requestId ?? ''
  if (status === 503) return { title: 'The service is busy', advice: `Nothing is lost. Try again ${wait}.`, reference, again: true }
  const advice = 'Try again. If it happens again, tell us the reference.'
  return { title: 'Something went wrong on our side', advice, reference, again: true }
}

/** What the service says is wrong. @param {Extract<Failure, { errors: unknown }>} failure */
const detailsOf = ({ errors }) => errors.map(({ detail }) => detail).join(' ')

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
 * @param {import('./api.js').Page['links']} links
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

/** @param {import('./api.js').Page['links']} links @param {number} current @param {(page: number) => string} addressOf */
export function beyondLast(links, current, addressOf) {
  const last = pageIn(links.last)
  const link = h('a', { href: addressOf(last) }, last === 1 ? 'Go to the only page.' : `Go to page ${last}, the last one.`)
  return nothing(`There is no page ${current}`, link)
}

/** The page that a link of a document leads to. @param {string} link */
const pageIn = (link) => Number(new URL(link).searchParams.get('page[number]') ?? 1)
