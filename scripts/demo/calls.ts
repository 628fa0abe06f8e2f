import type { Row } from '../operator.ts'
import { callers, demoAsVendor, destinations, partner, vendors, type Vendor } from './cast.ts'
import { seededRandom, type Random } from './random.ts'
import { billedSeconds, price, tariffColumns } from './tariff.ts'

const outcomes = [
  { code: 200, reason: 'OK', ringSeconds: 18, weight: 62 },
  { code: 487, reason: 'Request Terminated', ringSeconds: 40, weight: 13 },
  { code: 486, reason: 'Busy Here', ringSeconds: 4, weight: 8 },
  { code: 480, reason: 'Temporarily Unavailable', ringSeconds: 45, weight: 6 },
  { code: 404, reason: 'Not Found', ringSeconds: 2, weight: 5 },
  { code: 603, reason: 'Decline', ringSeconds: 12, weight: 3 },
  { code: 408, reason: 'Request Timeout', ringSeconds: 32, weight: 2 },
  { code: 484, reason: 'Address Incomplete', ringSeconds: 1, weight: 1 },
]

const reroutable = [
  { code: 503, reason: 'Service Unavailable', ringSeconds: 3, weight: 6 },
  { code: 500, reason: 'Server Internal Error', ringSeconds: 2, weight: 2 },
  { code: 502, reason: 'Bad Gateway', ringSeconds: 1, weight: 1 },
]

/** How busy each hour of the day (UTC) is, of a hundred. */
const busyness = [4, 3, 2, 2, 4, 10, 28, 62, 90, 100, 97, 92, 74, 88, 95, 90, 76, 54, 38, 30, 24, 17, 11, 7]

const CALL_COUNT = 5_000
const FIRST_ID = 1_000_000
const REROUTED_SHARE = 0.08
const MICROSECONDS_PER_SECOND = 1_000_000
const WINDOW_MICROSECONDS = 48 * 3600 * MICROSECONDS_PER_SECOND

/** About five thousand calls that ended in the 48 hours before `now`, oldest first; a rerouted call has a row for each attempt. */
export function calls(now: Date): Row[] {
  const random = seededRandom(20_260_102)
  const nowMicros = now.getTime() * 1000
  return Array.from({ length: CALL_COUNT }, () => startOfCall(random, nowMicros))
    .toSorted((a, b) => a - b)
    .map((start) => attempts(random, start))
    .filter((rows) => rows.every(({ endMicros }) => endMicros <= nowMicros))
    .flatMap((rows) => rows.map(({ row }) => row))
    .map((row, index) => ({ id: FIRST_ID + index, ...row }))
}

function startOfCall(random: Random, nowMicros: number): number {
  const micros = nowMicros - random.upTo(WINDOW_MICROSECONDS)
  const hour = new Date(micros / 1000).getUTCHours()
  return random.upTo(100) < busyness[hour]! ? micros : startOfCall(random, nowMicros)
}

const talkSeconds = (random: Random) => Math.min(3600, Math.ceil(Math.exp(4.3 + 1.1 * random.normal())))

function attempts(random: Random, start: number) {
  const caller = random.pick(callers)
  const inbound = caller.account === partner
  const destination = inbound ? destinations[0]! : random.pick(destinations)
  const tariff = { ...destination, ratePerMinute: destination[caller.account.currency] }
  const number = destination.number + random.digits(destination.digits)
  const anonymous = caller.name === 'Anonymous'
  const leg = {
    customer_id: caller.account.customerId,
    customer_external_id: caller.account.customerId,
    customer_acc_id: caller.account.id,
    customer_acc_external_id: caller.account.id,
    destination_prefix: destination.prefix,
    ...tariffColumns('destination', tariff),
    customer_acc_vat: '0.0',
    src_name_in: caller.name,
    src_prefix_in: caller.number,
    src_name_out: caller.name,
    src_prefix_out: caller.number,
    src_prefix_routing: caller.number,
    dst_prefix_in: ['', '+', '00'][random.upTo(3)] + number,
    dst_prefix_out: number,
    dst_prefix_routing: number,
    from_domain: caller.domain,
    to_domain: 'sip.operator.example',
    ruri_domain: 'sip.operator.example',
    diversion_in: random.next() < 0.04 ? '493023125099' : null,
    pai_in: anonymous ? '<sip:12125550150@sip.operator.example>' : null,
    privacy_in: anonymous ? 'id' : null,
    local_tag: `8-${random.hex(8)}-${random.hex(8)}-${random.hex(8)}`.toUpperCase(),
    orig_call_id: `${random.hex(8)}-${random.hex(4)}-${random.hex(12)}@${caller.ip}`,
    auth_orig_transport_protocol_id: caller.transport,
    auth_orig_ip: caller.ip,
    auth_orig_port: caller.port,
    lega_user_agent: caller.agent,
    audio_recorded: false,
  }

  const route = (
    vendor: Vendor,
    from: number,
    outcome: (typeof outcomes)[number],
    attempt: { is_last_cdr: boolean; routing_attempt: number },
  ) => {
    const success = outcome.code === 200
    const duration = success ? talkSeconds(random) : 0
    const connectMicros = from + Math.round((0.2 + outcome.ringSeconds * random.next()) * MICROSECONDS_PER_SECOND)
    const endMicros = connectMicros + duration * MICROSECONDS_PER_SECOND
    const cost = { ...tariff, ratePerMinute: share(tariff.ratePerMinute, vendor), fee: share(tariff.fee, vendor) }
    const row = {
      ...leg,
      ...attempt,
      vendor_id: vendor.id,
      vendor_external_id: vendor.id,
      vendor_acc_id: vendor.accountId,
      vendor_acc_external_id: vendor.accountId,
      time_start: iso(from),
      time_connect: success ? iso(connectMicros) : null,
      time_end: iso(endMicros),
      duration,
      success,
      customer_price: price(tariff, duration),
      customer_price_no_vat: price(tariff, duration),
      customer_duration: billedSeconds(tariff, duration),
      dialpeer_prefix: destination.prefix,
      ...tariffColumns('dialpeer', cost),
      vendor_price: price(cost, duration),
      vendor_duration: billedSeconds(cost, duration),
      lega_disconnect_code: outcome.code,
      lega_disconnect_reason: outcome.reason,
      legb_disconnect_code: outcome.code,
      legb_disconnect_reason: outcome.reason,
      sign_term_ip: vendor.ip,
      sign_term_port: 5060,
      sign_term_transport_protocol_id: vendor.transport,
      term_call_id: `${random.hex(8)}-${random.hex(8)}@sip.operator.example`,
      legb_user_agent: vendor.agent,
    }
    return { row, endMicros }
  }

  const vendor = inbound ? demoAsVendor : random.pick(vendors)
  if (inbound || random.next() >= REROUTED_SHARE) {
    return [route(vendor, start, random.pick(outcomes), { is_last_cdr: true, routing_attempt: 1 })]
  }
  const failed = route(vendor, start, random.pick(reroutable), { is_last_cdr: false, routing_attempt: 1 })
  const others = vendors.filter(({ id }) => id !== vendor.id)
  return [failed, route(random.pick(others), failed.endMicros, random.pick(outcomes), { is_last_cdr: true, routing_attempt: 2 })]
}

const share = (millionths: number, { percent }: Vendor) => Math.round((millionths * percent) / 100)

function iso(micros: number) {
  const milliseconds = Math.floor(micros / 1000)
  return new Date(milliseconds).toISOString().replace('Z', `${String(micros - milliseconds * 1000).padStart(3, '0')}Z`)
}
