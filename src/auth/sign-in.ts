// Signing in by login and password. The order is the defence: first the rate limit is asked, then the database, and only then is the
// password hashed, once whether there is such a login or not. The client gets the same answer after the same delay whatever the reason. The
// reason goes to the log.
import { and, asc, eq } from 'drizzle-orm'
import type { Context } from 'hono'
import type { App } from '../app.ts'
import { encodeInet, holds } from '../db/inet.ts'
import { asText, fixed, read, setTo } from '../db/query.ts'
import { apiAccess } from '../db/schema.ts'
import { query, slot } from '../db/statement.ts'
import type { Subject } from '../db/viewer.ts'
import { problems } from '../jsonapi/problem.ts'
import type { Credentials } from './credentials.ts'
import { isOverLimit } from './limit.ts'
import { fits, isPlausible, isTooCostly, renewDigest } from './password.ts'

interface Access {
  id: string
  digest: string | null
  /** JSON list of networks. */
  allowedIps: string
}

/** The subject that a login and password belong to. Throws 401 if they belong to none, 429 if they are tried too often. */
export async function signIn(c: Context<App>, credentials: Credentials): Promise<Subject> {
  // Begun now, since the clock stands still while a Worker computes; a timer does not.
  const refusable = after(c.var.settings.loginRefusalMilliseconds)
  const access = await accessFor(c, credentials)
  if (access) return { kind: 'access', id: access.id }
  await refusable
  throw problems.loginIncorrect()
}

/** Resolves after a time, or never if the request ends before. */
const after = (milliseconds: number) => new Promise<void>((resolve) => void setTimeout(resolve, milliseconds))

/** The access that a login and password open; undefined, with a line in the log, if they open none. */
async function accessFor(c: Context<App>, { login, password }: Credentials): Promise<Access | undefined> {
  const address = clientAddress(c)
  await count(c, login, address)
  if (!isPlausible(login) || !isPlausible(password)) {
    log(c, 'login or password unusable')
    return undefined
  }
  const known = await read(c.var.database, ACCESSES({ login }))
  const admitted = known.filter(({ allowedIps }) => admits(allowedIps, address))
  const access = await whosePasswordFits(admitted, password)
  if (access) await renew(c, access, password)
  else log(c, reasonFor(known, admitted), (admitted[0] ?? known[0])?.id)
  return access
}

/** The client's address, stored form: Cloudflare's word for it. Headers that a client can send itself are not asked. */
const clientAddress = (c: Context<App>) => {
  const text = c.req.header('cf-connecting-ip') ?? ''
  return text.includes('/') ? undefined : encodeInet(text)
}

/**
 * Counts an attempt. `LOGIN_LIMIT` allows 60 a minute of each key: 60 attempts from an address, since an office of many customers may have but
 * one; 60 at a login, wherever from; and as one counts three times for both together, 20 at a login from an address. One after the other: an
 * address that is refused counts against no login.
 */
async function count(c: Context<App>, login = '', address = ''): Promise<void> {
  // Of IPv6 a customer has a whole /64.
  const place = address.slice(0, 17)
  const keys = [
    ['address', 1, place],
    ['login and address', 3, place, login],
    ['login', 1, login],
  ] as const
  for (const [by, times, ...of] of keys) {
    const refused = await isOverLimit(c, 'LOGIN_LIMIT', () => hash(JSON.stringify([by, ...of])), times)
    if (refused === undefined) return
    if (!refused) continue
    log(c, `too many attempts by ${by}`)
    throw problems.tooManyLogins()
  }
}

/** Keys of limits are hashed, so that no login is kept there as it is. */
async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

/** Logins are unique in Yeti; rows of a stale copy may share one. */
const MOST_ACCESSES = 4

const ACCESSES = fixed(() => {
  const { id, passwordDigest: digest, allowedIps, login } = apiAccess
  return query
    .select({ id: asText<string>(id), digest, allowedIps })
    .from(apiAccess)
    .where(eq(login, slot('login')))
    .orderBy(asc(id))
    .limit(MOST_ACCESSES)
})

/** Whether a customer may sign in from an address; from an unknown one only where every address may. */
function admits(allowedIps: string, address: string | undefined): boolean {
  const networks = JSON.parse(allowedIps) as string[]
  if (address === undefined) return networks.some((network) => network.endsWith('/0'))
  return networks.some((network) => holds(encodeInet(network) ?? '', address))
}

/** The first access, by id, that the password fits. */
async function whosePasswordFits(accesses: readonly Access[], password: string): Promise<Access | undefined> {
  if (accesses.length === 0) await fits(password, null)
  for (const access of accesses) if (await fits(password, access.digest)) return access
  return undefined
}

const RENEW = fixed(() => {
  const { id, passwordDigest } = apiAccess
  const isSame = and(eq(id, slot('id')), eq(passwordDigest, slot('digest')))
  return query
    .update(apiAccess)
    .set({ passwordDigest: setTo('renewed') })
    .where(isSame)
})

/** Replaces a digest of another scheme, unless it has changed meanwhile. */
async function renew(c: Context<App>, { id, digest }: Access, password: string): Promise<void> {
  const renewed = digest === null ? undefined : await renewDigest(password, digest)
  if (renewed !== undefined) await c.var.database.write([RENEW({ id, digest, renewed })])
}

function reasonFor(known: readonly Access[], admitted: readonly Access[]): string {
  if (known.length === 0) return 'login unknown'
  if (admitted.length === 0) return 'address not allowed'
  return admitted.some(({ digest }) => digest !== null && isTooCostly(digest)) ? 'digest too costly' : 'password wrong'
}

const log = (c: Context<App>, refused: string, accessId?: string) =>
  console.warn(JSON.stringify({ requestId: c.var.requestId, refused, accessId }))
