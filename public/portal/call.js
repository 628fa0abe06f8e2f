// One call in full, in a dialog over the list: its attributes by what they are about, and its recording.
import { fileUrl, getOne, requestFile } from './api.js'
import { byId, fill, h } from './dom.js'
import { placeholder, showProblem } from './notice.js'
import { showDuration, showFullTime } from './time.js'
import { currentZone } from './zone.js'

/**
 * @typedef {import('./sides.js').Side} Side
 * @typedef {import('./sides.js').Form} Form
 * @typedef {import('./api.js').ShowDocument} ShowDocument
 */

const dialog = byId('call', HTMLDialogElement)
const body = byId('call-body', HTMLElement)

/** Shown by the name of what it refers to, where that is included. */
const TRANSPORT = 'auth-orig-transport-protocol-id'

let loading = new AbortController()
let open = ''

/** @param {Side} side @param {string} id */
export async function showCall(side, id) {
  if (open === `${side.type}/${id}`) return
  open = `${side.type}/${id}`
  loading.abort()
  loading = new AbortController()
  const { signal } = loading
  fill(body, placeholder(12))
  byId('call-title', HTMLElement).textContent = 'Call'
  if (!dialog.open) dialog.showModal()
  try {
    const document = await getOne(`/${side.type}/${encodeURIComponent(id)}`, { include: side.include }, signal)
    drawCall(side, document)
  } catch (error) {
    if (signal.aborted) return
    open = ''
    showProblem(body, error, () => showCall(side, id))
  }
}

export function closeCall() {
  open = ''
  loading.abort()
  fill(body)
  if (dialog.open) dialog.close()
}

/** @param {(id: string) => void} left called with the id of the call, when somebody closes the dialog */
export function prepareCall(left) {
  byId('call-close', HTMLButtonElement).addEventListener('click', () => dialog.close())
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close())
  dialog.addEventListener('close', () => {
    const [, id = ''] = open.split('/')
    if (open === '') return
    closeCall()
    left(id)
  })
}

/** @param {Side} side @param {ShowDocument} document */
function drawCall(side, { data: { id, attributes = {}, relationships }, included }) {
  const nameOf = (/** @type {string} */ relationship) => {
    const linked = relationships?.[relationship]?.data
    const found = included?.find((one) => one.type === linked?.type && one.id === linked.id)
    return found?.attributes?.['name'] ?? linked?.id
  }
  const linked = /** @type {const} */ ([
    ['Account', nameOf('account')],
    ['Transport', nameOf('auth-orig-transport-protocol')],
    ['Id', id],
  ])
  const known = new Set(side.groups.flatMap(({ fields }) => fields.map(([attribute]) => attribute)))
  const others = Object.keys(attributes).filter(
    (name) => !known.has(name) && name !== 'rec' && (name !== TRANSPORT || linked[1][1] === undefined),
  )
  byId('call-title', HTMLElement).textContent = attributes[side.called] ? `Call to ${String(attributes[side.called])}` : 'Call'
  fill(
    body,
    attributes['rec'] === true && drawRecording(`/${side.type}/${id}/rec`),
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

/** @param {string} title @param {readonly (readonly [string, import('./dom.js').Child])[]} rows */
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
      return h('time', { datetime: String(value), title: String(value) }, showFullTime(Date.parse(String(value)), currentZone()))
    case 'duration':
      return `${showDuration(Number(value))} (${String(value)} s)`
    case 'seconds':
      return `${String(value)} s`
    case 'boolean':
      return value === true ? 'Yes' : 'No'
    default:
      return h('bdi', {}, String(value))
  }
}

/** The browser fetches as much of a recording as it plays, with the session's cookie. @param {string} path */
function drawRecording(path) {
  const problem = h('div', { role: 'alert' })
  const audio = h('audio', { controls: true, preload: 'none', src: fileUrl(path), 'aria-label': 'Recording of this call' })
  audio.addEventListener('error', async () => {
    try {
      await requestFile(path, 'HEAD')
      fill(
        problem,
        h(
          'p',
          { class: 'notice bad' },
          'This browser cannot play the recording. ',
          h('a', { href: fileUrl(path), download: true }, 'Download it'),
        ),
      )
    } catch (error) {
      showProblem(problem, error, () => audio.load())
    }
  })
  return h('section', { class: 'recording' }, h('h3', {}, 'Recording'), audio, problem)
}
