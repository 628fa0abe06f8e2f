// From the order to the file, through the API and the workflow.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, get, loadDataset, ROOT, send, tokenOf } from '../support/api.ts'
import { linesOf } from '../support/gzip.ts'
import { bytesOf, csvOf, exportCsv, settled } from './support.ts'

interface Request {
  access: number
  rows: number
  body: unknown
}

const csvs = import.meta.glob<string>('../golden/csv/*.csv.gz', { query: '?inline', import: 'default', eager: true })
const requests = import.meta.glob<string>('../golden/csv/*.json.gz', { query: '?inline', import: 'default', eager: true })

beforeAll(loadDataset)

const create = async ({ access, body }: Request): Promise<string> => {
  const response = await send(`${ROOT}/cdr-exports`, {
    method: 'POST',
    headers: { authorization: await tokenOf(access), 'content-type': 'application/vnd.api+json', accept: 'application/vnd.api+json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(201)
  return (await bodyOf<{ data: { id: string } }>(response)).data.id
}

describe('an order becomes the recorded file', () => {
  test.for(Object.entries(requests))('%s', async ([name, file]) => {
    const request = JSON.parse((await linesOf(file)).join('\n')) as Request
    const uuid = await create(request)
    expect(await settled(uuid)).toMatchObject({ status: 'Completed', rows_count: request.rows })
    const expected = await fetch(csvs[name.replace('.json', '.csv')]!)
    expect(await csvOf(uuid)).toBe(await new Response(expected.body!.pipeThrough(new DecompressionStream('gzip'))).text())
  })
})

test('the file knows its type, the row its digest; nothing else is left', async () => {
  const [file] = Object.values(requests)
  const uuid = await create(JSON.parse((await linesOf(file!)).join('\n')) as Request)
  const { digest } = await settled(uuid)
  const bytes = await bytesOf(uuid)
  expect(digest).toBe(btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))))
  const object = await env.FILES.head(`exports/${uuid}.csv.gz`)
  expect(object?.httpMetadata?.contentType).toBe('application/gzip')
  expect((await env.FILES.list({ prefix: 'unfinished/' })).objects).toEqual([])
})

describe('a filter means the same in a list and in a file', () => {
  const WEEK = { time_start_gteq: '2026-01-01T00:00:00.000Z', time_start_lt: '2026-01-08T00:00:00.000Z' }

  test.for<Record<string, string | number | boolean>>([
    {},
    { success_eq: true },
    { success_eq: false },
    { duration_eq: 30 },
    { duration_gteq: 5, duration_lteq: 61 },
    { duration_lteq: 99_999_999_999 },
    { src_prefix_routing_eq: '380441234567' },
    { dst_prefix_routing_eq: '4930123456', success_eq: false },
    { time_start_gteq: '2026-01-03T12:30:00.000Z' },
  ])('%j', async (given) => {
    const { results } = await env.DB.prepare('SELECT id, uuid FROM accounts WHERE customer_id = 1').all<{ id: number; uuid: string }>()
    for (const { id, uuid } of results) {
      const filters = { ...WEEK, ...given }
      const query = Object.entries(filters).map(([name, value]) => `filter[${name}]=${value}`)
      const list = await bodyOf(
        await get(`/cdrs?${query.join('&')}&filter[account_id_eq]=${uuid}&page[size]=1000&fields[cdrs]=orig-call-id`),
      )
      const listed = list.data.map(({ attributes }) => attributes['orig-call-id'] as string | null)
      const lines = listed.map((call) => (call === null ? '\n' : `"${call.replaceAll('"', '""')}"\n`))
      expect(await exportCsv({ account: id, filters, fields: ['orig_call_id'] })).toBe(`Orig Call\n${lines.join('')}`)
    }
  })
})
