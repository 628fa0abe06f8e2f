import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Browser, Download } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Server } from '../support/server.ts'
import { chromiumPath, launch, noChromium, Visit } from './browser.ts'
import { MARKUP, startDemo } from './demo.ts'

let server: Server
let browser: Browser

beforeAll(async () => {
  if (!chromiumPath) return console.error(`Browser tests are skipped. ${noChromium}`)
  ;[server, browser] = await Promise.all([startDemo(), launch()])
})

afterAll(async () => {
  if (!chromiumPath) return
  await browser.close()
  await server.stop()
})

const signIn = async ({ page }: Visit, login = 'demo') => {
  await page.getByLabel('Login').fill(login)
  await page.getByLabel('Password').fill(login)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Once the list and the chart are those that were asked for. */
const settle = async ({ page }: Visit) => {
  await page.locator('#list > table, #list > .nothing').waitFor()
  await expect.poll(() => page.locator('[aria-busy]').count()).toBe(0)
}

const rowsOf = ({ page }: Visit) => page.getByRole('table').locator('tbody').first().getByRole('row')

const textOf = async (download: Download) => {
  const bytes = readFileSync(await download.path())
  return (download.suggestedFilename().endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
}

const looks = [
  { name: 'wide, light', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'wide, dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: 'narrow, light', viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  { name: 'narrow, dark', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
] as const

describe.skipIf(!chromiumPath)('a customer', () => {
  describe.for(looks)('whose page is $name', (look) => {
    let visit: Visit
    const narrow = look.viewport.width < 500

    beforeAll(async () => {
      visit = await Visit.begin(browser, server.origin, '/portal', look)
    })
    afterEach(async () => {
      expect(await visit.overhang()).toBe(0)
      expect(visit.noted).toEqual([])
    })
    afterAll(() => visit.end())

    test('signs in', async () => {
      await visit.page.getByLabel('Login').waitFor()
      expect(await visit.accessibilityFaults()).toEqual([])
      await visit.show('1 entrance')
      await signIn(visit)
      await settle(visit)
      expect(await rowsOf(visit).count()).toBe(50)
      expect(await visit.accessibilityFaults()).toEqual([])
      await visit.show('2 calls')
    })

    test('pages', async () => {
      const first = await rowsOf(visit).first().textContent()
      await visit.page.getByRole('link', { name: 'Next' }).click()
      await visit.page.getByText('Page 2 of').waitFor()
      expect(await rowsOf(visit).first().textContent()).not.toBe(first)
      await visit.page.goBack()
      await visit.page.getByText('Page 1 of').waitFor()
      expect(await rowsOf(visit).first().textContent()).toBe(first)
    })

    test('sorts', async () => {
      if (narrow) await visit.page.getByLabel('Sort by').selectOption('Talk time ↓')
      else await visit.page.getByRole('button', { name: 'Talk time' }).click()
      await visit.page.waitForURL(/sort=-duration/)
      await settle(visit)
      const times = await visit.page.locator('td.duration').allTextContents()
      expect(times).toEqual(times.toSorted((a, b) => seconds(b) - seconds(a)))
    })

    test('filters', async () => {
      if (narrow) await visit.page.getByText('Filters').first().click()
      await visit.page.getByLabel('Called contains').fill('+49 30 / 231 25')
      await visit.page.locator('#filters').getByLabel('Outcome').selectOption('Not answered')
      await visit.page.getByRole('button', { name: 'Search' }).click()
      await visit.page.waitForURL(/called=.*result=failed/)
      await settle(visit)
      const called = await visit.page.locator('td.called').allTextContents()
      expect(called.length).toBeGreaterThan(0)
      expect(called.filter((number) => !number.includes('+493023125'))).toEqual([])
      expect(new Set(await visit.page.locator('td.outcome .badge').allTextContents())).toEqual(new Set(['Not answered']))
      expect(await visit.accessibilityFaults()).toEqual([])
      await visit.show('3 filtered')
    })

    test('finds nothing', async () => {
      await visit.page.getByLabel('Caller contains').fill('no such caller')
      await visit.page.getByRole('button', { name: 'Search' }).click()
      await visit.page.getByText('No calls found').waitFor()
      await settle(visit)
      expect(await visit.accessibilityFaults()).toEqual([])
      await visit.show('4 nothing')
      await visit.page.getByRole('link', { name: 'Clear filters' }).click()
      await rowsOf(visit).first().waitFor()
    })

    test('opens a call', async () => {
      await rowsOf(visit).first().getByRole('link').click()
      const dialog = visit.page.getByRole('dialog')
      await dialog.getByText('Call-ID').waitFor()
      expect(await dialog.getByRole('term').count()).toBeGreaterThanOrEqual(30)
      expect(await visit.accessibilityFaults()).toEqual([])
      await visit.show('5 call')
      await visit.page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })
      expect(visit.page.url()).not.toContain('call=')
    })

    test('looks at the calls that reached him', async () => {
      await visit.page.getByRole('link', { name: 'Incoming' }).click()
      await visit.page.getByRole('heading', { name: 'Incoming calls' }).waitFor()
      await settle(visit)
      expect(await rowsOf(visit).count()).toBeGreaterThan(0)
      expect(await visit.accessibilityFaults()).toEqual([])
    })

    test('orders an export and saves its file', async () => {
      const { page } = visit
      await page.getByRole('link', { name: 'Exports' }).click()
      await page.locator('#order').getByLabel('Account').selectOption('Demo office (EUR)')
      await page.locator('#order').getByLabel('Range').selectOption('Yesterday')
      await page.getByRole('button', { name: 'Create export' }).click()
      const first = page.locator('.order').first()
      await expect.poll(() => page.locator('.order').count()).toBeGreaterThan(looks.indexOf(look))
      await first.getByText('Ready').waitFor({ timeout: 30_000 })
      expect(await visit.accessibilityFaults()).toEqual([])
      await visit.show('6 exports')

      const [plain] = await Promise.all([page.waitForEvent('download'), first.getByRole('button', { name: 'Download CSV' }).click()])
      const [packed] = await Promise.all([page.waitForEvent('download'), first.getByRole('link', { name: 'Download .csv.gz' }).click()])
      expect(plain.suggestedFilename()).toMatch(/^calls-demo-office-eur-\d{4}-\d\d-\d\d\.csv$/)
      expect(packed.suggestedFilename()).toMatch(/^[\da-f-]{36}\.csv\.gz$/)
      const text = await textOf(plain)
      expect(text).toMatch(/^Time Start,/)
      expect(await textOf(packed)).toBe(text)
      expect(await first.textContent()).toContain(`${text.trim().split('\n').length - 1} rows`)
    })

    test('signs out', async () => {
      await visit.page.getByRole('button', { name: 'Sign out' }).click()
      await visit.page.getByLabel('Login').waitFor()
      expect(await visit.page.context().cookies()).toEqual([])
    })
  })
})

const seconds = (text: string) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)

describe.skipIf(!chromiumPath)('the portal', () => {
  const visited = async (path: string, login?: string) => {
    const visit = await Visit.begin(browser, server.origin, path, { name: 'others', viewport: { width: 1280, height: 900 } })
    if (!login) return visit
    await signIn(visit, login)
    await settle(visit)
    return visit
  }

  test('says what to do about a wrong password', async () => {
    const visit = await visited('/portal/')
    await visit.page.getByLabel('Login').fill('demo')
    await visit.page.getByLabel('Password').fill('wrong')
    await visit.page.keyboard.press('Enter')
    await visit.page.getByText('Login or password is wrong').waitFor()
    expect(await visit.page.getByLabel('Password').inputValue()).toBe('wrong')
    expect(await visit.accessibilityFaults()).toEqual([])
    await visit.end()
  })

  test('keeps no token where a script could read it', async () => {
    const visit = await visited('/portal/', 'demo')
    const readable = await visit.page.evaluate('[document.cookie, ...Object.entries(localStorage), ...Object.entries(sessionStorage)]')
    expect(readable).toEqual(['', ['portal.login', 'demo']])
    expect(await visit.page.context().cookies()).toMatchObject([{ httpOnly: true, sameSite: 'Lax' }])
    await visit.end()
  })

  test('goes on where it was when a session has ended', async () => {
    const visit = await visited('/portal/#calls?range=7d', 'demo')
    await visit.page.context().clearCookies()
    await visit.page.getByRole('link', { name: 'Next' }).click()
    await visit.page.getByText('Your session has ended').waitFor()
    expect(await visit.page.getByLabel('Login').inputValue()).toBe('demo')
    await visit.page.getByLabel('Password').fill('demo')
    await visit.page.keyboard.press('Enter')
    await visit.page.getByText('Page 2 of').waitFor()
    await visit.end()
  })

  test('forgets a customer when another signs in', async () => {
    const visit = await visited('/portal/', 'demo')
    await visit.page.context().clearCookies()
    await visit.page.getByRole('button', { name: 'Refresh' }).click()
    await visit.page.getByText('Your session has ended').waitFor()
    const reloaded = visit.page.waitForEvent('load')
    await signIn(visit, 'listener')
    await reloaded
    await settle(visit)
    expect(await visit.page.locator('#who').textContent()).toBe('listener')
    await visit.end()
  })

  test('shows markup in data as text', async () => {
    const visit = await visited('/portal/', 'demo')
    expect(await rowsOf(visit).first().textContent()).toContain(MARKUP)
    expect(await visit.page.locator('table img').count()).toBe(0)
    expect(visit.noted).toEqual([])
    await visit.end()
  })

  test('plays a recording', async () => {
    const visit = await visited('/portal/#calls?call=7000001', 'listener')
    const audio = visit.page.locator('audio')
    await audio.evaluate((element: unknown) => (element as { play(): Promise<void> }).play())
    expect(await audio.evaluate((element: unknown) => (element as { duration: number }).duration)).toBe(1)
    expect(await visit.accessibilityFaults()).toEqual([])
    expect(visit.noted).toEqual([])
    await visit.end()
  })

  test('offers only what the profile grants', async () => {
    const visit = await visited('/portal/#exports', 'limited')
    expect(await visit.page.getByRole('navigation', { name: 'Parts of the portal' }).getByRole('link').allTextContents()).toEqual(['Calls'])
    await visit.end()
  })

  test('can be worked by keyboard alone', async () => {
    const visit = await visited('/portal/')
    const { keyboard } = visit.page
    await visit.page.getByLabel('Login').waitFor()
    await keyboard.type('demo')
    await keyboard.press('Tab')
    await keyboard.type('demo')
    await keyboard.press('Enter')
    await settle(visit)
    const id = await rowsOf(visit).first().getByRole('link').getAttribute('id')
    await tabTo(visit, id)
    await keyboard.press('Enter')
    await visit.page.getByRole('dialog').getByText('Call-ID').waitFor()
    await keyboard.press('Escape')
    await visit.page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(await focusOf(visit)).toBe(id)
    await visit.end()
  })

  test('says that it cannot reach the service', async () => {
    const visit = await visited('/portal/', 'demo')
    await visit.page.context().setOffline(true)
    await visit.page.getByRole('button', { name: 'Refresh' }).click()
    await visit.page.getByText('The service cannot be reached').first().waitFor()
    await visit.show('offline')
    await visit.page.context().setOffline(false)
    await visit.page.getByRole('button', { name: 'Try again' }).first().click()
    await rowsOf(visit).first().waitFor()
    await visit.end()
  })

  test('says which calls it has counted where there are too many', async () => {
    const visit = await visited('/portal/', 'busy')
    expect(await visit.page.locator('#traffic-note').textContent()).toContain('the newest 5,000 of 5,100 calls')
    expect(await visit.page.locator('#figures dd').allTextContents()).toEqual(['5,100', '50%', '0:01'])
    await visit.end()
  })

  test('shows the calls of one bar of the chart', async () => {
    const visit = await visited('/portal/', 'demo')
    await visit.page.getByText('The same as a table').click()
    const row = visit.page.locator('#chart-rows tr').nth(12)
    const [calls] = await row.getByRole('cell').allTextContents()
    await row.getByRole('link').click()
    await visit.page.waitForURL(/range=custom/)
    await settle(visit)
    expect(await visit.page.locator('#list-title').textContent()).toBe(`${calls} calls`)
    await visit.end()
  })
})

const focusOf = ({ page }: Visit) => page.evaluate<string | null>('document.activeElement && document.activeElement.id')

async function tabTo(visit: Visit, id: string | null) {
  for (let presses = 0; presses < 60; presses += 1) {
    if ((await focusOf(visit)) === id) return
    await visit.page.keyboard.press('Tab')
  }
  throw new Error(`Nobody gets to #${id} with the Tab key`)
}

test('the portal weighs less than 60 KiB, gzipped', () => {
  const folder = join(import.meta.dirname, '../../public/portal')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const bytes = files.map(({ parentPath, name }) => gzipSync(readFileSync(join(parentPath, name))).length)
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(60 * 1024)
})
