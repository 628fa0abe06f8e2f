// The cost rules in exact figures. What the bench asks of half a million CDRs is asked here of fifty thousand, spread over the same days.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { cases, type Case } from '../../scripts/bench/cases.ts'
import { callData, month, peopleData } from '../../scripts/bench/data.ts'
import { costOf, migrate, send, tokenOf } from '../support/api.ts'

const traffic = { ...month, calls: 50_000 }
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
  for (const one of cases) {
    const response = await ask(one)
    expect(response.status).toBe(one.conditional ? 200 : (one.status ?? 200))
    found[one.name] = costOf(response)
  }
  return found
}

/** Round trips and rows read. Nothing writes. */
const EXPECTED: Record<string, [trips: number, read: number]> = {}

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
