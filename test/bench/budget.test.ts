// The cost rules in exact figures. What the bench asks of half a million CDRs is asked here of fifty thousand, spread over the same days.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { cases, type Case } from '../../scripts/bench/cases.ts'
import { callData, month, peopleData } from '../../scripts/bench/data.ts'
import { costOf, migrate, send, tokenOf } from '../support/api.ts'

const traffic = { ...month, calls: 50_000 }

/** The cases, with pages as far down as there are calls for. */
const scaled = cases.map((one) => ({
  ...one,
  path: one.path.replace(/(?<=page%5Bnumber%5D=)\d+/, (page) => String(Math.ceil((Number(page) * traffic.calls) / month.calls))),
}))
const DAY = 86_400_000_000

const run = (statements: string[]) => env.DB.batch(statements.map((statement) => env.DB.prepare(statement)))

beforeAll(async () => {
  await migrate()
  await run(await peopleData())
  await run(callData(traffic))
})

const ask = async ({ path, access = 1, headers = {}, body }: Case) =>
  send(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: await tokenOf(access), accept: 'application/vnd.api+json', ...headers },
    ...(body === undefined ? {} : { body }),
  })

const costs = async () => {
  const found: Record<string, { trips: number; read: number; written: number }> = {}
  for (const one of scaled) {
    const response = await ask(one)
    expect(response.status).toBe(one.conditional ? 200 : (one.status ?? 200))
    found[one.name] = costOf(response)
  }
  return found
}

/** Round trips and rows read. Nothing writes. */
const EXPECTED: Record<string, [trips: number, read: number]> = {
  show: [1, 2],
  'show, not found': [1, 2],
  'related account': [1, 3],
  relationship: [1, 3],
  'show, 304': [1, 2],
  'list 50 in 1 h': [1, 112],
  'list 50 in 24 h': [1, 134],
  'list 50 in 30 d': [1, 169],
  'list 50 in 24 h, 3 accounts': [1, 315],
  'list 50 in 30 d, 3 accounts': [1, 396],
  'list 1,000 in 2 h': [1, 161],
  'list 1,000 in 24 h': [1, 1084],
  'list 50 in 24 h, 3 filters': [1, 1880],
  'list 50 in 24 h, cont': [1, 2228],
  'page 5,000 in 30 d': [2, 413],
  'page 9,900 in 30 d': [2, 453],
  'page 1,400, 3 accounts': [2, 995],
  'received 50 in 24 h': [1, 97],
  'received 50 in 30 d': [1, 128],
  'received, page 2,000': [2, 373],
  'exports list': [1, 307],
  'accounts list': [1, 47],
  'one account of the list': [1, 127],
  'refused token': [1, 1],
  login: [1, 2],
}

describe('fifty thousand CDRs', () => {
  test('cost exactly this', async () => {
    const expected = Object.entries(EXPECTED).map(([name, [trips, read]]) => [name, { trips, read, written: 0 }])
    expect(await costs()).toEqual(Object.fromEntries(expected))
  })

  test('cost the same with twice the history', { timeout: 20_000 }, async () => {
    const before = await costs()
    await run(callData({ ...traffic, firstId: traffic.calls + 1, start: traffic.start - traffic.days * DAY }))
    expect(await costs()).toEqual(before)
  })
})

describe('the bench', () => {
  test('holds every case to round trips, and all but free filters and logins to rows', () => {
    const unlimited = cases.filter(({ most }) => most.read === undefined).map(({ name }) => name)
    expect(unlimited).toEqual(['list 50 in 24 h, 3 filters', 'list 50 in 24 h, cont', 'login'])
  })
})
