// Passwords are compared with digests at login. Yeti's digests are bcrypt; each is replaced by one of this service when the password fits.
import { compare } from 'bcryptjs'
import { hashPassword, isCurrent, isDigest, NOBODYS_DIGEST, verifyPassword } from '../db/password.ts'

/** bcrypt takes twice as long for each step; this one takes about half a second of CPU. */
const MOST_BCRYPT_COST = 12
const LEAST_BCRYPT_COST = 4
/** bcrypt reads no further. */
const BCRYPT_BYTES = 72
const LONGEST_BYTES = 1024

const bytesOf = (text: string) => new TextEncoder().encode(text).byteLength

/** Whether a text can be a login or a password at all: others are refused without being looked up or hashed. */
export const isPlausible = (text: string | undefined): text is string =>
  text !== undefined && text !== '' && !text.includes('\0') && text.isWellFormed() && bytesOf(text) <= LONGEST_BYTES

/** The cost of a bcrypt digest; undefined for other digests. */
const bcryptCost = (digest: string) => {
  const cost = /^\$2[aby]\$(\d\d)\$/.exec(digest)?.[1]
  return cost === undefined ? undefined : Number(cost)
}

/** Whether holding a password against the digest would cost more than a login may. */
export const isTooCostly = (digest: string) => (bcryptCost(digest) ?? 0) > MOST_BCRYPT_COST

/** The digest itself, if a password can be held against it; else one that never fits, and is as much work as ours. */
export function comparable(digest: string | null): string {
  if (digest === null || !isDigest(digest)) return NOBODYS_DIGEST
  const cost = bcryptCost(digest)
  return cost === undefined || (cost >= LEAST_BCRYPT_COST && cost <= MOST_BCRYPT_COST) ? digest : NOBODYS_DIGEST
}

/** Whether the password is the one that the digest was made of. */
export function fits(password: string, digest: string | null): Promise<boolean> {
  const against = comparable(digest)
  return bcryptCost(against) === undefined ? verifyPassword(password, against) : compare(password, against)
}

/**
 * The digest that shall replace the one that the password fitted; undefined if that may stay. Of a longer password than bcrypt reads, it is
 * not known whether the rest was right.
 */
export async function renewDigest(password: string, digest: string): Promise<string | undefined> {
  if (isCurrent(digest)) return undefined
  if (bcryptCost(digest) !== undefined && bytesOf(password) > BCRYPT_BYTES) return undefined
  return hashPassword(password)
}
