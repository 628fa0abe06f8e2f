// The customer API, as this page uses it. The session is a cookie that no script can read: the browser sends it, and every answer renews it.
// So there is no token to keep or to lose here, and a session lasts as long as somebody works with it.

const ROOT = '/api/rest/customer/v1'
const JSON_API = 'application/vnd.api+json'

/** Who has to wait for longer is told so. */
const MOST_PATIENT_SECONDS = 3

/**
 * @typedef {{ id: string, type: string, attributes?: Attributes, relationships?: Record<string, Relationship> }} Resource
 * @typedef {Record<string, string | number | boolean | null>} Attributes
 * @typedef {{ data?: { type: string, id: string } | null }} Relationship
 * @typedef {{ first: string, prev?: string, next?: string, last: string }} Links
 * @typedef {{ data: Resource[], included?: Resource[], meta: { 'total-count': number }, links: Links }} ListDocument
 * @typedef {{ data: Resource, included?: Resource[] }} ShowDocument
 * @typedef {{ title?: string, detail?: string, code?: string, source?: { pointer?: string } }} Complaint
 */

/** An answer that is not the one hoped for; status 0: there was none. */
export class ApiError extends Error {
  /** @param {number} status @param {readonly Complaint[]} complaints @param {Headers} [headers] */
  constructor(status, complaints = [], headers = new Headers()) {
    super(complaints[0]?.detail ?? `Status ${status}`)
    this.status = status
    this.complaints = complaints
    this.requestId = headers.get('x-request-id') ?? ''
    this.retryAfterSeconds = Number(headers.get('retry-after')) || 0
  }
}

/** What to do when the session has ended: resolves once somebody has signed in again. @type {() => Promise<void>} */
let renewSession = () => Promise.reject(new ApiError(401))

/** @param {() => Promise<void>} renew */
export const onSessionEnd = (renew) => {
  renewSession = renew
}

/** How new the data is that was seen last: no later answer, from another copy of the database, may be older. */
let bookmark = ''

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
async function send(path, init = {}) {
  const headers = new Headers(init.headers)
  if (bookmark) headers.set('X-D1-Bookmark', bookmark)
  // Calls are nobody else's business: nothing of them stays on the disk of a shared computer.
  const response = await fetch(ROOT + path, { cache: 'no-store', credentials: 'same-origin', redirect: 'error', ...init, headers }).catch(
    (cause) => {
      throw init.signal?.aborted ? cause : new ApiError(0)
    },
  )
  bookmark = response.headers.get('x-d1-bookmark') ?? bookmark
  if (response.ok) return response
  throw new ApiError(response.status, await readComplaints(response), response.headers)
}

/** @param {string} path @param {RequestInit} [init] */
async function sendSignedIn(path, init) {
  try {
    return await send(path, init)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    await renewSession()
    return send(path, init)
  }
}

/** Asks once more, twice at most, where the service asks to within seconds: it makes few searches of one customer at a time. @param {string} path @param {RequestInit} init */
async function sendPatiently(path, init, tries = 3) {
  try {
    return await sendSignedIn(path, init)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 429 || error.retryAfterSeconds > MOST_PATIENT_SECONDS || tries === 1) throw error
    await new Promise((resolve) => setTimeout(resolve, 1000 * error.retryAfterSeconds))
    return sendPatiently(path, init, tries - 1)
  }
}

/** @param {Response} response @returns {Promise<Complaint[]>} */
async function readComplaints(response) {
  try {
    return /** @type {{ errors?: Complaint[] }} */ (await response.json()).errors ?? []
  } catch {
    return []
  }
}

/** @param {string} login @param {string} password */
export const signIn = (login, password) =>
  send('/auth', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ auth: { login, password, cookie_auth: true } }),
  })

export const signOut = () => send('/auth', { method: 'DELETE' })

/** Types of which the operator hides something that would be included. @type {Set<string | undefined>} */
const withoutInclude = new Set()

/**
 * @param {string} path
 * @param {Record<string, string>} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>}
 */
async function getDocument(path, query, signal) {
  const { include, ...rest } = query
  const [, type] = path.split('/')
  const asked = new URLSearchParams(include && !withoutInclude.has(type) ? query : rest)
  const suffix = asked.size > 0 ? `?${asked}` : ''
  try {
    const response = await sendPatiently(path + suffix, { headers: { Accept: JSON_API }, signal: signal ?? null })
    return await response.json()
  } catch (error) {
    if (!asked.has('include') || !(error instanceof ApiError) || error.complaints[0]?.code !== '112') throw error
    withoutInclude.add(type)
    return getDocument(path, rest, signal)
  }
}

/** @param {string} path @param {Record<string, string>} query @param {AbortSignal} [signal] */
export const getList = (path, query, signal) => /** @type {Promise<ListDocument>} */ (getDocument(path, query, signal))

/** @param {string} path @param {Record<string, string>} [query] @param {AbortSignal} [signal] */
export const getOne = (path, query = {}, signal) => /** @type {Promise<ShowDocument>} */ (getDocument(path, query, signal))

/** GET the list that a link of a document leads to. @param {string} link @param {AbortSignal} signal */
export function follow(link, signal) {
  const { pathname, searchParams } = new URL(link)
  return getList(pathname.replace(ROOT, ''), Object.fromEntries(searchParams), signal)
}

/** @param {string} path @param {object} document @returns {Promise<ShowDocument>} */
export async function create(path, document) {
  const headers = { Accept: JSON_API, 'Content-Type': JSON_API }
  const response = await sendSignedIn(path, { method: 'POST', headers, body: JSON.stringify(document) })
  return response.json()
}

/** Where a file is: for `src` and `href`, which send the cookie as every request does. @param {string} path */
export const fileUrl = (path) => ROOT + path

/** Asks for a file: its headers only, or all of it. @param {string} path @param {'HEAD' | 'GET'} method */
export const requestFile = (path, method) => sendSignedIn(path, { method })
