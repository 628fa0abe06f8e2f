const firstTime = Date.UTC(2026, 0, 1) * 1000

/** A number for an index, the same in every run. */
const scatter = (index: number, of: number) => (Math.imul(index + 1, 2_654_435_761) >>> 0) % of

const digits = (index: number, length: number) => String(scatter(index, 1e9)).padStart(length, '1').slice(0, length)

/** Yeti rounds what it bills. */
const price = (seconds: number, perThousandMinutes: number) => Math.round((seconds * perThousandMinutes) / 0.06) / 1e6

const stamp = (microseconds: number) => `${new Date(microseconds / 1000).toISOString().slice(0, -1)}000+00:00`

/** Whose calls are made: `customers` customers of `accounts` accounts each, `perDay` calls a day, over `vendors` vendors. */
export interface Traffic {
  customers: number
  accounts: number
  vendors: number
  perDay: number
}

/** One big customer: what a first load is mostly about. */
export const bigCustomer: Traffic = { customers: 1, accounts: 20, vendors: 5, perDay: 16_500 }

/** A minute of a switch with many customers. */
export const manyCustomers: Traffic = { customers: 100, accounts: 1, vendors: 10, perDay: 720_000 }

/** A CDR as Yeti writes it, one in ten of them rerouted. */
export const cdrRow = (index: number, { customers, accounts, vendors, perDay }: Traffic) => {
  const start = firstTime + Math.floor((index * 86_400e6) / perDay)
  const seconds = scatter(index, 3) === 0 ? 0 : scatter(index, 600)
  const customer = 1 + scatter(index, customers)
  const vendor = 1001 + scatter(index + 7, vendors)
  const src = `44${digits(index, 9)}`
  const dst = `380${digits(index + 1, 9)}`
  return {
    id: index + 1,
    customer_id: customer,
    vendor_id: vendor,
    customer_acc_id: customer * 100 + scatter(index + 3, accounts),
    vendor_acc_id: vendor * 100,
    destination_next_rate: 0.019,
    destination_fee: 0,
    dialpeer_next_rate: 0.0125,
    dialpeer_fee: 0,
    customer_price: price(seconds, 19),
    vendor_price: price(seconds, 12.5),
    duration: seconds,
    success: seconds > 0,
    dst_prefix_in: dst,
    dst_prefix_out: dst,
    src_prefix_in: src,
    src_prefix_out: src,
    time_start: stamp(start),
    time_connect: seconds > 0 ? stamp(start + 3_000_000) : null,
    time_end: stamp(start + 3_000_000 + seconds * 1e6),
    sign_term_ip: '203.0.113.7',
    sign_term_port: 5060,
    orig_call_id: `${digits(index, 9)}@198.51.100.4`,
    term_call_id: `${digits(index + 5, 9)}@203.0.113.7`,
    local_tag: `8-${digits(index, 8)}-65A0C1D2`,
    destination_initial_rate: 0.019,
    dialpeer_initial_rate: 0.0125,
    destination_initial_interval: 60,
    destination_next_interval: 60,
    dialpeer_initial_interval: 1,
    dialpeer_next_interval: 1,
    is_last_cdr: index % 10 !== 0,
    lega_disconnect_code: seconds > 0 ? 200 : 486,
    lega_disconnect_reason: seconds > 0 ? 'Bye' : 'Busy Here',
    legb_disconnect_code: seconds > 0 ? 200 : 486,
    legb_disconnect_reason: seconds > 0 ? 'Bye' : 'Busy Here',
    src_name_in: src,
    src_name_out: src,
    diversion_in: null,
    diversion_out: null,
    auth_orig_ip: '198.51.100.4',
    auth_orig_port: 5060,
    src_prefix_routing: src,
    dst_prefix_routing: dst,
    destination_prefix: '380',
    dialpeer_prefix: '38',
    audio_recorded: false,
    ruri_domain: '198.51.100.1',
    to_domain: '198.51.100.1',
    from_domain: '198.51.100.4',
    auth_orig_transport_protocol_id: 1,
    sign_term_transport_protocol_id: 1,
    lega_user_agent: 'Asterisk PBX 18.2',
    legb_user_agent: 'YETI SEMS',
    uuid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    pai_in: null,
    ppi_in: null,
    privacy_in: null,
    rpid_in: null,
    rpid_privacy_in: null,
    destination_reverse_billing: false,
    dialpeer_reverse_billing: false,
    customer_acc_vat: 20,
    customer_price_no_vat: price(seconds, 16),
    customer_duration: Math.ceil(seconds / 60) * 60,
    vendor_duration: seconds,
  }
}
