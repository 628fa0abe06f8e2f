// A small data set of two customers.
export const uuidOf = (number: number) => `00000000-0000-1000-8000-${String(number).padStart(12, '0')}`

/** What has a file: the tag of calls 3, 6, 9…, and an export. */
export const FILE = { tag: 'a1', export: uuidOf(1001) }

export const customers = [1, 2].map((id) => ({ id, name: `Customer ${id}` }))

/** The password of the first is `пароль`. */
export const accesses = [
  {
    id: 1,
    customer_id: 1,
    login: 'one',
    password_digest: '$2b$04$ABCDEFGHIJKLMNOPQRSTUOf/S/Y4GvU0qRh2mEVBVaUdNQJQgPyIu',
    allow_listen_recording: true,
  },
  { id: 2, customer_id: 1, account_ids: [11] },
  { id: 3, customer_id: 2, allow_listen_recording: true },
]

export const accounts = [11, 12, 21].map((id) => ({ id, uuid: uuidOf(id), customer_id: id < 20 ? 1 : 2, name: `Account "${id}",Ж` }))

export const calls = Array.from({ length: 40 }, (_, at) => ({
  id: at + 1,
  customer_id: 1 + (at % 2),
  customer_acc_id: [11, 21, 12, null][at % 4],
  vendor_id: [2, 1][at % 2],
  vendor_acc_id: [null, 12, 21][at % 3],
  is_last_cdr: at % 5 !== 0,
  time_start: new Date(Date.UTC(2026, 0, 1) + at * 3_600_000).toISOString(),
  duration: at,
  success: at % 2 === 0,
  customer_price: `${at}.10`,
  auth_orig_ip: `10.0.0.${at}`,
  src_name_in: 'Ж"\\,',
  src_prefix_in: `380${at}`,
  audio_recorded: at % 3 === 2,
  local_tag: FILE.tag,
}))

export const exports = [1, 2, 3].map((number) => ({
  id: number,
  uuid: uuidOf(1000 + number),
  customer_account_id: 11,
  filters: { time_start_gteq: '2026-01-01' },
  status: ['Completed', 'Pending', 'Failed'][number - 1],
  created_at: '2026-01-02T00:00:00Z',
}))
