// The two kinds of calls, as data: those a customer made, and those that reached him. They differ in the names of their attributes only.

/**
 * @typedef {'time' | 'duration' | 'seconds' | 'boolean' | 'text'} Form
 * @typedef {{ title: string, fields: readonly (readonly [attribute: string, label: string, form?: Form])[] }} Group
 * @typedef {object} Side
 * @property {string} type
 * @property {string} title
 * @property {string} none
 * @property {string} caller
 * @property {string} callerName
 * @property {string} called
 * @property {string} code
 * @property {string} reason
 * @property {string} price
 * @property {string} include
 * @property {readonly Group[]} groups
 */

/** @type {readonly (readonly [string, string, Form])[]} */
const times = [
  ['time-start', 'Started', 'time'],
  ['time-connect', 'Answered at', 'time'],
  ['time-end', 'Ended', 'time'],
  ['duration', 'Talk time', 'duration'],
]

/** @type {Side} */
const made = {
  type: 'cdrs',
  title: 'Calls',
  none: 'No calls',
  caller: 'src-prefix-in',
  callerName: 'src-name-in',
  called: 'dst-prefix-in',
  code: 'lega-disconnect-code',
  reason: 'lega-disconnect-reason',
  price: 'customer-price',
  include: 'account,auth-orig-transport-protocol',
  groups: [
    { title: 'Time', fields: times },
    {
      title: 'Numbers',
      fields: [
        ['src-name-in', 'Caller name'],
        ['src-prefix-in', 'Caller number'],
        ['dst-prefix-in', 'Called number'],
        ['diversion-in', 'Diverted by'],
        ['src-prefix-routing', 'Caller, as routed'],
        ['dst-prefix-routing', 'Called, as routed'],
      ],
    },
    {
      title: 'Price',
      fields: [
        ['customer-price', 'Price'],
        ['customer-duration', 'Billed time', 'duration'],
        ['destination-prefix', 'Tariff prefix'],
        ['destination-initial-interval', 'First interval', 'seconds'],
        ['destination-initial-rate', 'First rate'],
        ['destination-next-interval', 'Next intervals', 'seconds'],
        ['destination-next-rate', 'Next rate'],
        ['destination-fee', 'Connection fee'],
      ],
    },
    {
      title: 'Outcome',
      fields: [
        ['success', 'Answered', 'boolean'],
        ['lega-disconnect-code', 'Code'],
        ['lega-disconnect-reason', 'Reason'],
      ],
    },
    {
      title: 'Signalling',
      fields: [
        ['orig-call-id', 'Call-ID'],
        ['local-tag', 'Local tag'],
        ['from-domain', 'From domain'],
        ['to-domain', 'To domain'],
        ['ruri-domain', 'Request domain'],
        ['auth-orig-ip', 'Your address'],
        ['auth-orig-port', 'Your port'],
        ['lega-user-agent', 'Your device'],
      ],
    },
  ],
}

/** @type {Side} */
const received = {
  type: 'incoming-cdrs',
  title: 'Incoming calls',
  none: 'No incoming calls',
  caller: 'src-prefix-out',
  callerName: 'src-name-out',
  called: 'dst-prefix-out',
  code: 'legb-disconnect-code',
  reason: 'legb-disconnect-reason',
  price: 'vendor-price',
  include: 'account',
  groups: [
    { title: 'Time', fields: times },
    {
      title: 'Numbers',
      fields: [
        ['src-name-out', 'Caller name'],
        ['src-prefix-out', 'Caller number'],
        ['dst-prefix-out', 'Called number'],
        ['diversion-out', 'Diverted by'],
        ['src-prefix-routing', 'Caller, as routed'],
        ['dst-prefix-routing', 'Called, as routed'],
      ],
    },
    {
      title: 'Price',
      fields: [
        ['vendor-price', 'Price'],
        ['vendor-duration', 'Billed time', 'duration'],
        ['dialpeer-prefix', 'Tariff prefix'],
        ['dialpeer-initial-interval', 'First interval', 'seconds'],
        ['dialpeer-initial-rate', 'First rate'],
        ['dialpeer-next-interval', 'Next intervals', 'seconds'],
        ['dialpeer-next-rate', 'Next rate'],
        ['dialpeer-fee', 'Connection fee'],
      ],
    },
    {
      title: 'Outcome',
      fields: [
        ['success', 'Answered', 'boolean'],
        ['legb-disconnect-code', 'Code'],
        ['legb-disconnect-reason', 'Reason'],
      ],
    },
    {
      title: 'Signalling',
      fields: [
        ['term-call-id', 'Call-ID'],
        ['local-tag', 'Local tag'],
        ['sign-term-ip', 'Your address'],
        ['sign-term-port', 'Your port'],
        ['sign-term-transport-protocol-id', 'Transport number'],
        ['legb-user-agent', 'Your device'],
      ],
    },
  ],
}

/** By the name of their view in the page's address. @type {ReadonlyMap<string, Side>} */
export const sides = new Map([
  ['calls', made],
  ['incoming', received],
])
