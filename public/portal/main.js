// A customer's page over the public API: who is signed in, and which part of the page the address asks for.
import { brand } from '../brand/brand.js'
import { client, onSessionEnd } from './api.js'
import { FailureError, unwrap } from './client/index.js'
import { closeCall, prepareCall, showCall } from './call.js'
import { addressOfList, prepareCalls, setUpCalls, showCalls, showCallsSkeleton } from './calls.js'
import { byId, fill, h } from './dom.js'
import { leaveExports, prepareExports, showExports, showExportsSkeleton } from './exports.js'
import { bar, nothing, showProblem } from './notice.js'
import { setOrderAccounts } from './order.js'
import { sides } from './sides.js'

/** The login of the customer who is signed in. Scripts cannot see the cookie; without this they would have to ask the server whether there is one. */
const KEY = 'portal.login'

/** The parts of the portal, and the grants of a profile that open them. */
const PARTS = /** @type {const} */ ([
  { name: 'calls', title: 'Calls', grant: 'outgoing-cdrs' },
  { name: 'incoming', title: 'Incoming', grant: 'incoming-cdrs' },
  { name: 'exports', title: 'Exports', grant: 'outgoing-cdr-exports' },
])

const entrance = byId('entrance', HTMLElement)
const portal = byId('portal', HTMLElement)
const reason = byId('sign-in-reason', HTMLElement)
const login = byId('login', HTMLInputElement)
const password = byId('password', HTMLInputElement)
const problem = byId('portal-problem', HTMLElement)

/** Undefined until it is known what the customer may see. @type {readonly (typeof PARTS)[number][] | undefined} */
let parts
/** Lets the requests go on that found the session ended, if there are any. @type {(() => void) | undefined} */
let resumeRequests

function showBrand() {
  document.title = brand.name
  for (const element of document.querySelectorAll('.brand-name')) element.textContent = brand.name
  for (const image of document.querySelectorAll('img.brand-logo')) image.setAttribute('src', brand.logo)
  if (brand.help) for (const element of document.querySelectorAll('.brand-help')) fill(element, h('a', { href: brand.help }, 'Help'))
}

/** @param {string} why */
function showEntrance(why) {
  closeCall()
  leaveExports()
  portal.hidden = true
  entrance.hidden = false
  reason.textContent = why
  login.value = localStorage.getItem(KEY) ?? ''
  const field = login.value === '' ? login : password
  field.focus()
}

async function enter() {
  const refusal = byId('sign-in-problem', HTMLElement)
  const button = byId('sign-in', HTMLFormElement).querySelector('button')
  fill(refusal)
  if (button) button.disabled = true
  try {
    unwrap(await client.signIn(login.value, password.value))
    password.value = ''
    const same = localStorage.getItem(KEY) === login.value
    localStorage.setItem(KEY, login.value)
    // Nothing of one customer stays in the page of another.
    if (resumeRequests && !same) return location.reload()
    if (resumeRequests) resume()
    else await begin()
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === 'unauthorized') {
      const notice = h('p', { class: 'notice bad' }, 'Login or password is wrong, or you may not sign in from here.')
      fill(refusal, notice)
      password.select()
    } else {
      showProblem(refusal, error)
    }
  }
  if (button) button.disabled = false
}

/** Goes on where the session ended. */
function resume() {
  showPortal()
  resumeRequests?.()
  resumeRequests = undefined
  route()
}

const showPortal = () => {
  entrance.hidden = true
  portal.hidden = false
  const who = byId('who', HTMLElement)
  who.textContent = who.title = localStorage.getItem(KEY) ?? ''
}

/** Loads what every part needs. */
async function begin() {
  showPortal()
  fill(problem)
  fill(byId('parts', HTMLElement), ...PARTS.map(() => h('li', { 'aria-hidden': 'true' }, bar())))
  route()
  try {
    const [profile, accounts] = await Promise.all([
      client.profile().then(unwrap),
      client.accounts.list({ fields: { accounts: ['name'] }, page: { size: 1000 }, sort: ['name'] }).then(unwrap),
    ])
    parts = PARTS.filter(({ grant }) => profile.data.attributes[grant])
    fill(byId('parts', HTMLElement), ...parts.map(({ name, title }) => h('li', {}, h('a', { href: `#${name}` }, title))))
    setUpCalls(accounts.data, hasPart('exports'))
    setOrderAccounts(accounts.data)
  } catch (error) {
    fill(byId('parts', HTMLElement))
    showSection('')
    return showProblem(problem, error, begin)
  }
  route()
  if (parts.length === 0) fill(problem, nothing('Nothing to see yet', 'No part of the portal is open to this login. Ask your provider.'))
}

const hasPart = (/** @type {string} */ wanted) => (parts ?? PARTS).some(({ name }) => name === wanted)

/** Shows what the address asks for; before it is known whether the customer may see that, how it will look. */
function route() {
  if (portal.hidden) return
  const [wanted = '', query = ''] = location.hash.slice(1).split('?', 2)
  const name = hasPart(wanted) ? wanted : ((parts ?? PARTS)[0]?.name ?? '')
  const members = new URLSearchParams(query)
  const side = sides.get(name)
  const id = members.get('call')
  showSection(name)
  if (!parts) return side ? showCallsSkeleton(side) : showExportsSkeleton()
  if (name === 'exports') showExports(members)
  else leaveExports()
  if (side) showCalls(name, side, members)
  if (side && id) void showCall(side, id)
  else closeCall()
}

/** @param {string} name */
function showSection(name) {
  markPart(name)
  byId('calls', HTMLElement).hidden = !sides.has(name)
  byId('exports', HTMLElement).hidden = name !== 'exports'
}

/** @param {string} current */
function markPart(current) {
  for (const link of byId('parts', HTMLElement).querySelectorAll('a')) {
    if (link.hash === `#${current}`) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  const title = PARTS.find(({ name }) => name === current)?.title
  document.title = title ? `${title} – ${brand.name}` : brand.name
}

async function leave() {
  try {
    unwrap(await client.signOut())
    localStorage.removeItem(KEY)
    // A new page keeps nothing of this one.
    location.replace(location.pathname)
  } catch (error) {
    showProblem(problem, error, leave)
  }
}

onSessionEnd(() => {
  /** @type {PromiseWithResolvers<void>} */
  const { promise, resolve } = Promise.withResolvers()
  resumeRequests = resolve
  showEntrance('Your session has ended. Sign in to go on where you were.')
  return promise
})

showBrand()
prepareCalls((address) => {
  history.pushState({ isOverList: true }, '', address)
  route()
})
prepareCall(() => {
  // A call that was opened from its list is gone back from, so that Back does not open it again.
  if (history.state?.isOverList) return history.back()
  history.replaceState(null, '', addressOfList())
  route()
})
prepareExports()
byId('sign-in', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  void enter()
})
byId('sign-out', HTMLButtonElement).addEventListener('click', leave)
byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
  event.preventDefault()
  byId('content', HTMLElement).focus()
})
window.addEventListener('hashchange', route)
// Another tab of this browser shares the session.
window.addEventListener(
  'storage',
  ({ key, newValue }) => key === KEY && newValue !== byId('who', HTMLElement).textContent && location.reload(),
)
if (localStorage.getItem(KEY)) void begin()
else showEntrance('Sign in to see your calls.')
