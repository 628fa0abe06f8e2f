import { expect, test } from 'vitest'
import { errorsOf, send } from './support/api.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

test('a person finds a page at the root', async () => {
  const response = await send('/', { headers: { accept: BROWSER } })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(await response.text()).toContain('href="/docs/"')
})

test.for(['application/vnd.api+json', '*/*', undefined])('a program that accepts %s finds nothing there', async (accept) => {
  const response = await send('/', { headers: accept === undefined ? {} : { accept } })
  expect(response.status).toBe(404)
  expect(await errorsOf(response)).toEqual([['404', 'There is nothing at this path.']])
})
