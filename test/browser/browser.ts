// A real browser: Debian's Chromium, driven through its protocol.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

const PLACES = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where Chromium is; undefined if there is none. */
export const chromiumPath = PLACES.find((path) => path !== '' && existsSync(path))

export const noChromium = 'No Chromium here: `apt-get install chromium`, or name one in CHROMIUM'

/** Chromium has no sandbox where it runs as root, as in most containers. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath ?? '', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })

const SCREENSHOTS = join(import.meta.dirname, 'screenshots')

/** A page that notes what must not happen: errors in its console, and requests to any other host. */
export class Visit {
  readonly page: Page
  readonly noted: string[] = []
  readonly #name: string

  constructor(page: Page, origin: string, name: string) {
    this.page = page
    this.#name = name
    page.on('console', (message) => {
      if (message.type() === 'error') this.noted.push(`${message.text()} (${message.location().url})`)
    })
    page.on('pageerror', (error) => this.noted.push(`Thrown: ${error.message}`))
    page.on('request', (request) => {
      const { origin: asked, protocol } = new URL(request.url())
      if (asked !== origin && !['blob:', 'data:'].includes(protocol)) this.noted.push(`Asked another host: ${request.url()}`)
    })
  }

  static async begin(browser: Browser, origin: string, path: string, options: BrowserContextOptions & { name: string }): Promise<Visit> {
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options })
    const visit = new Visit(await context.newPage(), origin, options.name)
    await visit.page.goto(origin + path)
    return visit
  }

  /** Keeps what the page looks like, for people. */
  async show(what: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true })
    await this.page.screenshot({ path: join(SCREENSHOTS, `${this.#name}, ${what}.png`), fullPage: true, animations: 'disabled' })
  }

  /** The serious and critical faults that axe finds in the page as it is. */
  async accessibilityFaults(): Promise<string[]> {
    await this.page.evaluate(axe.source)
    const { violations } = await this.page.evaluate<AxeResults>(`axe.run({ resultTypes: ['violations'] })`)
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => `${impact}: ${id} at ${nodes.map(({ target }) => String(target)).join(' and ')}`)
  }

  /** Pixels by which the page is wider than the window. */
  overhang(): Promise<number> {
    return this.page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  }

  end(): Promise<void> {
    return this.page.context().close()
  }
}
