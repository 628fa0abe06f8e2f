// A session is a token: in the answer's body for programs, in a cookie for browsers (contract B.4, B.5). Nothing of it is stored.
import type { Context } from 'hono'
import type { App } from '../app.ts'
import type { Subject } from '../db/viewer.ts'
import { signToken } from './token.ts'

const COOKIE = '_yeti_customer_v1_session'
const VALUE = new RegExp(`(?:^|;)\\s*${COOKIE}=([^;]*)`)

/** A fresh token for a subject, and when it expires (unix seconds; undefined: never). */
export async function issueToken(c: Context<App>, subject: Subject): Promise<{ token: string; expiresAtSeconds: number | undefined }> {
  const { jwtSecret, tokenLifetimeSeconds } = c.var.settings
  const expiresAtSeconds = tokenLifetimeSeconds === undefined ? undefined : Math.floor(Date.now() / 1000) + tokenLifetimeSeconds
  return { token: await signToken(subject, jwtSecret, expiresAtSeconds), expiresAtSeconds }
}

/** The token in the cookie, or nothing. */
export const tokenInCookie = (header: string | undefined) => VALUE.exec(header ?? '')?.[1]?.trim() ?? ''

/** A Set-Cookie that begins or prolongs a session. */
export async function sessionCookie(c: Context<App>, subject: Subject): Promise<string> {
  const { token, expiresAtSeconds } = await issueToken(c, subject)
  return cookie(c, token, expiresAtSeconds)
}

/** A Set-Cookie that ends a session. */
export const logoutCookie = (c: Context<App>) => cookie(c, 'logout', 0)

function cookie(c: Context<App>, value: string, expiresAtSeconds: number | undefined): string {
  const expires = expiresAtSeconds === undefined ? '' : `; expires=${new Date(expiresAtSeconds * 1000).toUTCString()}`
  const secure = c.req.url.startsWith('https:') ? '; secure' : ''
  return `${COOKIE}=${value}; path=/${expires}${secure}; httponly; samesite=lax`
}
