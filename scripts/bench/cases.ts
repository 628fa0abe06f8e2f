// What is asked, and what it may cost. All times are fixed, and cut hours in the middle: that is where counting costs most.
import { ROOT } from '../../src/roots.ts'
import { data, uuidOf } from './data.ts'

/** Who is measured beside the service (`test/bench`). */
export type Peer = 'floor' | 'plain'

/** One kind of request. */
export interface Case {
  name: string
  path: string
  access?: number
  headers?: Record<string, string>
  /** Sent by POST. */
  body?: string
  status?: number
  /** Exact limits: D1 bills the same in every run. */
  most: { trips: number; read?: number }
  /** Who else answers it. The floor's answers are the same to the byte, those of the plain service in what they say. */
  peers?: readonly Peer[]
  /** What the CPU time may be of the floor's. */
  mostCpuOfFloor?: number
  /** Whether it is sent with the entity tag of its answer. */
  conditional?: boolean
  /** Whether it takes long: fewer connections then. */
  heavy?: boolean
}

const CDRS = `${ROOT}/cdrs`
const RECEIVED = `${ROOT}/incoming-cdrs`

const query = (parameters: Record<string, string | number>) =>
  `?${Object.entries(parameters)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')}`

const between = (from: string, to: string) => ({
  'filter[time_start_gteq]': `2026-01-${from}:00Z`,
  'filter[time_start_lt]': `2026-01-${to}:00Z`,
})

const HOUR = between('29T10:30', '29T11:30')
const TWO_HOURS = between('29T10:30', '29T12:30')
const DAY = between('29T10:30', '30T10:30')
const MONTH = between('01T00:30', '30T23:30')

/** A CDR that the access may see, and one that is not there. */
const SEEN = 40_001
const MISSING = 999_999_999

const limited = data.limitedAccess
const vendor = data.vendorAccess
const one = { trips: 1 }

const plain = ['plain'] as const
const both = ['floor', 'plain'] as const

/** What the bench's neighbour asks for: a list that costs next to nothing. */
export const neighboursList: Case = { name: "a neighbour's list", path: RECEIVED + query(DAY), access: vendor, most: one }

/** Nearly the default SEARCH_BUDGET: 500,000 calls, each held against 17 texts that none contains. */
export const largestSearch: Case = {
  name: 'the largest search',
  path: CDRS + query({ ...MONTH, 'filter[orig_call_id_cont_any]': Array.from({ length: 17 }, (_, at) => `z${at}`).join(',') }),
  most: one,
}

export const cases: readonly Case[] = [
  { name: 'show', path: `${CDRS}/${SEEN}`, most: { ...one, read: 4 }, peers: both, mostCpuOfFloor: 1.2 },
  { name: 'show, not found', path: `${CDRS}/${MISSING}`, status: 404, most: { ...one, read: 4 } },
  { name: 'related account', path: `${CDRS}/${SEEN}/account`, most: { ...one, read: 6 } },
  { name: 'relationship', path: `${CDRS}/${SEEN}/relationships/account`, most: { ...one, read: 6 } },
  { name: 'show, 304', path: `${CDRS}/${SEEN}`, status: 304, conditional: true, most: { ...one, read: 4 }, peers: both },
  { name: 'list 50 in 1 h', path: CDRS + query(HOUR), most: { ...one, read: 1500 }, peers: both, mostCpuOfFloor: 1.3 },
  { name: 'list 50 in 24 h', path: CDRS + query(DAY), most: { ...one, read: 1500 }, peers: both, mostCpuOfFloor: 1.3 },
  { name: 'list 50 in 30 d', path: CDRS + query(MONTH), peers: plain, most: { ...one, read: 2000 } },
  { name: 'list 50 in 24 h, 3 accounts', path: CDRS + query(DAY), access: limited, most: { ...one, read: 2500 } },
  { name: 'list 50 in 30 d, 3 accounts', path: CDRS + query(MONTH), access: limited, most: { ...one, read: 2500 } },
  {
    name: 'list 1,000 in 2 h',
    path: CDRS + query({ ...TWO_HOURS, 'page[size]': 1000 }),
    most: { ...one, read: 2500 },
    peers: both,
    mostCpuOfFloor: 1.2,
    heavy: true,
  },
  {
    name: 'list 1,000 in 24 h',
    path: CDRS + query({ ...DAY, 'page[size]': 1000 }),
    peers: plain,
    most: { ...one, read: 2500 },
    heavy: true,
  },
  {
    name: 'list 50 in 24 h, 3 filters',
    path: CDRS + query({ ...DAY, 'filter[duration_gteq]': 60, 'filter[success_eq]': 'true', 'filter[dst_prefix_in_start]': '441' }),
    peers: plain,
    most: one,
    heavy: true,
  },
  { name: 'list 50 in 24 h, cont', path: CDRS + query({ ...DAY, 'filter[src_name_in_cont]': 'R 97' }), most: one, heavy: true },
  { name: 'page 5,000 in 30 d', path: CDRS + query({ ...MONTH, 'page[number]': 5000 }), most: { trips: 2, read: 2500 } },
  { name: 'page 9,900 in 30 d', path: CDRS + query({ ...MONTH, 'page[number]': 9900 }), peers: plain, most: { trips: 2, read: 2500 } },
  {
    name: 'page 1,400, 3 accounts',
    path: CDRS + query({ ...MONTH, 'page[number]': 1400 }),
    access: limited,
    most: { trips: 2, read: 2500 },
  },
  { name: 'received 50 in 24 h', path: RECEIVED + query(DAY), access: vendor, most: { ...one, read: 1500 } },
  { name: 'received 50 in 30 d', path: RECEIVED + query(MONTH), access: vendor, most: { ...one, read: 2000 } },
  {
    name: 'received, page 2,000',
    path: RECEIVED + query({ ...MONTH, 'page[number]': 2000 }),
    access: vendor,
    most: { trips: 2, read: 2500 },
  },
  { name: 'exports list', path: `${ROOT}/cdr-exports`, most: { ...one, read: 400 } },
  { name: 'accounts list', path: `${ROOT}/accounts`, most: { ...one, read: 60 } },
  { name: 'one account of the list', path: CDRS + query({ ...MONTH, 'filter[account_id_eq]': uuidOf(103) }), most: { ...one, read: 2500 } },
  { name: 'refused token', path: `${CDRS}/${SEEN}`, access: data.lostAccess, status: 401, most: { ...one, read: 4 } },
  {
    name: 'login',
    path: `${ROOT}/auth`,
    body: JSON.stringify({ auth: { login: data.login, password: data.password } }),
    headers: { 'content-type': 'application/json' },
    status: 201,
    most: { trips: 2 },
    heavy: true,
  },
]
