import type { Tariff } from './tariff.ts'

/** The demo customer and his access share this id. */
export const demoId = 9001

/** Another customer, whose calls end at the demo customer: he is their vendor, and sees them under incoming-cdrs. */
export const partnerId = 9002

export interface Destination extends Omit<Tariff, 'ratePerMinute'> {
  prefix: string
  /** The fixed part, before `digits` more: these ranges are set aside by the regulators for fiction, so nobody's telephone rings. */
  number: string
  digits: number
  /** Rates per minute in millionths, for an account of that currency. */
  eur: number
  usd: number
  weight: number
}

export const destinations: readonly Destination[] = [
  { prefix: '4930', number: '493023125', digits: 3, eur: 9_000, usd: 9_900, fee: 0, initialSeconds: 1, nextSeconds: 1, weight: 22 },
  { prefix: '4940', number: '494066969', digits: 3, eur: 9_000, usd: 9_900, fee: 0, initialSeconds: 1, nextSeconds: 1, weight: 10 },
  { prefix: '4989', number: '498999998', digits: 3, eur: 9_000, usd: 9_900, fee: 0, initialSeconds: 1, nextSeconds: 1, weight: 12 },
  { prefix: '49171', number: '4917139200', digits: 2, eur: 24_500, usd: 27_000, fee: 0, initialSeconds: 1, nextSeconds: 1, weight: 16 },
  { prefix: '4420', number: '442079460', digits: 3, eur: 6_500, usd: 7_200, fee: 0, initialSeconds: 1, nextSeconds: 1, weight: 9 },
  { prefix: '447700', number: '447700900', digits: 3, eur: 19_800, usd: 21_700, fee: 0, initialSeconds: 1, nextSeconds: 1, weight: 6 },
  {
    prefix: '44909',
    number: '449098790',
    digits: 3,
    eur: 1_150_000,
    usd: 1_265_000,
    fee: 50_000,
    initialSeconds: 60,
    nextSeconds: 60,
    weight: 0.5,
  },
  { prefix: '1212', number: '121255501', digits: 2, eur: 5_400, usd: 5_900, fee: 0, initialSeconds: 6, nextSeconds: 6, weight: 6 },
  { prefix: '1310', number: '131055501', digits: 2, eur: 5_400, usd: 5_900, fee: 0, initialSeconds: 6, nextSeconds: 6, weight: 4 },
  { prefix: '331', number: '3319900', digits: 4, eur: 7_800, usd: 8_600, fee: 0, initialSeconds: 1, nextSeconds: 1, weight: 5 },
  { prefix: '336', number: '3363998', digits: 4, eur: 31_200, usd: 34_300, fee: 0, initialSeconds: 1, nextSeconds: 1, weight: 4 },
  { prefix: '468', number: '468465004', digits: 2, eur: 7_100, usd: 7_800, fee: 0, initialSeconds: 30, nextSeconds: 6, weight: 2 },
  { prefix: '35320', number: '3532091', digits: 5, eur: 12_600, usd: 13_900, fee: 10_000, initialSeconds: 60, nextSeconds: 60, weight: 2 },
  { prefix: '612', number: '6125550', digits: 4, eur: 16_900, usd: 18_600, fee: 0, initialSeconds: 30, nextSeconds: 6, weight: 1.5 },
]

export interface Account {
  id: number
  uuid: string
  customerId: number
  name: string
  currency: 'eur' | 'usd'
  balance: string
}

const office = {
  id: 9011,
  uuid: '5d0c2f0e-6a43-5c0e-9b0f-3f6f3c1b9011',
  customerId: demoId,
  name: 'Demo office (EUR)',
  currency: 'eur',
  balance: '412.385',
} as const
const callCentre = {
  id: 9012,
  uuid: 'a9b8f7d4-0c1e-5f52-8a6d-71c2e94d9012',
  customerId: demoId,
  name: 'Demo call centre (EUR)',
  currency: 'eur',
  balance: '1893.0271',
} as const
const overseas = {
  id: 9013,
  uuid: '1f3e6b72-94d5-5a8b-b7c3-d08a5e2f9013',
  customerId: demoId,
  name: 'Demo overseas (USD)',
  currency: 'usd',
  balance: '-12.5',
} as const
export const partner = {
  id: 9021,
  uuid: 'c47d1a90-3b2f-5e61-a5d8-6e9f0b7c9021',
  customerId: partnerId,
  name: 'Demo partner (EUR)',
  currency: 'eur',
  balance: '77.0',
} as const
export const accounts: readonly Account[] = [office, callCentre, overseas, partner]

export interface Caller {
  account: Account
  name: string | null
  number: string
  ip: string
  port: number
  transport: 1 | 2 | 3
  agent: string
  domain: string
  weight: number
}

const officeLine = { account: office, ip: '192.0.2.17', port: 5060, transport: 1, domain: 'office.demo.example' } as const
const centreLine = { account: callCentre, ip: '198.51.100.42', port: 5061, transport: 3, domain: 'calls.demo.example' } as const
const overseasLine = { account: overseas, ip: '2001:db8:41::5060', port: 5062, transport: 2, domain: '[2001:db8:41::5060]' } as const
const partnerLine = { account: partner, ip: '203.0.113.90', port: 5060, transport: 1, domain: 'sbc.partner.example' } as const

export const callers: readonly Caller[] = [
  { ...officeLine, name: 'Jürgen Größ', number: '493023125010', agent: 'Yealink SIP-T54W 96.86.0.100', weight: 6 },
  { ...officeLine, name: 'Łukasz Żak', number: '493023125011', agent: 'snomD785/10.1.184.15', weight: 5 },
  { ...officeLine, name: 'Олена Шевченко', number: '493023125012', agent: 'PolyEdge-E350/8.2.1.3059', weight: 6 },
  { ...officeLine, name: 'Empfang', number: '493023125000', agent: 'Grandstream GXP2170 1.0.11.79', weight: 9 },
  { ...centreLine, name: 'Élodie Çelik', number: '498999998101', agent: 'FPBX-17.0.19(21.7.0)', weight: 14 },
  { ...centreLine, name: 'Support "2nd level"', number: '498999998102', agent: 'FPBX-17.0.19(21.7.0)', weight: 16 },
  { ...centreLine, name: null, number: '498999998103', agent: 'FPBX-17.0.19(21.7.0)', weight: 12 },
  { ...overseasLine, name: 'Zoë Ødegård', number: '12125550143', agent: 'Asterisk PBX 20.9.3', weight: 9 },
  { ...overseasLine, name: '渡辺 美咲', number: '13105550178', agent: 'Asterisk PBX 20.9.3', weight: 7 },
  { ...overseasLine, name: 'Anonymous', number: 'anonymous', agent: 'MicroSIP/3.21.3', weight: 3 },
  { ...partnerLine, name: 'Ångström & Søn', number: '46846500417', agent: 'Ribbon SBC 11.01', weight: 6 },
]

export interface Vendor {
  id: number
  accountId: number
  name: string
  /** Of the customer's rate. */
  percent: number
  ip: string
  transport: 1 | 2 | 3
  agent: string
  weight: number
}

export const vendors: readonly Vendor[] = [
  {
    id: 9101,
    accountId: 9111,
    name: 'Demo carrier North',
    percent: 60,
    ip: '203.0.113.10',
    transport: 1,
    agent: 'Sonus SBC 9.2',
    weight: 5,
  },
  {
    id: 9102,
    accountId: 9121,
    name: 'Demo carrier West',
    percent: 70,
    ip: '203.0.113.20',
    transport: 2,
    agent: 'Kamailio 5.8.4',
    weight: 3,
  },
  {
    id: 9103,
    accountId: 9131,
    name: 'Demo carrier Six',
    percent: 80,
    ip: '2001:db8:99::10',
    transport: 3,
    agent: 'OpenSIPS 3.5.2',
    weight: 2,
  },
]
export const demoAsVendor: Vendor = {
  id: demoId,
  accountId: office.id,
  name: 'Demo',
  percent: 50,
  ip: officeLine.ip,
  transport: officeLine.transport,
  agent: 'FPBX-17.0.19(21.7.0)',
  weight: 1,
}
