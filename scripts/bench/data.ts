// What everything is measured on, as SQL: a big customer with 20 accounts and 500,000 CDRs in 30 days, a few others, and their exports; the
// same in every run. The service gets it as it stores it; the floor gets only what a document shows, as the document shows it.
import { encodeDecimal } from '../../src/db/decimal.ts'
import { hashPassword } from '../../src/db/password.ts'

const HOUR = 3_600_000_000
const DAY = 24 * HOUR

/** Whom and what there is to ask for. */
export const data = {
  customer: 1,
  accounts: 20,
  /** Accesses of the big customer: to all accounts, to three; and one that no longer exists. */
  access: 1,
  limitedAccess: 2,
  /** The access of a vendor who received 138,000 of the calls. */
  vendorAccess: 3,
  vendor: 1001,
  lostAccess: 99,
  login: 'bench',
  password: 'a password of the bench',
  exports: 60,
}

/** Calls with ids of their own, spread evenly over days. */
export interface Traffic {
  firstId: number
  calls: number
  /** Microseconds. */
  start: number
  days: number
  /** How many accounts of each customer make them. */
  accounts: number
}

/** As much as the big customer's 500,000 visible CDRs need. */
export const month: Traffic = { firstId: 1, calls: 690_000, start: Date.UTC(2026, 0, 1) * 1000, days: 30, accounts: data.accounts }

const LIMITED_TO = [103, 108, 115]

/** A column of a CDR: what the service stores. `shown` is what a document shows, where that is something else. */
interface Column {
  stored: string
  shown?: string
}

const decimal = (text: string): Column => ({ stored: `'${encodeDecimal(text)}'`, shown: `'${text}'` })

/** Of a number of ten-thousandths, as `encodeDecimal` has it, and as documents do. */
const price = (units: string): Column => ({
  stored: `iif(${units} = 0, '5', '6' || iif(${units} < 10000, 'A', char(65 + length(${units} / 10000)))
    || rtrim(iif(${units} < 10000, '', ${units} / 10000) || printf('%04d', ${units} % 10000), '0'))`,
  shown: `(${units} / 10000) || '.' || iif(${units} % 10000 = 0, '0', rtrim(printf('%04d', ${units} % 10000), '0'))`,
})

const plain = (stored: string): Column => ({ stored })

/** Documents cut times to milliseconds; the floor does so too. */
const SHOWN: Record<string, Column> = {
  id: plain('i'),
  customer_id: plain('customer'),
  customer_acc_id: plain('account'),
  is_last_cdr: plain('visible'),
  time_start: plain('start'),
  time_connect: plain('iif(success, start + ringing, NULL)'),
  time_end: plain('start + ringing + duration * 1000000'),
  duration: plain('duration'),
  success: plain('success'),
  destination_initial_interval: plain('60'),
  destination_initial_rate: decimal('0.0123'),
  destination_next_interval: plain('60'),
  destination_next_rate: decimal('0.0105'),
  destination_fee: decimal('0.0'),
  customer_price: price('(minutes * 123)'),
  customer_duration: plain('minutes * 60'),
  src_name_in: plain("'Caller ' || (h % 977)"),
  src_prefix_in: plain("'49' || number"),
  from_domain: plain("'sip.example.com'"),
  dst_prefix_in: plain("'44' || (number + 13)"),
  to_domain: plain("'pbx.example.net'"),
  ruri_domain: plain("'gw1.example.net'"),
  diversion_in: plain('NULL'),
  local_tag: plain("printf('8-%08X-%08X', h, g)"),
  lega_disconnect_code: plain('iif(success, 200, 486)'),
  lega_disconnect_reason: plain("iif(success, 'OK', 'Busy Here')"),
  auth_orig_transport_protocol_id: plain('1 + h % 3'),
  auth_orig_ip: { stored: "'40a01' || printf('%02x', h % 250) || '0720'", shown: "'10.1.' || (h % 250) || '.7'" },
  auth_orig_port: plain('1024 + h % 60000'),
  src_prefix_routing: plain("'49' || number"),
  dst_prefix_routing: plain("'44' || (number + 13)"),
  destination_prefix: plain("'44'"),
  orig_call_id: plain("printf('%08x-%08x@sip.example.com', g, i)"),
  lega_user_agent: plain("'Asterisk PBX 18.9'"),
}

/** What else a switch sends of a call. */
const NOT_SHOWN: Record<string, Column> = {
  vendor_id: plain('1001 + g % 5'),
  is_incoming: plain('g % 5 = 0'),
  vendor_acc_id: plain('100100 + g % 5'),
  destination_reverse_billing: plain('0'),
  customer_acc_vat: decimal('0.0'),
  customer_price_no_vat: price('(minutes * 123)'),
  dialpeer_prefix: plain("'44'"),
  dialpeer_initial_interval: plain('1'),
  dialpeer_initial_rate: decimal('0.0071'),
  dialpeer_next_interval: plain('1'),
  dialpeer_next_rate: decimal('0.0071'),
  dialpeer_fee: decimal('0.0'),
  dialpeer_reverse_billing: plain('0'),
  vendor_price: price('(minutes * 71)'),
  vendor_duration: plain('duration'),
  src_prefix_out: plain("'49' || number"),
  dst_prefix_out: plain("'44' || (number + 13)"),
  legb_disconnect_code: plain('iif(success, 200, 486)'),
  legb_disconnect_reason: plain("iif(success, 'OK', 'Busy Here')"),
  sign_term_ip: plain("'203.0.113.7'"),
  sign_term_port: plain('5060'),
  sign_term_transport_protocol_id: plain('1'),
  term_call_id: plain("printf('%08x-%08x@203.0.113.7', h, i)"),
  legb_user_agent: plain("'SEMS'"),
  audio_recorded: plain('i % 20 = 0'),
}

/** Calls `from` to `to`, each a row of what the columns are made of: 0.805 of them the big customer's, every tenth not the last of its call. */
const calls = ({ firstId, calls: count, start, days, accounts }: Traffic, from: number, to: number) => `
  WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to}),
  scattered AS (SELECT i, i * 2654435761 % 4294967296 AS h, i * 2246822519 % 4294967291 AS g FROM n),
  placed AS (SELECT i, h, g, CASE WHEN h % 1000 < 805 THEN 1 WHEN h % 1000 < 966 THEN 2 WHEN h % 1000 < 982 THEN 3 ELSE 4 + h % 20 END AS customer,
    g % 10 <> 0 AS visible, ${start} + (i - ${firstId}) * ${Math.floor((days * DAY) / count)} + g % 3000000 AS start,
    g / 10 % 7 <> 0 AS success, h / 1000 % 600 AS duration, 2500000 + g % 9000000 AS ringing, g % 899999999 + 100000000 AS number FROM scattered),
  call AS (SELECT i, h, g, customer, customer * 100 + 1 + g / 10 % ${accounts} AS account, visible, start, success, ringing, number,
    iif(success, duration, 0) AS duration, iif(success, (duration + 59) / 60, 0) AS minutes FROM placed)`

const PER_STATEMENT = 50_000

/** INSERTs in pieces, as D1 takes them. */
function inserts(columns: Record<string, Column>, valueOf: (column: Column) => string, traffic: Traffic): string[] {
  const names = Object.keys(columns).join(', ')
  const values = Object.values(columns).map(valueOf).join(', ')
  const statements: string[] = []
  const end = traffic.firstId + traffic.calls
  for (let from = traffic.firstId; from < end; from += PER_STATEMENT) {
    const rows = calls(traffic, from, Math.min(from + PER_STATEMENT, end) - 1)
    statements.push(`INSERT INTO cdrs (${names}) ${rows} SELECT ${values} FROM call`)
  }
  return statements
}

/** The uuid of an account. */
export const uuidOf = (account: number) => `00000000-0000-4000-8000-${String(account).padStart(12, '0')}`

const numbered = (to: number) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`

/** Counters of calls whose days have none yet, as `ingest/counters.ts` keeps them. */
function counters({ firstId }: Traffic, side: 0 | 1, unit: 0 | 1): string[] {
  const [owner, account, only] =
    side === 0 ? ['customer_id', 'customer_acc_id', ' AND is_last_cdr = 1'] : ['vendor_id', 'vendor_acc_id', '']
  const start = `time_start / ${unit === 0 ? HOUR : DAY}`
  const rows = `count(*) FROM cdrs WHERE id >= ${firstId}${only}`
  return [
    `INSERT INTO owner_counters SELECT ${side}, ${owner}, ${unit}, ${start}, ${rows} GROUP BY 2, 4`,
    `INSERT INTO account_counters SELECT ${side}, ${owner}, ${account}, ${unit}, ${start}, ${rows} GROUP BY 2, 3, 5`,
  ]
}

/** Statements that make customers, accounts, accesses and exports. */
export const peopleData = async (): Promise<string[]> => [
  `INSERT INTO customers (id, name) ${numbered(23)} SELECT i, 'Customer ' || i FROM n`,
  `INSERT INTO accounts (id, uuid, customer_id, name, balance, min_balance, max_balance, destination_rate_limit, external_id, total_capacity)
    ${numbered(23 * data.accounts)} SELECT id, printf('00000000-0000-4000-8000-%012d', id), id / 100, 'Account ' || id, '6D1205', '5', '6E1', '6A1', id, 100
    FROM (SELECT (1 + (i - 1) / ${data.accounts}) * 100 + 1 + (i - 1) % ${data.accounts} AS id FROM n)`,
  `INSERT INTO api_accesses (id, customer_id, login, password_digest, account_ids) VALUES
    (${data.access}, ${data.customer}, '${data.login}', '${await hashPassword(data.password)}', '[]'),
    (${data.limitedAccess}, ${data.customer}, 'limited', NULL, '[${LIMITED_TO.join(',')}]'),
    (${data.vendorAccess}, ${data.vendor}, 'vendor', NULL, '[]')`,
  `INSERT INTO incoming_vendors (vendor_id) VALUES (${data.customer}), (${data.vendor})`,
  `INSERT INTO transport_protocols VALUES (1, 'UDP'), (2, 'TCP'), (3, 'TLS')`,
  `INSERT INTO cdr_exports (id, uuid, customer_id, customer_account_id, filters, fields, status, rows_count,
      created_at, updated_at)
    ${numbered(data.exports * 4)} SELECT i, printf('00000000-0000-4000-9000-%012d', i), 1 + i % 4, (1 + i % 4) * 100 + 1 + i % ${data.accounts},
    '{"time_start_gteq":"2026-01-01","time_start_lt":"2026-01-02"}', '["id","time_start"]', 'Completed', i * 100,
    ${month.start} + i * ${HOUR}, ${month.start} + i * ${HOUR} FROM n`,
]

/** Statements that make calls and count them. */
export const callData = (traffic: Traffic): string[] => [
  ...inserts({ ...SHOWN, ...NOT_SHOWN }, ({ stored }) => stored, traffic),
  ...counters(traffic, 0, 0),
  ...counters(traffic, 0, 1),
  ...counters(traffic, 1, 0),
  ...counters(traffic, 1, 1),
  `UPDATE ingest_state SET cdrs = (SELECT count(*) FROM cdrs)`,
]

/** Statements that make the floor's tables and fill them. */
export const floorData = (traffic: Traffic): string[] => [
  'CREATE TABLE api_accesses (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, account_ids TEXT NOT NULL) STRICT',
  `INSERT INTO api_accesses VALUES (${data.access}, ${data.customer}, '[]'), (${data.limitedAccess}, ${data.customer}, '[${LIMITED_TO.join(',')}]')`,
  `CREATE TABLE cdrs (id INTEGER PRIMARY KEY, customer_id INTEGER, customer_acc_id INTEGER, is_last_cdr INTEGER, time_start INTEGER,
    time_connect INTEGER, time_end INTEGER, duration INTEGER, success INTEGER, destination_initial_interval INTEGER,
    destination_initial_rate TEXT, destination_next_interval INTEGER, destination_next_rate TEXT, destination_fee TEXT, customer_price TEXT,
    customer_duration INTEGER, src_name_in TEXT, src_prefix_in TEXT, from_domain TEXT, dst_prefix_in TEXT, to_domain TEXT, ruri_domain TEXT,
    diversion_in TEXT, local_tag TEXT, lega_disconnect_code INTEGER, lega_disconnect_reason TEXT, auth_orig_transport_protocol_id INTEGER,
    auth_orig_ip TEXT, auth_orig_port INTEGER, src_prefix_routing TEXT, dst_prefix_routing TEXT, destination_prefix TEXT, orig_call_id TEXT,
    lega_user_agent TEXT, rec INTEGER) STRICT`,
  'CREATE INDEX cdrs_customer_time ON cdrs (customer_id, time_start) WHERE is_last_cdr = 1',
  ...inserts({ ...SHOWN, rec: plain('0') }, ({ stored, shown }) => shown ?? stored, traffic),
]
