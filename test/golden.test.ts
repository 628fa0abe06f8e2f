// Replays the recorded exchanges with the reference: same status, headers and bytes, but where docs and deviations say otherwise.
import { beforeAll, describe, test } from 'vitest'
import { judge, type Case } from './support/judge.ts'
import { linesOf } from './support/gzip.ts'
import { loadDataset, send } from './support/api.ts'

const files = import.meta.glob<string>('./golden/*.gz', { query: '?inline', import: 'default', eager: true })

/** The resources that this service has. */
const SERVED = /^\/api\/rest\/customer\/v1\/(?:cdrs|cdr-exports)(?![^?]*\/(?:rec|download)\b)/

const isServed = ({ path, method, headers }: Case) =>
  SERVED.test(path) &&
  (method === 'GET' || method === 'HEAD') &&
  headers['Cookie'] === undefined &&
  !headers['Authorization']?.includes(DYNAMIC)

/** Part of the payload of tokens that name no access. */
const DYNAMIC = btoa('],"sub":"D"').slice(0, 12)

const recorded = await Promise.all(
  Object.entries(files).map(async ([name, file]) => {
    const cases = (await linesOf(file)).map((line) => JSON.parse(line) as Case)
    return { name, cases: cases.filter(isServed) }
  }),
)

beforeAll(loadDataset)

describe.each(recorded.filter(({ cases }) => cases.length > 0))('$name', ({ cases }) => {
  test.for(cases)('$method $name', async (recordedCase, { expect }) => {
    const { path, method, headers } = recordedCase
    const response = await send(path, { method, headers })
    expect(await judge(recordedCase, response)).toBe('as recorded')
  })
})
