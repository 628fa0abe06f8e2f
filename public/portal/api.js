// The customer API by the client that customers have, too. The session is a cookie that no script can read: the browser sends it, and every answer
// renews it. So there is no token to keep or to lose here, and a session lasts as long as somebody works with it.
import { createClient, unwrap } from './client/index.js'

/**
 * @typedef {import('./client/index.js').Sending} Sending
 * @typedef {import('./client/index.js').Page<'cdrs'>} Page
 * @typedef {import('./client/index.js').ResourceObject<'accounts', 'name'>} Account
 * @typedef {'cdrs' | 'incoming-cdrs'} CallType
 */
/**
 * @template Value
 * @typedef {import('./client/index.js').Result<Value>} Result
 */
/**
 * A call without what its operator hides.
 * @template {CallType} Type
 * @typedef {object} Shown
 * @property {string} id
 * @property {Partial<import('./client/index.js').ResourceObject<Type>['attributes']>} attributes
 * @property {Partial<import('./client/index.js').ResourceObject<Type>['relationships']>} [relationships]
 */
/**
 * What is asked of the calls of either side, and what comes back. Names are those of a side, so they are checked there.
 * @typedef {Shown<'cdrs'> | Shown<'incoming-cdrs'>} Call
 * @typedef {{ data: Call, included?: Page['included'] }} CallDocument
 * @typedef {Omit<Page, 'data'> & { data: Call[] }} CallPage
 * @typedef {object} CallQuery
 * @property {import('./sides.js').Filter} [filter]
 * @property {Partial<Record<CallType, readonly string[]>>} [fields]
 * @property {readonly string[]} [include]
 * @property {readonly string[]} [sort]
 * @property {import('./client/index.js').ListQuery<'cdrs'>['page']} [page]
 */
/**
 * The calls of either side.
 * @typedef {{
 *   list(query?: CallQuery, sending?: Sending): Promise<Result<CallPage>>,
 *   pages(query?: CallQuery, sending?: Sending): AsyncGenerator<Result<CallPage>, void>,
 *   show(id: string, query?: Pick<CallQuery, 'include'>, sending?: Sending): Promise<Result<CallDocument>>,
 *   recordingInfo(id: string): Promise<Result<unknown>>,
 *   recordingUrl(id: string): string,
 * }} Calls
 */

/** What to do when the session has ended: resolves once somebody has signed in again. @type {() => Promise<void>} */
let renewSession = () => Promise.reject(new Error('Nobody can sign in yet'))

/** @param {() => Promise<void>} renew */
export const onSessionEnd = (renew) => {
  renewSession = renew
}

export const client = createClient({
  url: '',
  // Calls are nobody else's business: nothing of them stays on the disk of a shared computer.
  fetch: (request) => fetch(request, { cache: 'no-store', redirect: 'error' }),
  onSessionEnd: () => renewSession(),
  // The service makes few searches of one customer at a time. Who has to wait for longer is told so.
  patienceSeconds: 3,
})

/** @param {CallType} type @returns {Calls} */
export const callsOf = (type) => (type === 'cdrs' ? client.cdrs : client.incomingCdrs)

/** Types of which the operator hides something that would be included. @type {Set<string>} */
const withoutInclude = new Set()

/**
 * Asks for objects of a type along with what they link to, and without where the operator hides that.
 * @template {string} Relationship
 * @template Document
 * @param {string} type
 * @param {readonly Relationship[]} include
 * @param {(include: readonly Relationship[]) => Promise<Result<Document>>} ask
 * @returns {Promise<Document>}
 */
export async function askIncluding(type, include, ask) {
  const wanted = withoutInclude.has(type) ? [] : include
  const answer = await ask(wanted)
  const isHidden = !answer.ok && answer.failure.kind === 'refused' && answer.failure.errors[0]?.code === '112'
  if (!isHidden || wanted.length === 0) return unwrap(answer)
  withoutInclude.add(type)
  return unwrap(await ask([]))
}
