import { Buffer } from 'node:buffer'
import type { MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import { problems } from '../jsonapi/problem.ts'

/** Lets only the operator through: whoever holds his key. */
export const authenticateOperator: MiddlewareHandler<App> = async (c, next) => {
  if (!(await holdsKey(c.req.raw.headers, c.env.OPERATOR_KEY))) throw problems.operatorKeyWrong()
  await next()
}

async function holdsKey(headers: Headers, key: string | undefined): Promise<boolean> {
  if (!key) return false
  const expected = await hash(key)
  for (const offered of offeredKeys(headers)) if (crypto.subtle.timingSafeEqual(await hash(offered), expected)) return true
  return false
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
