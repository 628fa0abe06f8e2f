// What fields and operators mean, in words. What a resource has is in its definition; a field without words fails the documents' test.
import type { OperatorName } from '../read/definition/operators.ts'

type Words = Readonly<Record<string, string>>

const call: Words = {
  id: 'Number of the call record',
  time_start: 'When the call began',
  time_connect: 'When the call was answered',
  time_end: 'When the call ended',
  duration: 'Seconds from answer to end',
  success: 'Whether the call was answered',
  src_prefix_routing: 'Calling number as routing saw it',
  dst_prefix_routing: 'Called number as routing saw it',
  local_tag: "The switch's own tag of the call",
  account_id: 'Uuid of the account that the call is billed to',
  rec: 'Whether there is a recording that you may hear',
}

const cdrs: Words = {
  ...call,
  destination_initial_interval: 'Seconds billed at least',
  destination_initial_rate: 'Price of a minute within the initial interval',
  destination_next_interval: 'Seconds billed at a time after the initial interval',
  destination_next_rate: 'Price of a minute after the initial interval',
  destination_fee: 'Price of the connection',
  destination_reverse_billing: 'Whether the customer is paid for the call instead of paying',
  customer_acc_vat: "VAT of the customer's account, in percent",
  customer_price: 'Price of the call',
  customer_price_no_vat: 'Price of the call without VAT',
  customer_duration: 'Seconds billed',
  src_name_in: 'Calling name as received',
  src_prefix_in: 'Calling number as received',
  from_domain: 'Domain of the From header',
  dst_prefix_in: 'Called number as received',
  to_domain: 'Domain of the To header',
  ruri_domain: 'Domain of the request URI',
  diversion_in: 'Diversion header as received',
  lega_disconnect_code: 'SIP code that the call ended with, towards the caller',
  lega_disconnect_reason: 'SIP reason that the call ended with, towards the caller',
  auth_orig_transport_protocol_id: 'Id of the transport protocol that the call came by',
  auth_orig_ip: 'Address that the call came from',
  auth_orig_port: 'Port that the call came from',
  destination_prefix: 'Prefix of the rate that the call was billed by',
  orig_call_id: 'Call-ID of the incoming leg',
  lega_user_agent: "User-Agent of the caller's side",
  pai_in: 'P-Asserted-Identity header as received',
  ppi_in: 'P-Preferred-Identity header as received',
  privacy_in: 'Privacy header as received',
  rpid_in: 'Remote-Party-ID header as received',
  rpid_privacy_in: 'RPID-Privacy header as received',
}

const incomingCdrs: Words = {
  ...call,
  dialpeer_initial_interval: 'Seconds paid for at least',
  dialpeer_initial_rate: 'Price of a minute within the initial interval',
  dialpeer_next_interval: 'Seconds paid for at a time after the initial interval',
  dialpeer_next_rate: 'Price of a minute after the initial interval',
  dialpeer_fee: 'Price of the connection',
  dialpeer_reverse_billing: 'Whether the vendor pays for the call instead of being paid',
  dialpeer_prefix: 'Prefix of the rate that the call was paid by',
  vendor_price: 'Price of the call',
  vendor_duration: 'Seconds paid for',
  src_name_out: 'Calling name as sent',
  src_prefix_out: 'Calling number as sent',
  dst_prefix_out: 'Called number as sent',
  diversion_out: 'Diversion header as sent',
  legb_disconnect_code: 'SIP code that the call ended with, towards the called side',
  legb_disconnect_reason: 'SIP reason that the call ended with, towards the called side',
  sign_term_ip: 'Address that the call was sent to, as text',
  sign_term_port: 'Port that the call was sent to',
  sign_term_transport_protocol_id: 'Id of the transport protocol that the call was sent by',
  term_call_id: 'Call-ID of the outgoing leg',
  legb_user_agent: 'User-Agent of the called side',
}

const cdrExports: Words = {
  id: 'Uuid of the export',
  filters: 'What the export was limited to',
  status: 'How far the export is',
  rows_count: 'Number of calls in the file, once it is complete',
  created_at: 'When the export was ordered',
  updated_at: 'When its status last changed',
  time_format: 'How times stand in the file',
  time_zone_name: 'Time zone of the times in the file; UTC where there is none',
  account_id: 'Uuid of the account whose calls were exported',
}

const accounts: Words = {
  id: 'Uuid of the account',
  name: 'Name of the account',
  balance: 'Money on the account',
  min_balance: 'The least that the balance may be',
  max_balance: 'The most that the balance may be',
  balance_low_threshold: 'Balance below which a notice is sent',
  balance_high_threshold: 'Balance above which a notice is sent',
  destination_rate_limit: 'The highest price of a minute that calls may have',
  max_call_duration: 'Seconds that a call may last',
  external_id: 'Number of the account in the billing system',
  uuid: 'Uuid of the account, as `id`',
  origination_capacity: 'Calls that may be made at once',
  termination_capacity: 'Calls that may be received at once',
  total_capacity: 'Calls that there may be at once',
}

const byType: ReadonlyMap<string, Words> = new Map([
  ['cdrs', cdrs],
  ['incoming-cdrs', incomingCdrs],
  ['cdr-exports', cdrExports],
  ['accounts', accounts],
  ['transport-protocols', { name: 'Name of the protocol' }],
])

const resources: ReadonlyMap<string, string> = new Map([
  ['cdrs', 'Calls that you made: the last attempt of each'],
  ['incoming-cdrs', 'Calls that you received as a vendor: every attempt'],
  ['cdr-exports', 'CSV files of calls that you made'],
  ['accounts', 'Your accounts'],
  ['profiles', 'Which parts of the portal you may see'],
  ['transport-protocols', 'How a call was signalled'],
])

/** What a resource is. */
export const describeResource = (type: string) => found(resources.get(type), type)

/** What a field means. */
export function describeField(type: string, field: string): string {
  // A profile has a switch per part of the portal, and nothing else.
  if (type === 'profiles') return `Whether the portal shows ${field.replaceAll('_', ' ')}`
  return found(byType.get(type)?.[field], `${type}.${field}`)
}

function found(words: string | undefined, name: string): string {
  if (words === undefined) throw new Error(`${name} has no words in src/openapi/words.ts`)
  return words
}

const operators: Readonly<Record<OperatorName, string>> = {
  eq: 'equals',
  not_eq: 'does not equal',
  gt: 'more than',
  gteq: 'at least',
  lt: 'less than',
  lteq: 'at most',
  in: 'one of',
  not_in: 'none of',
  cont: 'contains',
  start: 'starts with',
  end: 'ends with',
  cont_any: 'contains any of',
}

const ofTimes = new Map<OperatorName, string>([
  ['gt', 'after'],
  ['gteq', 'at or after'],
  ['lt', 'before'],
  ['lteq', 'at or before'],
])

/** What an operator asks of a field. */
export const describeOperator = (operator: OperatorName, ofTime: boolean) =>
  (ofTime ? ofTimes.get(operator) : undefined) ?? operators[operator]
