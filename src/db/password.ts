// Passwords are kept as scrypt digests that name their cost: `$scrypt$ln=14,r=8,p=1$<salt>$<hash>`, base64 without padding.
import { Buffer } from 'node:buffer'
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

interface Cost {
  ln: number
  r: number
  p: number
}

const COST: Cost = { ln: 14, r: 8, p: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32
/** The runtime computes no more than this, N times r times p; it takes less than bcrypt at the highest cost that a login may have. */
const MOST_WORK = 2 ** 20
/** Costs up to 64 MB of memory: half of what a Worker has. */
const SCRYPT = /^\$scrypt\$ln=(1[0-6]),r=([1-8]),p=([1-9])\$([+/A-Za-z\d]{2,})\$([+/A-Za-z\d]{2,})$/
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z\d]{53}$/

/** Tells whether a text is a digest that a password can be held against: bcrypt's, as Yeti keeps it, or one made here. */
export const isDigest = (text: string) => BCRYPT.test(text) || read(text) !== undefined

/** What a digest made here consists of; undefined for others, and for costs that cannot be paid. */
function read(digest: string): { cost: Cost; salt: Buffer; hash: Buffer } | undefined {
  const [, ln, r, p, salt, hash] = SCRYPT.exec(digest) ?? []
  if (salt === undefined || hash === undefined) return undefined
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  if (2 ** cost.ln * cost.r * cost.p > MOST_WORK) return undefined
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
}

const derive = (password: string, salt: Buffer, { ln, r, p }: Cost, length: number) =>
  new Promise<Buffer>((resolve, reject) => {
    const N = 2 ** ln
    // Node refuses costs that need more memory than `maxmem`: twice what they need.
    const options = { N, r, p, maxmem: 256 * N * r }
    scrypt(password, salt, length, options, (error, hash) => (error ? reject(error) : resolve(hash)))
  })

const toBase64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

const costOf = ({ ln, r, p }: Cost) => `$scrypt$ln=${ln},r=${r},p=${p}`

/** A digest that is nobody's: who has none is held against it, so that he waits as long as the others. */
export const NOBODYS_DIGEST = `${costOf(COST)}$${toBase64(Buffer.alloc(SALT_BYTES))}$${toBase64(Buffer.alloc(HASH_BYTES))}`

/** Tells whether a digest is of the scheme and cost that new ones have. */
export const isCurrent = (digest: string) => digest.startsWith(`${costOf(COST)}$`)

/** The digest to keep of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, COST, HASH_BYTES)
  return `${costOf(COST)}$${toBase64(salt)}$${toBase64(hash)}`
}

/** Tells whether a digest made by `hashPassword` is that of the password; false for digests of other schemes. */
export async function verifyPassword(password: string, digest: string): Promise<boolean> {
  const expected = read(digest)
  if (!expected) return false
  const { cost, salt, hash } = expected
  return timingSafeEqual(await derive(password, salt, cost, hash.length), hash)
}
