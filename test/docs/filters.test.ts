// The filter guide's examples, run as they are written.
import { beforeAll, expect, test } from 'vitest'
import guide from '../../docs/filters.md?raw'
import { operators } from '../../src/read/definition/operators.ts'
import { bodyOf, errorsOf, idsOf, load, migrate, ROOT, send, tokenOf } from '../support/api.ts'

const CUSTOMER = 9001
const DAY = 'filter[time_start_gteq]=2025-01-01&filter[time_start_lt]=2025-01-02'

beforeAll(async () => {
  await migrate()
  await load('customers', [JSON.stringify({ id: CUSTOMER, name: 'Demo' })])
  await load('api-accesses', [JSON.stringify({ id: CUSTOMER, customer_id: CUSTOMER })])
  await load('accounts', ['{"id":9012,"uuid":"a9b8f7d4-0c1e-5f52-8a6d-71c2e94d9012","customer_id":9001}'])
  await load('cdrs', /<<'END'\n([\s\S]*?)\nEND\n/.exec(guide)![1]!.split('\n'))
})

/** The rows of tables whose first cell is a filter. */
const examples = [...guide.matchAll(/^\| `(filter\[.*?)` +\| (.*?) +\| (.*?) +\|$/gm)].map(([, filter, answer, remark]) => ({
  filter: filter!,
  answer: answer!,
  remark: remark!,
}))

const encode = (query: string) =>
  query.replace(/([^&=]+)=([^&]*)/g, (_, name: string, value: string) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)

const ask = async (query: string) => send(`${ROOT}/cdrs?${encode(query)}`, { headers: { authorization: await tokenOf(CUSTOMER) } })

test.for(examples)('$filter: $answer', async ({ filter, answer, remark }) => {
  const response = await ask(`${DAY}&sort=id&${filter}`)
  if (/^\d{3}$/.test(answer)) expect(await errorsOf(response)).toEqual([[answer, remark.replaceAll('`', '')]])
  else expect((await idsOf(response)).ids).toEqual(answer === 'none' ? [] : answer.split(' '))
})

test('the answer that is shown in full', async () => {
  const query = /cdrs\?(filter.*?)"\n/.exec(guide)![1]!
  const shown = JSON.parse(/```json\n([\s\S]*?)```/.exec(guide)![1]!.replaceAll('127.0.0.1:8787', 'example.org')) as unknown
  expect(await bodyOf<unknown>(await ask(query))).toEqual(shown)
})

test('every operator has an example', () => {
  const used = new Set(examples.flatMap(({ filter }) => [...filter.matchAll(/filter\[(\w+)\]/g)].map(([, name]) => name!)))
  const missing = Object.keys(operators).filter((operator) => ![...used].some((name) => name.endsWith(`_${operator}`)))
  expect(missing).toEqual([])
})
