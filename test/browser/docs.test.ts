import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { demoRows } from '../../scripts/demo.ts'
import { startServer, type Server } from '../support/server.ts'
import { chromiumPath, launch, noChromium, Visit } from './browser.ts'

let server: Server
let browser: Browser

beforeAll(async () => {
  if (!chromiumPath) return console.error(`Browser tests are skipped. ${noChromium}`)
  ;[server, browser] = await Promise.all([startServer(), launch()])
  await server.load(demoRows(new Date()))
})

afterAll(async () => {
  if (!chromiumPath) return
  await browser.close()
  await server.stop()
})

const looks = [
  { name: 'docs wide, light', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'docs narrow, dark', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
] as const

describe.skipIf(!chromiumPath).for(looks)('a page that is $name', (look) => {
  let visit: Visit

  afterEach(async () => {
    expect(await visit.overhang()).toBe(0)
    expect(visit.noted).toEqual([])
    await visit.end()
  })

  test('leads from the root to the reference', async () => {
    visit = await Visit.begin(browser, server.origin, '/', look)
    expect(await visit.accessibilityFaults()).toEqual([])
    await visit.show('home')
    await visit.page.getByRole('link', { name: 'Reference' }).click()
    await visit.page.getByRole('heading', { name: 'Customer API' }).waitFor()
  })

  test('sends a request with the token and a filter that was looked for', async () => {
    const { jwt } = await signIn()
    visit = await Visit.begin(browser, server.origin, '/docs', look)
    const { page } = visit
    await page.getByLabel('Token').fill(jwt)
    const operation = page.locator('#operations-cdrs-listCdrs')
    await operation.locator('.opblock-summary-control').click()
    await operation.getByRole('button', { name: 'Try it out' }).click()
    await operation.getByLabel('Find one of').fill('duration_gteq')
    await operation.locator('[data-param-name="filter[duration_gteq]"] input').fill('60')
    await visit.show('request')
    const [response] = await Promise.all([
      page.waitForResponse((one) => one.url().includes('/customer/v1/cdrs?')),
      operation.getByRole('button', { name: 'Execute' }).click(),
    ])
    expect(response.status()).toBe(200)
    expect(new URL(response.url()).searchParams.get('filter[duration_gteq]')).toBe('60')
    await operation.locator('.live-responses-table').getByText('"total-count"').waitFor()
    await visit.show('answer')
  })

  test.for(['/', '/docs/', '/portal/'])("has the operator's theme at %s", async (path) => {
    visit = await Visit.begin(browser, server.origin, '/', look)
    const { page } = visit
    const theme = ':root { --ground: rgb(1, 2, 3); --text: rgb(250, 251, 252); --font: Brand }'
    await page.route('**/brand/theme.css', (route) => route.fulfill({ contentType: 'text/css', body: theme }))
    await page.goto(server.origin + path)
    await page.locator('h1:visible, h2:visible').first().waitFor()
    const seen = await page.evaluate<string[]>(
      '[document.body, document.querySelector("h1, h2")].flatMap((one) => [getComputedStyle(one).color, getComputedStyle(one).fontFamily])',
    )
    expect(new Set(seen)).toEqual(new Set(['rgb(250, 251, 252)', 'Brand']))
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(1, 2, 3)')
  })

  test("shows the operator's side", async () => {
    visit = await Visit.begin(browser, server.origin, '/docs/?api=operator', look)
    await visit.page.getByLabel('Operator key').waitFor()
    await visit.page.locator('#operations-status-showStatus').waitFor()
    await visit.show('operator')
  })
})

async function signIn(): Promise<{ jwt: string }> {
  const body = JSON.stringify({ auth: { login: 'demo', password: 'demo' } })
  const response = await fetch(`${server.api}/auth`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return (await response.json()) as { jwt: string }
}
