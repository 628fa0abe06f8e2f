import type { Context } from 'hono'
import type { App } from '../app.ts'

/**
 * Counts requests against a limit, and tells whether it refuses them. A limit that does not answer (undefined) refuses nothing, and a line goes
 * to the log: what guards the service shall not take it down.
 */
export async function isOverLimit(
  c: Context<App>,
  name: 'API_LIMIT' | 'LOGIN_LIMIT',
  keyOf: () => string | Promise<string>,
  requests = 1,
): Promise<boolean | undefined> {
  const limit = c.env[name]
  if (!limit || !c.var.settings.rateLimits) return false
  const key = await keyOf()
  try {
    const answers = await Promise.all(Array.from({ length: requests }, () => limit.limit({ key })))
    return answers.some(({ success }) => !success)
  } catch (cause) {
    console.error(JSON.stringify({ requestId: c.var.requestId, notLimited: name, cause: String(cause) }))
    return undefined
  }
}
