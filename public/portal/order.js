// The form that orders an export. "Export this range" of a list of calls leads here, with what was searched for there.
import { client } from './api.js'
import { unwrap } from './client/index.js'
import { announce, byId, fill, h } from './dom.js'
import { nothing, showProblem } from './notice.js'
import { rangeFields } from './range.js'
import { FILTERS, iso } from './search.js'
import { DAY, midnight, toWallClock } from './time.js'
import { currentZone, offerZones, onZoneChange } from './zone.js'

/**
 * @typedef {import('./api.js').Account} Account
 * @typedef {NonNullable<import('./client/index.js').ExportOrder['timeFormat']>} TimeFormat
 */

const form = byId('order', HTMLFormElement)
const account = byId('order-account', HTMLSelectElement)
const preset = byId('order-range', HTMLSelectElement)
const from = byId('order-from', HTMLInputElement)
const to = byId('order-to', HTMLInputElement)
const result = byId('order-result', HTMLSelectElement)
const format = byId('order-format', HTMLSelectElement)
const remarks = byId('order-remarks', HTMLElement)
const range = rangeFields(from, to)

/** @type {ReadonlyMap<string, (now: number, zone: string) => [number, number]>} */
const presets = new Map([
  ['This month', (now, zone) => [midnight(now, zone, { day: 1 }), midnight(now, zone, { day: 1, months: 1 })]],
  ['Last month', (now, zone) => [midnight(now, zone, { day: 1, months: -1 }), midnight(now, zone, { day: 1 })]],
  ['Today', (now, zone) => [midnight(now, zone, {}), midnight(now, zone, { days: 1 })]],
  ['Yesterday', (now, zone) => [midnight(now, zone, { days: -1 }), midnight(now, zone, {})]],
  ['Last 7 days', (now, zone) => [midnight(now, zone, { days: -6 }), midnight(now, zone, { days: 1 })]],
])
const OWN_RANGE = 'From – to'

/** @type {readonly Account[]} */
let accounts = []
/** The address that the form was last set to. */
let inForm = ''

/** @param {readonly Account[]} found */
export function setOrderAccounts(found) {
  accounts = found
  const options = found.map(({ id, attributes }) => h('option', { value: id }, String(attributes.name)))
  // Of several nobody but the customer can say which.
  fill(account, found.length > 1 && h('option', { value: '' }, 'Choose an account'), ...options)
  form.hidden = found.length === 0
  const none = byId('order-none', HTMLElement)
  none.hidden = found.length > 0
  fill(none, nothing('No account yet', 'Calls can be exported once your provider has opened an account for this login.'))
}

/** Sets the form to what an address asks for, once: what was changed since stays. @param {URLSearchParams} members */
export function setOrder(members) {
  choosePreset()
  const start = Date.parse(members.get('from') ?? '')
  const end = Date.parse(members.get('to') ?? '')
  if (!(start < end) || members.toString() === inForm) return
  inForm = members.toString()
  preset.value = OWN_RANGE
  range.set({ from: start, to: end })
  result.value = members.get('result') ?? ''
  account.value = members.get('account') ?? (accounts.length === 1 ? (accounts[0]?.id ?? '') : '')
  remark(members)
}

/** Says what of a search an export cannot have. @param {URLSearchParams} members */
function remark(members) {
  const left = FILTERS.flatMap(({ name, label, exported }) => (exported || !members.has(name) ? [] : [`${label} “${members.get(name)}”`]))
  const said = [
    left.length > 0 &&
      `Your search also had ${left.join(' and ')}. An export cannot be narrowed by ${left.length === 1 ? 'this' : 'these'}: the file will have all other calls of the range, too.`,
    account.value === '' && 'An export has the calls of one account: choose which.',
  ].filter(Boolean)
  fill(remarks, said.length > 0 && h('div', { class: 'notice' }, ...said.map((one) => h('p', {}, one))))
}

/** @param {() => void} ordered called when an export was ordered */
export function prepareOrder(ordered) {
  offerZones(byId('order-zone', HTMLSelectElement))
  fill(preset, ...[...presets.keys(), OWN_RANGE].map((name) => h('option', {}, name)))
  choosePreset()
  showExample()
  preset.addEventListener('change', choosePreset)
  for (const field of [from, to]) field.addEventListener('input', () => (preset.value = OWN_RANGE))
  onZoneChange(() => {
    choosePreset()
    showExample()
  })
  format.addEventListener('change', showExample)
  account.addEventListener('change', () => remark(new URLSearchParams(inForm)))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void order(ordered)
  })
}

function choosePreset() {
  const bounds = presets.get(preset.value)?.(Date.now(), currentZone())
  if (bounds) range.set({ from: bounds[0], to: bounds[1] })
}

function showExample() {
  const zone = currentZone()
  const instant = Math.floor(Date.now() / DAY) * DAY + 45_296_789
  const wall = `${toWallClock(instant, zone).replace('T', ' ')}:56.789`
  const offset =
    new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(instant).at(-1)?.value.slice(3) || '+00'
  const examples = new Map([
    ['with_timezone', `${wall}${offset.replace(/:00$/, '')}`],
    ['without_timezone', wall],
    ['round_to_seconds', wall.slice(0, -4)],
  ])
  fill(byId('order-example', HTMLElement), 'A time in the file: ', h('span', { class: 'whole' }, examples.get(format.value)))
}

/** @param {() => void} ordered */
async function order(ordered) {
  const { from: start, to: end } = range.read()
  if (start === undefined || end === undefined) return
  const problem = byId('order-problem', HTMLElement)
  const button = byId('order-send', HTMLButtonElement)
  fill(problem)
  button.disabled = true
  try {
    const answer = await client.exports.order({
      account: account.value,
      filters: {
        time_start_gteq: iso(start),
        time_start_lt: iso(end),
        ...(result.value === '' ? {} : { success_eq: result.value === 'answered' }),
      },
      timeFormat: /** @type {TimeFormat} */ (format.value),
      timeZoneName: currentZone(),
    })
    unwrap(answer)
    announce('The export was ordered. It will appear in the list when it is ready.')
    ordered()
  } catch (error) {
    showProblem(problem, error)
  }
  button.disabled = false
}
