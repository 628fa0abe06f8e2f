// Replays the recorded exchanges with the reference: same status, headers and bytes, but where docs and deviations say otherwise.
import { beforeAll, describe, test } from 'vitest'
import { judge, type Case } from './support/judge.ts'
import { linesOf } from './support/gzip.ts'
import { loadDataset, send } from './support/api.ts'

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

describe.each(recorded.filter(({ cases }) => cases.length > 0))('$name', ({ cases }) => {
  test.for(cases)('$method $name', async (recordedCase, { expect }) => {
    const { path, method, headers, body } = recordedCase
    const response = await send(path, { method, headers, body })
    expect(await judge(recordedCase, response)).toBe('as recorded')
  })
})
