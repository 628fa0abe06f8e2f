// The statements of loading, as text: a change to one shows up in review as a diff of `statements.sql`.
import { beforeAll, expect, test } from 'vitest'
import { goOnMarking } from '../../src/ingest/incoming.ts'
import { deleteOldCdrs } from '../../src/ingest/retention.ts'
import { recorded } from '../support/d1.ts'
import { env, newDatabase, request } from './operator.ts'

beforeAll(newDatabase)

const UUID = 'ef676c5d-638e-568f-951b-e5660ab2b491'
const call = { customer_id: 1, vendor_id: 2, is_last_cdr: true, time_start: '2026-01-07T00:00:00Z' }
const names = ['duration', 'local_tag', 'from_domain', 'vendor_price']

/** Rows of which hardly two have the same columns. */
const mixed = Array.from({ length: 9 }, (_, at) => ({
  id: at,
  ...call,
  ...Object.fromEntries(names.filter((_, place) => (at >> place) % 2 === 1).map((name) => [name, '1'])),
}))

const { d1, trips } = recorded(env.DB)
const bound = { ...env, DB: d1 }
const put = (kind: string, ...rows: object[]) => request(kind, { method: 'PUT', body: JSON.stringify(rows) }, bound)
const post = (path: string) => request(path, { method: 'POST' }, bound)

const OPERATIONS: readonly [name: string, run: () => Promise<unknown>][] = [
  ['PUT cdrs', () => put('cdrs', { id: 1, ...call })],
  ['PUT cdrs, one as it is patched', () => put('cdrs', { id: 1, local_tag: 'Ä' })],
  ['PUT cdrs, all different', () => put('cdrs', ...mixed)],
  ['PUT cdrs, one refused', () => put('cdrs', { id: 'x' })],
  ['PUT cdrs, one cut', () => put('cdrs', { id: 1, local_tag: 'x'.repeat(5000) })],
  ['PUT customers', () => put('customers', { id: 2 })],
  ['PUT accounts', () => put('accounts', { id: 1, uuid: UUID, customer_id: 1, name: 'a' })],
  ['PUT api-accesses', () => put('api-accesses', { id: 1, customer_id: 2, login: 'a', password: 'b' })],
  ['PUT transport-protocols', () => put('transport-protocols', { id: 1, name: 'UDP' })],
  ['PUT profiles', () => put('profiles', { id: 1, name: 'a' })],
  ['PUT cdr-exports', () => put('cdr-exports', { id: 1, uuid: UUID, customer_account_id: 1 })],
  ['DELETE api-accesses', () => request('api-accesses/1', { method: 'DELETE' }, bound)],
  ['GET status', () => request('status', {}, bound)],
  ['GET rejected-cdrs', () => request('rejected-cdrs', {}, bound)],
  ['POST counters/verify', () => post('counters/verify')],
  ['POST counters/repair', () => post('counters/repair')],
  ['the cron marks what is left', () => goOnMarking(bound)],
  ['the cron deletes old CDRs', () => deleteOldCdrs(bound, 1, Date.UTC(2026, 1, 1))],
  ['the cron begins again with the first CDR', () => deleteOldCdrs(bound, 1, Date.UTC(2026, 1, 1))],
]

const CLAUSE = /(?<!union all) (?=(?:select|from|where|group by|having|union all|on conflict|order by|(?:left|cross|inner) join) )/g

const depthOf = (text: string) => text.split('(').length - text.split(')').length

/** A statement with each of its clauses on a line, indented as deep as it lies. */
const toLines = (text: string) => text.replaceAll(CLAUSE, (_, at: number) => `\n${'  '.repeat(depthOf(text.slice(0, at)))}`)

test('the statements of loading are what statements.sql says', async () => {
  const seen = new Set<string>()
  const sections: string[] = []
  for (const [name, run] of OPERATIONS) {
    trips.length = 0
    await run()
    const fresh = [...new Set(trips.flat())].filter((text) => !seen.has(text))
    for (const text of fresh) seen.add(text)
    sections.push([`-- ${name}`, ...fresh.map((text) => `${toLines(text)};`)].join('\n'))
  }
  await expect(`${sections.join('\n\n')}\n`).toMatchFileSnapshot('./statements.sql')
})
