// One call in full, in a dialog over the list: its attributes by what they are about, and its recording.
import { askIncluding, callsOf } from './api.js'
import { FailureError, unwrap } from './client/index.js'
import { byId, fill, h } from './dom.js'
import { bar, nothing, showProblem } from './notice.js'
import { showDuration, showFullTime } from './time.js'
import { isNumber, valuesOf } from './values.js'
import { currentZone, onZoneChange } from './zone.js'

/**
 * @typedef {import('./sides.js').Side} Side
 * @typedef {import('./sides.js').Form} Form
 * @typedef {import('./api.js').CallDocument} CallDocument
 */

const dialog = byId('call', HTMLDialogElement)
const body = byId('call-body', HTMLElement)

/** Shown by the name of what it refers to, where that is included. */
const TRANSPORT = 'auth-orig-transport-protocol-id'

let loading = new AbortController()
/** The call that the dialog is open for. */
let open = ''
let leaving = false
/** Draws again what was drawn last. */
let redraw = () => {}

/** @param {Side} side @param {string} id */
export async function showCall(side, id) {
  const wanted = `${side.type}/${id}`
  if (open === wanted) return
  open = wanted
  leaving = false
  await loadCall(side, id)
}

/** @param {Side} side @param {string} id */
async function loadCall(side, id) {
  loading.abort()
  loading = new AbortController()
  const { signal } = loading
  redraw = () => {}
  drawSkeleton(side)
  if (!dialog.open) dialog.showModal()
  try {
    const document = await askIncluding(side.type, side.include, (include) => callsOf(side.type).show(id, { include }, { signal }))
    redraw = () => drawCall(side, document)
    redraw()
  } catch (error) {
    if (signal.aborted) return
    const place = h('div', { role: 'alert' })
    fill(body, place)
    // An id that the service does not accept is that of no call.
    if (error instanceof FailureError && ['not found', 'refused'].includes(error.failure.kind))
      fill(place, nothing('There is no such call', 'It may have been deleted, or belong to another login.'))
    else showProblem(place, error, () => loadCall(side, id))
  }
  body.removeAttribute('aria-busy')
}

export function closeCall() {
  if (open === '') return
  const [, id] = open.split('/')
  open = ''
  redraw = () => {}
  loading.abort()
  fill(body)
  dialog.close()
  document.getElementById(`call-${id}`)?.focus()
}

/** @param {() => void} leave called when the customer wants to close the dialog; the address that it goes to does so */
export function prepareCall(leave) {
  /** @type {EventTarget | null} */
  let pressed = null
  // Who asks twice leaves once.
  const ask = () => {
    if (open === '' || leaving) return
    leaving = true
    leave()
  }
  byId('call-close', HTMLButtonElement).addEventListener('click', ask)
  // Text that is selected up to beyond the dialog ends there in a click, too.
  dialog.addEventListener('pointerdown', ({ target }) => (pressed = target))
  dialog.addEventListener('click', ({ target }) => target === dialog && pressed === dialog && ask())
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault()
    ask()
  })
  // A browser may close it all the same when Escape is pressed again.
  dialog.addEventListener('close', ask)
  onZoneChange(() => redraw())
}

/** The groups as they will be, without what is not known yet. @param {Side} side */
function drawSkeleton({ groups }) {
  byId('call-title', HTMLElement).textContent = 'Call'
  body.setAttribute('aria-busy', 'true')
  const drawn = groups.map(({ fields }) =>
    drawGroup(
      bar(),
      fields.map(() => [bar(), bar()]),
    ),
  )
  fill(body, h('div', { class: 'groups', 'aria-hidden': 'true' }, ...drawn))
}

/** @param {Side} side @param {CallDocument} document */
function drawCall(side, { data: call, included }) {
  const { id } = call
  const attributes = valuesOf(call)
  /** @type {Partial<import('./client/index.js').ResourceObject<'cdrs'>['relationships']>} */
  const relationships = call.relationships ?? {}
  const nameOf = (/** @type {keyof typeof relationships} */ relationship) => {
    const linked = relationships[relationship]?.data
    const found = included?.find((one) => one.type === linked?.type && one.id === linked.id)
    return found?.attributes.name ?? linked?.id
  }
  const linked = /** @type {const} */ ([
    ['Account', nameOf('account')],
    ['Transport', nameOf('auth-orig-transport-protocol')],
    ['Id', id],
  ])
  /** @type {Set<string>} */
  const known = new Set(side.groups.flatMap(({ fields }) => fields.map(([attribute]) => attribute)))
  const others = Object.keys(attributes).filter(
    (name) => !known.has(name) && name !== 'rec' && (name !== TRANSPORT || linked[1][1] === undefined),
  )
  const called = attributes[side.called]
  fill(byId('call-title', HTMLElement), ...(called ? ['Call to ', show(called)] : ['Call']))
  fill(
    body,
    attributes['rec'] === true && drawRecording(callsOf(side.type), id),
    h(
      'div',
      { class: 'groups' },
      ...side.groups.map(({ title, fields }) => {
        const present = fields.filter(([attribute]) => attribute in attributes)
        return (
          present.length > 0 &&
          drawGroup(
            title,
            present.map(([attribute, label, form]) => [label, show(attributes[attribute], form)]),
          )
        )
      }),
      drawGroup('More', [
        ...linked.filter(([, value]) => value !== undefined).map(([label, value]) => /** @type {const} */ ([label, show(value)])),
        ...others.map((name) => /** @type {const} */ ([name.replaceAll('-', ' '), show(attributes[name])])),
      ]),
    ),
  )
}

/** @typedef {import('./dom.js').Child} Child */

/** @param {Child} title @param {readonly (readonly [Child, Child])[]} rows */
const drawGroup = (title, rows) =>
  h(
    'section',
    { class: 'group' },
    h('h3', {}, title),
    h('dl', {}, ...rows.map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value)))),
  )

/** @param {string | number | boolean | null | undefined} value @param {Form} [form] */
function show(value, form = 'text') {
  if (value === null || value === undefined || value === '') return h('span', { class: 'quiet' }, '–')
  switch (form) {
    case 'time':
      return whole('time', showFullTime(Date.parse(String(value)), currentZone()), { datetime: String(value), title: String(value) })
    case 'duration':
      return whole('span', `${showDuration(Number(value))} (${String(value)} s)`)
    case 'seconds':
      return whole('span', `${String(value)} s`)
    case 'boolean':
      return value === true ? 'Yes' : 'No'
    default:
      return isNumber(String(value)) ? whole('bdi', String(value)) : h('bdi', {}, String(value))
  }
}

/** What is never broken. @param {'time' | 'span' | 'bdi'} tag @param {string} text @param {Record<string, string>} [properties] */
const whole = (tag, text, properties = {}) => h(tag, { class: 'whole', ...properties }, text)

/** The browser fetches as much of a recording as it plays, with the session's cookie. @param {import('./api.js').Calls} calls @param {string} id */
function drawRecording(calls, id) {
  const src = calls.recordingUrl(id)
  const problem = h('div', { role: 'alert' })
  const audio = h('audio', { controls: true, preload: 'none', src, 'aria-label': 'Recording of this call' })
  audio.addEventListener('error', async () => {
    try {
      unwrap(await calls.recordingInfo(id))
      fill(
        problem,
        h('p', { class: 'notice bad' }, 'This browser cannot play the recording. ', h('a', { href: src, download: true }, 'Download it')),
      )
    } catch (error) {
      showProblem(problem, error, () => audio.load())
    }
  })
  return h('section', { class: 'recording' }, h('h3', {}, 'Recording'), audio, problem)
}
