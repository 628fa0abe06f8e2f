import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import guide from '../../docs/client.md?raw'
import { createClient } from '../../src/client/index.ts'
import app from '../../src/index.ts'
import { load, migrate } from '../support/api.ts'
import { example } from './example.ts'
// oxlint-disable-next-line import/default -- not the module, but its text
import exampleText from './example.ts?raw'

beforeAll(async () => {
  await migrate()
  await load('api-accesses', ['{"id":1,"customer_id":1,"login":"demo","password":"demo"}'])
  await load('accounts', ['{"id":11,"uuid":"00000000-0000-1000-8000-000000000011","customer_id":1,"name":"Eleven"}'])
  await load('cdrs', [
    '{"id":1,"customer_id":1,"customer_acc_id":11,"is_last_cdr":true,"time_start":"2025-01-01T08:00:00Z","duration":30,"success":true,"customer_price":"0.019"}',
    '{"id":2,"customer_id":1,"customer_acc_id":11,"is_last_cdr":true,"time_start":"2025-01-01T09:00:00Z","duration":90,"success":true,"customer_price":"0.057"}',
  ])
})

test('the example of the guide is the one that is run here', () => {
  const [, code] = /\/\/ guide:start\n([\s\S]*?) *\/\/ guide:end/.exec(exampleText)!
  expect(guide).toContain(code!.replace(/^ {2}/gm, ''))
})

test('the example of the guide works', async () => {
  const fetch = (request: Request) => Promise.resolve(app.request(request, undefined, env))
  const told = await example(createClient({ url: 'http://example.org', login: 'demo', password: 'demo', fetch }))
  expect(told.filter((line) => line !== 'Pending')).toEqual(['2: 90 s for 0.057', '1: 30 s for 0.019', 'not found', 'Completed', '2 rows'])
})
