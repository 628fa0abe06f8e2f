import type { Context } from 'hono'
import type { App } from '../app.ts'

/** Whether a limit refuses. One that does not answer lets through, and the log hears of it: what guards the service shall not take it down. */
export async function isOverLimit(
  c: Context<App>,
  name: 'API_LIMIT' | 'LOGIN_LIMIT',
  keyOf: () => string | Promise<string>,
): Promise<boolean> {
  const limit = c.env[name]
  if (!limit || c.env.RATE_LIMITS === '0') return false
  const key = await keyOf()
  try {
    const { success } = await limit.limit({ key })
    return !success
  } catch (cause) {
    console.error(JSON.stringify({ requestId: c.var.requestId, notLimited: name, cause: String(cause) }))
    return false
  }
}
