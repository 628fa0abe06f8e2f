import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Browser, Download, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Server } from '../support/server.ts'
import { chromiumPath, launch, noChromium, Visit } from './browser.ts'
import { LONG_ADDRESS, LONG_REASON, MARKUP, startDemo } from './demo.ts'

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
      expect(called.filter((number) => !number.includes('493023125'))).toEqual([])
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
    expect(await rowsOf(visit).filter({ hasText: MARKUP }).count()).toBe(1)
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

describe.skipIf(!chromiumPath)('a portal', () => {
  let visit: Visit

  const open = async (path: string, login: string, width = 1280) => {
    visit = await Visit.begin(browser, server.origin, '/portal/', { name: `${login}, ${width}`, viewport: { width, height: 900 } })
    await signIn(visit, login)
    await visit.page.locator('#parts a').first().waitFor()
    if (path !== '') await visit.page.evaluate(`location.hash = ${JSON.stringify(path)}`)
    if (!path.startsWith('#exports')) await settle(visit)
    return visit.page
  }

  afterEach(() => visit.end())

  const callsRange = (page: Page) => page.locator('#filters')
  const orderRange = (page: Page) => page.locator('#order')

  test.for([
    ['calls', '#calls?range=custom', callsRange, 'Show range'],
    ['exports', '#exports', orderRange, 'Create export'],
  ] as const)('takes a range of %s once it is corrected', async ([, path, formOf, send]) => {
    const page = await open(path, 'newcomer')
    const form = formOf(page)
    const isValid = () => form.evaluate((element: unknown) => (element as { checkValidity(): boolean }).checkValidity())
    await form.getByLabel('From', { exact: true }).fill('2026-01-06T00:00')
    await form.getByLabel(/^To/).fill('2026-01-05T00:00')
    await form.getByRole('button', { name: send }).click()
    expect(await isValid()).toBe(false)
    await form.getByLabel('From', { exact: true }).fill('2026-01-04T00:00')
    expect(await isValid()).toBe(true)
    const [request] = await Promise.all([
      page.waitForRequest((one) => decodeURIComponent(one.url() + (one.postData() ?? '')).includes('2026-01-03T23:00:00.000Z')),
      form.getByRole('button', { name: send }).click(),
    ])
    expect((await request.response())?.ok()).toBe(true)
  })

  test('takes no range that a hidden field has', async () => {
    const page = await open('#calls?range=custom', 'newcomer')
    await page.locator('#from').fill('2026-01-06T00:00')
    await page.locator('#to').fill('2026-01-05T00:00')
    await page.getByLabel('7 days').check()
    await page.waitForURL(/range=7d/)
    await settle(visit)
  })

  describe.for([1280, 768, 360])('that is %i pixels wide', (width) => {
    test('breaks no number and no time of the list', async () => {
      const page = await open('', 'awkward', width)
      await page.getByText('The same as a table').click()
      expect(await linesOf(page, ':is(#list, #traffic) :is(time, td.duration, .amount, bdi, .whole)')).toEqual([1])
      expect(await visit.overhang()).toBe(0)
      expect(await visit.accessibilityFaults()).toEqual([])
      await visit.show('1 list')
    })

    test('cuts what is long, and has the whole of it in the title', async () => {
      const page = await open('', 'awkward', width)
      const called = page.locator('td.called bdi').first()
      const reason = page.locator('td.outcome bdi').first()
      expect(await called.getAttribute('title')).toBe(LONG_ADDRESS)
      expect(await reason.getAttribute('title')).toBe(`480 ${LONG_REASON}`)
      if (width !== 768) expect(await reason.evaluate(isCut)).toBe(true)
      expect(
        await page
          .locator('.whole')
          .evaluateAll(
            (elements: unknown[]) =>
              (elements as Box[]).filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth && clientWidth > 0).length,
          ),
      ).toBe(0)
    })

    test('shows a call whole', async () => {
      const page = await open('', 'awkward', width)
      await rowsOf(visit).first().getByRole('link').click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText(LONG_REASON).waitFor()
      await dialog.getByRole('definition').getByText(LONG_ADDRESS, { exact: true }).waitFor()
      expect(await linesOf(page, 'dialog .whole')).toEqual([1])
      expect(await dialog.evaluate((element: unknown) => (element as Box).scrollWidth - (element as Box).clientWidth)).toBe(0)
      expect(await visit.overhang()).toBe(0)
      expect(await visit.accessibilityFaults()).toEqual([])
      await visit.show('2 call')
    })

    test('has room for an export of long words', async () => {
      const page = await open(`#calls?caller=${LONG_ADDRESS}&called=${LONG_ADDRESS}&code=486`, 'awkward', width)
      await page.getByRole('link', { name: 'Export this range' }).click()
      await page.locator('#order-remarks').getByText(LONG_ADDRESS).waitFor()
      expect(await visit.overhang()).toBe(0)
      expect(await visit.accessibilityFaults()).toEqual([])
      await visit.show('3 export')
    })

    test('does not move what is shown while it loads', async () => {
      visit = await Visit.begin(browser, server.origin, '/portal/', { name: 'loading', viewport: { width, height: 900 } })
      const { page } = visit
      const gates = await holdBack(page, ['**/profiles', '**/accounts?*', '**/cdrs?*'])
      await signIn(visit, 'awkward')
      await page.locator('#list .bar').first().waitFor()
      const places = [
        '.top',
        '#calls-title',
        '#refresh',
        '#filters',
        '#traffic',
        '#list-title',
        ...(width > 1024 ? ['#list thead'] : []),
        '#list tbody tr',
      ]
      const placesOf = async () =>
        Promise.all(
          places.map((place) =>
            page
              .locator(place)
              .first()
              .boundingBox()
              .then((box) => [place, box?.y]),
          ),
        )
      const before = await placesOf()
      await visit.show('loading')
      for (const open of gates) {
        open()
        await page.waitForTimeout(100)
      }
      await settle(visit)
      expect(await placesOf()).toEqual(before)
      expect(await page.locator('.bar').count()).toBe(0)
    })
  })

  test('carries a search into an export as far as it can, and says what it cannot', async () => {
    const page = await open('#calls?range=7d&caller=%2B49&code=486&result=failed', 'awkward')
    await page.getByRole('link', { name: 'Export this range' }).click()
    const remarks = page.locator('#order-remarks')
    await remarks.getByText('Caller contains “+49” and Codes “486”').waitFor()
    expect(await remarks.textContent()).toContain('choose which')
    const order = page.locator('#order')
    expect(await order.getByLabel('Outcome').inputValue()).toBe('failed')
    expect(await order.getByLabel('Account').inputValue()).toBe('')
    const from = await order.getByLabel('From').inputValue()
    expect(Date.now() - Date.parse(from) - 7 * 86_400_000).toBeLessThan(26 * 3_600_000)

    const orders: unknown[] = []
    page.on('request', (request) => request.method() === 'POST' && orders.push(request.postDataJSON()))
    await page.getByRole('button', { name: 'Create export' }).click()
    expect(orders).toEqual([])
    await order.getByLabel('Account').selectOption('Branch')
    expect(await remarks.textContent()).not.toContain('choose which')
    await page.getByRole('button', { name: 'Create export' }).click()
    await page.locator('.order').first().waitFor()
    expect(orders).toMatchObject([
      {
        data: {
          attributes: { filters: { success_eq: false } },
          relationships: { account: { data: { id: expect.stringMatching(/9201$/) } } },
        },
      },
    ])
  })

  test('carries the account of a search into its export', async () => {
    const page = await open('', 'awkward')
    await page.locator('#filters').getByLabel('Account').selectOption('Branch')
    await page.waitForURL(/account=/)
    await settle(visit)
    await page.getByRole('link', { name: 'Export this range' }).click()
    await expect.poll(() => page.locator('#order-account option:checked').textContent()).toBe('Branch')
    expect(await page.locator('#order-remarks').textContent()).toBe('')
  })

  test('asks for no account where there is one', async () => {
    const page = await open('', 'newcomer')
    await page.getByRole('link', { name: 'Export this range' }).click()
    await expect.poll(() => page.locator('#order-account option:checked').textContent()).toBe('Only account')
    expect(await page.locator('#order-remarks').textContent()).toBe('')
  })

  test('offers no export to those who may not order any', async () => {
    const page = await open('', 'limited')
    expect(await page.getByRole('link', { name: 'Export this range' }).count()).toBe(0)
  })

  const close = new Map<string, (page: Page) => Promise<unknown>>([
    ['Escape', (page) => page.keyboard.press('Escape')],
    ['its button', (page) => page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()],
    ['a click beside it', (page) => page.mouse.click(20, 450)],
    ['Back', (page) => page.goBack()],
  ])

  const openCall = async (page: Page, how: 'link' | 'row' = 'link') => {
    if (how === 'link') await rowsOf(visit).first().getByRole('link').click()
    else await rowsOf(visit).first().locator('td.outcome').click()
    await page.getByRole('dialog').getByText('Call-ID').waitFor()
  }

  const isClosed = (page: Page) =>
    expect.poll(async () => [await page.getByRole('dialog').count(), page.url().includes('call=')]).toEqual([0, false])

  test.for([...close.keys()].flatMap((way) => (['link', 'row'] as const).map((how) => [way, how] as const)))(
    'leaves nothing in the history of a call that is closed by %s, opened by its %s',
    async ([way, how]) => {
      const page = await open('#exports', 'demo')
      await page.getByRole('link', { name: 'Calls' }).click()
      await settle(visit)
      await openCall(page, how)
      await close.get(way)?.(page)
      await isClosed(page)
      expect(page.url()).toContain('#calls')
      await page.goForward()
      await page.getByRole('dialog').getByText('Call-ID').waitFor()
      await page.reload()
      await page.getByRole('dialog').getByText('Call-ID').waitFor()
      await close.get(way)?.(page)
      await isClosed(page)
      await settle(visit)
      await page.goBack()
      await page.waitForURL(/#exports/)
      expect(visit.noted).toEqual([])
    },
  )

  test.for([...close.keys()].filter((way) => way !== 'Back').flatMap((way) => ['7000001', '1', 'none'].map((id) => [way, id] as const)))(
    'leaves a call that was come to by its address by %s, call %s',
    async ([way, id]) => {
      const page = await open('#exports', 'demo')
      await page.evaluate(`location.hash = '#calls?range=7d&call=${id}'`)
      const dialog = page.getByRole('dialog')
      await dialog.getByText(id === '7000001' ? 'Call-ID' : 'There is no such call').waitFor()
      expect(await dialog.getByRole('button', { name: 'Try again' }).count()).toBe(0)
      await close.get(way)?.(page)
      await isClosed(page)
      expect(page.url()).toContain('#calls?range=7d')
      await page.goBack()
      await page.waitForURL(/#exports/)
    },
  )

  test('leaves a call that is still loading', async () => {
    const page = await open('', 'demo')
    await holdBack(page, ['**/cdrs/*'])
    await rowsOf(visit).first().getByRole('link').click()
    await page.getByRole('dialog').locator('.bar').first().waitFor()
    await page.keyboard.press('Escape')
    await isClosed(page)
  })

  test('keeps a call open while its text is selected', async () => {
    const page = await open('', 'demo')
    await openCall(page)
    const term = await page.getByRole('dialog').getByText('Call-ID').boundingBox()
    await page.mouse.move((term?.x ?? 0) + 5, (term?.y ?? 0) + 5)
    await page.mouse.down()
    await page.mouse.move(5, 450)
    await page.mouse.up()
    expect(await page.getByRole('dialog').count()).toBe(1)
  })

  test('has one time zone', async () => {
    const page = await open('', 'awkward')
    const [filters, order] = [page.locator('#filters').getByLabel('Time zone'), page.locator('#order').getByLabel('Time zone')]
    const started = await page.locator('td.time').first().textContent()
    await filters.selectOption('Asia/Tokyo')
    expect(await page.locator('td.time').first().textContent()).not.toBe(started)
    await page.getByText('times in Asia/Tokyo', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Export this range' }).click()
    await expect.poll(() => order.inputValue()).toBe('Asia/Tokyo')
    expect(await page.locator('#order-example').textContent()).toContain('+09')
    const [from, to] = [page.locator('#order').getByLabel('From'), page.locator('#order').getByLabel('To')]
    const tokyo = [await from.inputValue(), await to.inputValue()]

    await order.selectOption('UTC')
    expect(await filters.inputValue()).toBe('UTC')
    const utc = [await from.inputValue(), await to.inputValue()]
    expect(utc.map((text) => Date.parse(`${text}Z`))).toEqual(tokyo.map((text) => Date.parse(`${text}+09:00`)))
    await page.locator('#order').getByLabel('Range').selectOption('Yesterday')
    await order.selectOption('Asia/Tokyo')
    expect(await from.inputValue()).toMatch(/T00:00$/)
    await page.locator('#order').getByLabel('Account').selectOption('Branch')
    await page.getByRole('button', { name: 'Create export' }).click()
    await page.locator('.order').first().waitFor()
    const ordered = await page.locator('.order').first().textContent()
    await order.selectOption('UTC')
    expect(await page.locator('.order').first().textContent()).not.toBe(ordered)
  })

  test('has one time zone in all tabs', async () => {
    const page = await open('', 'newcomer')
    const other = await page.context().newPage()
    await other.goto(`${server.origin}/portal/`)
    await other.locator('#filters').getByLabel('Time zone').selectOption('Asia/Seoul')
    await page.getByText('times in Asia/Seoul', { exact: true }).waitFor()
  })

  test.for(['+1 (212) 555', '001 212-555', '1212555', '(212) 555.0101', '＋１ ２１２'])(
    'finds the number %s however it is kept',
    async (text) => {
      const page = await open('', 'awkward')
      await page.getByLabel('Caller contains').fill(text)
      await page.getByRole('button', { name: 'Search' }).click()
      await page.waitForURL(/caller=/)
      await settle(visit)
      const found = (await page.locator('td.caller bdi:first-child').allTextContents()).toSorted()
      expect(found).toEqual(expect.arrayContaining(['+12125550101', '0012125550101', '12125550101']))
    },
  )

  test('finds an address as it is', async () => {
    const page = await open(`#calls?called=${encodeURIComponent('smith@conference')}`, 'awkward')
    expect(await page.locator('td.called').allTextContents()).toEqual([LONG_ADDRESS])
  })

  test('says in its place what the service says of a search that is too large', async () => {
    const page = await open('', 'awkward')
    const detail = 'This search would read 3,000,000 calls. Choose a shorter range of time.'
    const tooLarge = (route: Route) =>
      route.request().url().includes('_cont')
        ? route.fulfill({ status: 400, json: { errors: [{ title: 'Search too large', detail, code: '400', status: '400' }] } })
        : route.continue()
    await page.route('**/cdrs?*', tooLarge)
    await page.getByLabel('Caller contains').fill('49')
    await page.getByRole('button', { name: 'Search' }).click()
    const place = page.getByRole('region', { name: 'Calls', exact: true }).last()
    await place.getByText(detail).waitFor()
    await place.getByText('Search too large').waitFor()
    await expect.poll(() => page.locator('[aria-busy], .bar, #list table').count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0)
    expect(await visit.accessibilityFaults()).toEqual([])
    await visit.show('too large')
    await page.getByLabel('Caller contains').fill('')
    await page.getByRole('button', { name: 'Search' }).click()
    await settle(visit)
    expect(await rowsOf(visit).count()).toBe(7)
    expect(await page.getByText(detail).count()).toBe(0)
  })

  test('searches again when the service asks it to wait for a second', async () => {
    const page = await open('', 'awkward')
    await page.route('**/cdrs?*', (route) => route.fulfill({ status: 429, headers: { 'Retry-After': '1' }, body: '' }), { times: 2 })
    await page.getByLabel('Caller contains').fill('49')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.waitForURL(/caller=49/)
    await settle(visit)
    expect(await rowsOf(visit).count()).toBe(1)
    expect(await page.locator('#calls-problem').textContent()).toBe('')
  })

  test.for([
    ['newcomer', '', 'No calls in the last 24 hours', 'Look at the last 30 days'],
    ['newcomer', '#calls?range=30d', 'No calls in the last 30 days', ''],
    ['newcomer', '#calls?range=custom&from=2026-01-01&to=2026-01-02', 'No calls in this range', ''],
    ['newcomer', '#calls?called=4', 'No calls found', ''],
    ['newcomer', '#incoming', 'No incoming calls in the last 24 hours', 'Look at the last 30 days'],
    ['busy', '#exports', 'No exports yet', ''],
    ['busy', '#exports?page=9', 'No exports yet', ''],
    ['busy', '#exports?from=never&to=x', 'No exports yet', ''],
    ['newcomer', '#calls?page=x', 'No calls in the last 24 hours', ''],
    ['unopened', '', 'No account yet', ''],
    ['unopened', '#exports', 'No account yet', ''],
    ['demo', '#calls?page=9999', 'There is no page 9999', 'Go to page'],
  ] as const)('tells %s at %s: %s', async ([login, path, words, link]) => {
    const page = await open(path, login)
    await page.locator('.nothing').getByText(words).filter({ visible: true }).waitFor()
    const said = await page.locator('.nothing').filter({ visible: true }).first().textContent()
    if (words !== 'No calls found') expect(said).not.toMatch(/filters/i)
    expect(await page.locator('.pages').filter({ visible: true }).count()).toBe(0)
    await expect.poll(() => page.locator('.bar').filter({ visible: true }).count()).toBe(0)
    expect(visit.noted).toEqual([])
    expect(await visit.accessibilityFaults()).toEqual([])
    await visit.show(`state ${words.replaceAll('/', ' ')}`)
    if (link === '') return
    await page.getByRole('link', { name: link }).click()
    await page.waitForURL(path.includes('page') ? /#calls\?page=\d\d?$/ : /range=30d/)
    await settle(visit)
  })

  test.for([
    ['searching', '', (page: Page) => page.getByRole('button', { name: 'Refresh' }).click(), '#list tbody a'],
    ['opening a call', '', (page: Page) => page.locator('#list tbody a').first().click(), 'dialog dt:has-text("Call-ID")'],
    ['looking at exports', '', (page: Page) => page.getByRole('link', { name: 'Exports' }).click(), '#orders :is(.order, .nothing)'],
  ] as const)('goes on with %s when the session has ended meanwhile', async ([, path, act, seen]) => {
    const page = await open(path, 'demo')
    await page.context().clearCookies()
    await act(page)
    await page.getByText('Your session has ended').waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.getByLabel('Password').fill('demo')
    await page.keyboard.press('Enter')
    await page.locator(seen).filter({ visible: true }).first().waitFor()
    await expect.poll(() => page.locator('.bar').filter({ visible: true }).count()).toBe(0)
    await page.waitForLoadState('networkidle')
  })

  test('tells a customer who may see nothing', async () => {
    visit = await Visit.begin(browser, server.origin, '/portal/', { name: 'nothing', viewport: { width: 1280, height: 900 } })
    await signIn(visit, 'nothing')
    await visit.page.getByText('No part of the portal is open to this login').waitFor()
    expect(await visit.page.locator('.bar').filter({ visible: true }).count()).toBe(0)
    expect(visit.noted).toEqual([])
  })

  test.for([
    ['the profile', '**/profiles', '', '#parts'],
    ['the calls', '**/cdrs?*', '', '#list'],
    ['the exports', '**/cdr-exports?*', '#exports', '#orders'],
    ['a call', '**/cdrs/*?*', '#calls?call=7000001', '#call-body .groups'],
  ] as const)('leaves no skeleton where %s cannot be had, and gets it when asked again', async ([, pattern, path, place]) => {
    visit = await Visit.begin(browser, server.origin, `/portal/${path}`, { name: 'error', viewport: { width: 1280, height: 900 } })
    const { page } = visit
    await page.route(pattern, (route) => route.fulfill({ status: 503, headers: { 'Retry-After': '2' }, body: '' }))
    await signIn(visit, 'demo')
    const again = page.getByRole('button', { name: 'Try again' })
    await again.waitFor()
    await page.getByText('Try again in 2 seconds.').first().waitFor()
    await expect.poll(() => page.locator('.bar').filter({ visible: true }).count()).toBe(0)
    expect(await page.locator(`${place} > *`).count()).toBe(0)
    expect(await visit.accessibilityFaults()).toEqual([])
    await page.unroute(pattern)
    await again.click()
    await again.waitFor({ state: 'detached' })
    if (path === '#exports') await page.locator('.order, #orders .nothing').first().waitFor()
    else await page.locator('#list > table:not([aria-hidden])').waitFor()
  })

  test('aligns prices at their points', async () => {
    const page = await open('', 'awkward')
    const prices = await page.locator('td.price').allTextContents()
    expect(prices).toEqual(['0', '123456789012.5', '12.25', '100', '0.000123456', '-7.5', '99999'])
    expect(new Set(await pointsOf(page)).size).toBe(1)
    await rowsOf(visit).first().getByRole('link').click()
    await page.getByRole('dialog').getByText('0.0', { exact: true }).waitFor()
  })
})

interface Box {
  scrollWidth: number
  clientWidth: number
}

const isCut = (element: unknown) => (element as Box).scrollWidth > (element as Box).clientWidth

/** On how many lines elements of one text are, each number of lines once. */
const linesOf = (page: Page, selector: string): Promise<number[]> =>
  page.evaluate<number[]>(`(() => {
    const range = document.createRange()
    const lines = [...document.querySelectorAll(${JSON.stringify(selector)})].map((element) => {
      range.selectNodeContents(element)
      return new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom / 10))).size
    })
    return [...new Set(lines)]
  })()`)

/** Where the points of prices are, or would be. */
const pointsOf = (page: Page): Promise<number[]> =>
  page.evaluate<number[]>(`[...document.querySelectorAll('td.price .amount')].map(({ firstChild }) => {
    const range = document.createRange()
    range.setStart(firstChild, 0)
    range.setEnd(firstChild, /^-?\\d*/.exec(firstChild.data)[0].length)
    return Math.round(range.getBoundingClientRect().right)
  })`)

/** Lets requests wait until each of the functions that it returns has been called. */
async function holdBack(page: Page, patterns: readonly string[]): Promise<(() => void)[]> {
  return Promise.all(
    patterns.map(async (pattern) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      await page.route(pattern, async (route) => {
        await promise
        await route.continue().catch(() => {})
      })
      return resolve
    }),
  )
}

const focusOf = ({ page }: Visit) => page.evaluate<string | null>('document.activeElement && document.activeElement.id')

async function tabTo(visit: Visit, id: string | null) {
  for (let presses = 0; presses < 60; presses += 1) {
    if ((await focusOf(visit)) === id) return
    await visit.page.keyboard.press('Tab')
  }
  throw new Error(`Nobody gets to #${id} with the Tab key`)
}

test('the portal weighs less than 60 KiB, gzipped', () => {
  const files = ['portal', 'brand']
    .map((name) => join(import.meta.dirname, '../../public', name))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.d.ts'))
  const bytes = files.map(({ parentPath, name }) => gzipSync(readFileSync(join(parentPath, name))).length)
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(60 * 1024)
})
