// The two kinds of calls, as data: those a customer made, and those that reached him. They differ in the names of their attributes only, and the
// types of the client know which those are.

/** @typedef {import('./api.js').CallType} CallType */
/** @typedef {'time' | 'duration' | 'seconds' | 'boolean' | 'text'} Form */

/**
 * @template {CallType} Type
 * @typedef {Type extends CallType ? import('./client/index.js').AttributeName<Type> : never} Attribute
 */
/**
 * @template {CallType} [Type=CallType]
 * @typedef {Type extends CallType ? import('./client/index.js').Filter<Type> : never} Filter
 */
/**
 * @template {CallType} Type
 * @typedef {Type extends CallType ? keyof import('./client/index.js').Filter<Type> : never} FilterName
 */
/**
 * @template {CallType} Type
 * @typedef {Type extends CallType ? import('./client/index.js').RelationshipName<Type> : never} Relationship
 */
/**
 * @template {CallType} Type
 * @typedef {{ title: string, fields: readonly (readonly [attribute: Attribute<Type>, label: string, form?: Form])[] }} Group
 */
/**
 * @template {CallType} [Type=CallType]
 * @typedef {object} Side
 * @property {Type} type
 * @property {string} title
 * @property {string} none
 * @property {Attribute<Type>} caller
 * @property {Attribute<Type>} callerName
 * @property {Attribute<Type>} called
 * @property {Attribute<Type>} code
 * @property {Attribute<Type>} reason
 * @property {Attribute<Type>} price
 * @property {{ caller: FilterName<Type>, called: FilterName<Type>, codes: FilterName<Type> }} filters
 * @property {readonly Relationship<Type>[]} include
 * @property {readonly Group<Type>[]} groups
 */

/** @type {readonly (readonly [Attribute<'cdrs'> & Attribute<'incoming-cdrs'>, string, Form])[]} */
const times = [
  ['time-start', 'Started', 'time'],
  ['time-connect', 'Answered at', 'time'],
  ['time-end', 'Ended', 'time'],
  ['duration', 'Talk time', 'duration'],
]

/** @type {Side<'cdrs'>} */
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
  filters: { caller: 'src_prefix_in_cont', called: 'dst_prefix_in_cont', codes: 'lega_disconnect_code_in' },
  include: ['account', 'auth-orig-transport-protocol'],
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

/** @type {Side<'incoming-cdrs'>} */
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
  filters: { caller: 'src_prefix_out_cont', called: 'dst_prefix_out_cont', codes: 'legb_disconnect_code_in' },
  include: ['account'],
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
export const sides = new Map(
  /** @type {[string, Side][]} */ ([
    ['calls', made],
    ['incoming', received],
  ]),
)
