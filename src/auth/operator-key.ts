import { Buffer } from 'node:buffer'
import type { MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import { problems } from '../jsonapi/problem.ts'

/** The answer to a wrong key takes this long, so that no key is found by trying. */
const WAIT_MILLISECONDS = 500

/** Lets only the operator through, who sends the key or, while it is being changed, the one before. */
export const authenticateOperator: MiddlewareHandler<App> = async (c, next) => {
  if (!(await holdsKey(c.req.raw.headers, c.var.settings.operatorKeys))) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MILLISECONDS))
    throw problems.operatorKeyWrong()
  }
  await next()
}

async function holdsKey(headers: Headers, keys: readonly string[]): Promise<boolean> {
  const offered = await Promise.all(offeredKeys(headers).map(hash))
  const expected = await Promise.all(keys.map(hash))
  return expected.some((key) => offered.some((one) => crypto.subtle.timingSafeEqual(one, key)))
}

/** As a bearer token, as the password of Basic authentication, or in a header of its own. */
function offeredKeys(headers: Headers): string[] {
  const [, scheme, credentials = ''] = /^(\S+) +(\S.*)$/.exec(headers.get('authorization') ?? '') ?? []
  const own = headers.get('x-api-key')
  const keys = own === null ? [] : [own]
  switch (scheme?.toLowerCase()) {
    case 'bearer':
      keys.push(credentials)
      break
    case 'basic': {
      const pair = Buffer.from(credentials, 'base64').toString()
      if (pair.includes(':')) keys.push(pair.slice(pair.indexOf(':') + 1))
      break
    }
    default:
  }
  return keys
}

const hash = (text: string) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
