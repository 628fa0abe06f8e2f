import { calls } from './demo/calls.ts'
import { accounts, demoId, partnerId, vendors } from './demo/cast.ts'
import type { Kind, Row } from './operator.ts'

/** The rows that `npm start` loads into an empty database: those of the two documented exchanges, and two days of a customer's calls. */
export const demoRows = (now: Date): Partial<Record<Kind, Row[]>> => ({
  customers: [
    { id: 501, name: 'Seed CDR customer', external_id: 501 },
    { id: 502, name: 'Seed CDR exports customer', external_id: 502 },
    { id: demoId, name: 'Demo', external_id: demoId },
    { id: partnerId, name: 'Demo partner', external_id: partnerId },
    ...vendors.map(({ id, name }) => ({ id, name, external_id: id })),
  ],
  accounts: [
    { id: 5011, uuid: '7aa54476-8610-5998-a406-2e63e0324f89', customer_id: 501, name: 'Seed account CDR', external_id: 5011, ...noLimits },
    {
      id: 5021,
      uuid: 'baf2669e-f290-541a-81d8-f2770d1e8ad7',
      customer_id: 502,
      name: 'Seed account exports',
      external_id: 5021,
      ...noLimits,
    },
    ...accounts.map(({ id, uuid, customerId, name, balance }) => ({
      id,
      uuid,
      customer_id: customerId,
      name,
      external_id: id,
      ...noLimits,
      balance,
      min_balance: '-500.0',
      max_balance: '10000.0',
      balance_low_threshold: '100.0',
      max_call_duration: 7200,
      origination_capacity: 50,
      total_capacity: 100,
    })),
  ],
  'api-accesses': [
    { id: 16, customer_id: 502, login: 'seed16', password: 'seed16', ...anywhere },
    { id: 19, customer_id: 501, login: 'seed19', password: 'seed19', ...anywhere },
    { id: demoId, customer_id: demoId, login: 'demo', password: 'demo', ...anywhere },
  ],
  'transport-protocols': [
    { id: 1, name: 'UDP' },
    { id: 2, name: 'TCP' },
    { id: 3, name: 'TLS' },
  ],
  cdrs: [documentedCdr, ...calls(now)],
  'cdr-exports': [
    { id: 159, uuid: '05776fa6-e7d9-11f0-bf40-0a63caf27539', ...documentedExport('2026-01-02T12:46:13.410123Z') },
    { id: 160, uuid: '0576e37e-e7d9-11f0-bf40-0a63caf27539', ...documentedExport('2026-01-02T12:46:13.407456Z') },
  ],
})

const anywhere = { account_ids: [], allowed_ips: ['0.0.0.0/0', '::/0'], allow_listen_recording: false }

const noLimits = { balance: '0.0', min_balance: '0.0', max_balance: '0.0' }

const documentedCdr = {
  id: 8,
  customer_id: 501,
  customer_external_id: 501,
  customer_acc_id: 5011,
  customer_acc_external_id: 5011,
  is_last_cdr: true,
  time_start: '2026-01-02T12:45:13.788123Z',
  time_connect: '2026-01-02T12:45:13.788123Z',
  time_end: '2026-01-02T12:45:43.788123Z',
  duration: 30,
  success: true,
  destination_prefix: 'Destination Prefix',
  destination_initial_interval: 30,
  destination_initial_rate: '10.5',
  destination_next_interval: 60,
  destination_next_rate: '8.2',
  destination_fee: '3.15',
  customer_price: '2.0',
  src_name_in: 'Src name In',
  src_prefix_in: '123',
  from_domain: 'From Domain',
  dst_prefix_in: '456',
  to_domain: 'To Domain',
  ruri_domain: 'rURI Domain',
  diversion_in: 'Deversion In',
  src_prefix_routing: 'SRC Prefix Routing',
  dst_prefix_routing: 'DST Prefix Routing',
  local_tag: 'EU',
  lega_disconnect_code: 200,
  lega_disconnect_reason: '201',
  auth_orig_transport_protocol_id: 1,
  auth_orig_ip: '127.0.0.1',
  auth_orig_port: 8080,
}

const exportedColumns = (
  'time_start time_connect time_end success duration src_name_in src_prefix_in dst_prefix_in from_domain to_domain ruri_domain ' +
  'lega_disconnect_code lega_disconnect_reason auth_orig_ip auth_orig_port src_prefix_routing dst_prefix_routing destination_prefix ' +
  'destination_initial_interval destination_next_interval destination_initial_rate destination_next_rate destination_fee customer_price ' +
  'customer_duration orig_call_id local_tag lega_user_agent diversion_in'
).split(' ')

const documentedExport = (createdAt: string) => ({
  customer_account_id: 5021,
  filters: { time_start_gteq: '2018-01-01T00:00:00.000Z', is_last_cdr_eq: true, customer_acc_id_eq: 5021 },
  fields: exportedColumns,
  status: 'Pending',
  time_format: 'with_timezone',
  created_at: createdAt,
  updated_at: createdAt,
})
