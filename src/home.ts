import type { Handler } from 'hono'
import type { App } from './app.ts'
import { problems } from './jsonapi/problem.ts'

/** A person finds a page at the root. To a program, which does not ask for HTML, there is nothing. */
export const home: Handler<App> = async (c) => {
  if (!/\btext\/html\b/.test(c.req.header('accept') ?? '')) throw problems.routeNotFound()
  const page = await c.env.ASSETS.fetch(c.req.raw)
  return new Response(page.body, page)
}
