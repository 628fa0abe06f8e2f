// The two documented exchanges, on the rows that `npm start` loads.
import { beforeAll, describe, expect, test } from 'vitest'
import { demoRows } from '../scripts/demo.ts'
import { bodyOf, get, idsOf, load, migrate } from './support/api.ts'

const DEMO = 9001

beforeAll(async () => {
  await migrate()
  for (const [kind, rows] of Object.entries(demoRows(new Date()))) {
    await load(
      kind,
      rows.map((row) => JSON.stringify(row)),
    )
  }
})

describe('the documented answer of', () => {
  test.for<[path: string, access: number, etag: string, length: string]>([
    ['/cdrs/8', 19, 'W/"d938572bd9ca522316143661b7e582bf"', '1403'],
    ['/cdr-exports', 16, 'W/"15bb188430843cb82da764568363d62a"', '1612'],
  ])('%s', async ([path, access, etag, length]) => {
    const response = await get(path, access)
    expect(response.status).toBe(200)
    expect([...response.headers.keys()]).toEqual(
      expect.arrayContaining([
        'x-frame-options',
        'x-xss-protection',
        'x-content-type-options',
        'x-permitted-cross-domain-policies',
        'referrer-policy',
        'x-request-id',
        'x-runtime',
      ]),
    )
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/vnd.api+json',
      vary: 'Accept',
      etag,
      'cache-control': 'max-age=0, private, must-revalidate',
      'content-length': length,
    })
  })

  test('is not sent again to a client that has it', async () => {
    const response = await get('/cdrs/8', 19, {}, { 'if-none-match': '"x", W/"d938572bd9ca522316143661b7e582bf"' })
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([304, '', null])
  })
})

describe('the demo customer', () => {
  test('has some thousand calls of the last 48 hours, over three accounts', async () => {
    const since = new Date(Date.now() - 48 * 3_600_000).toISOString()
    const response = await get(`/cdrs?filter[time_start_gteq]=${since}&include=account&page[size]=1000`, DEMO)
    const { data, included, meta } = await bodyOf(response)
    expect(meta['total-count']).toBeGreaterThan(4000)
    expect(included).toHaveLength(3)
    expect(data.every(({ attributes }) => Date.parse(String(attributes['time-start'])) <= Date.now())).toBe(true)
  })

  test('has answered and failed calls within the default 24 hours', async () => {
    const answered = await idsOf(await get('/cdrs?filter[success_eq]=true', DEMO))
    const failed = await idsOf(await get('/cdrs?filter[success_eq]=false', DEMO))
    expect(Math.min(answered.total, failed.total)).toBeGreaterThan(100)
  })
})
