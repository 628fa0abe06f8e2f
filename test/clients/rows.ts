import type { Kind, Row } from '../../scripts/operator.ts'

export const login = { login: 'north', password: 'north-pass' }

export const mainAccount = '2c4f2a52-1c61-4e0c-9d3e-3a3d4a1f0b11'
export const reserveAccount = '7d1a9b0e-65d1-4c0f-8a55-0f6f1d1c2b12'

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

const call = (id: number, row: Row): Row => ({
  id,
  customer_id: 1,
  customer_acc_id: 11,
  is_last_cdr: true,
  time_start: minutesAgo(100 - id),
  duration: id * 10,
  success: true,
  src_prefix_in: `38044${id}`,
  auth_orig_transport_protocol_id: 1,
  ...row,
})

/** Five calls of today and one of old that a customer made, one that another customer made. */
export const rows = {
  customers: [
    { id: 1, name: 'North' },
    { id: 2, name: 'South' },
  ],
  accounts: [
    { id: 11, uuid: mainAccount, customer_id: 1, name: 'Main', balance: '12.50', min_balance: '0', max_balance: '100' },
    { id: 12, uuid: reserveAccount, customer_id: 1, name: 'Reserve', balance: '0', min_balance: '0', max_balance: '100' },
  ],
  'api-accesses': [{ id: 1, customer_id: 1, ...login }],
  'transport-protocols': [
    { id: 1, name: 'UDP' },
    { id: 2, name: 'TCP' },
  ],
  cdrs: [
    call(1, {}),
    call(2, { success: false }),
    call(3, { auth_orig_transport_protocol_id: 2 }),
    call(4, { customer_acc_id: 12 }),
    call(5, { customer_acc_id: 12, auth_orig_transport_protocol_id: null }),
    call(6, { time_start: '2026-01-02T12:45:13.788123Z' }),
    call(7, { customer_id: 2, customer_acc_id: 21 }),
  ],
} satisfies Partial<Record<Kind, Row[]>>
