// Replays the recorded exchanges with the reference: same status, headers and bytes, but where docs and deviations say otherwise.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { judge, type Case } from './support/judge.ts'
import { linesOf } from './support/gzip.ts'
import { loadDataset, send } from './support/api.ts'
import { recorded as watched } from './support/d1.ts'

const files = import.meta.glob<string>('./golden/*.gz', { query: '?inline', import: 'default', eager: true })

/** The runtime hands on no method that it does not know. */
const isComparable = ({ method }: Case) => method !== 'FOO'

const recorded = await Promise.all(
  Object.entries(files).map(async ([name, file]) => {
    const cases = (await linesOf(file)).map((line) => JSON.parse(line) as Case)
    return { name, cases: cases.filter(isComparable) }
  }),
)

beforeAll(loadDataset)

/** Every statement that the requests below lead to. */
const { d1, trips } = watched(env.DB)

describe.each(recorded.filter(({ cases }) => cases.length > 0))('$name', ({ cases }) => {
  test.for(cases)('$method $name', async (recordedCase, { expect }) => {
    const { path, method, headers, body } = recordedCase
    const response = await send(path, { method, headers, body }, { DB: d1 })
    expect(await judge(recordedCase, response)).toBe('as recorded')
  })
})

test('none of the statements that these requests led to scans a table', async () => {
  const statements = new Set(trips.flat())
  expect(statements.size).toBeGreaterThan(0)
  const scans: string[] = []
  for (const sql of statements) {
    // Where nothing can fit, the condition is a 0: SQLite plans to scan, and does not begin.
    if (sql.includes('and (0)')) continue
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind('[]').all<{ detail: string }>()
    const plan = results.map(({ detail }) => detail)
    const scanned = plan.flatMap((step) => /^SCAN (\S+)/.exec(step)?.[1] ?? [])
    // A list of the request's own, a page that is cut already, and what a search knows of itself: its work, its count, what it has found.
    const own = new Set(['json_each', 'CONSTANT', 'work', 'total', 'found', 'last'])
    const made = (name: string) => own.has(name) || ['CO-ROUTINE', 'MATERIALIZE'].some((how) => plan.includes(`${how} ${name}`))
    if (!scanned.every(made)) scans.push(sql)
  }
  expect(scans).toEqual([])
})
