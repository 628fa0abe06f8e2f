// Tokens are JSON Web Tokens signed with HS256 and the switch's own secret, so that those it has issued stay valid (contract B.2).
import type { Subject } from '../db/viewer.ts'
import { decodeUtf8 } from '../http/body.ts'
import { isList, isObject, numeral, parseJson, type Json, type JsonObject } from '../jsonapi/json.ts'
import { describe, readDescription, readId } from './description.ts'

const AUDIENCE = 'customer-v1'
const encoder = new TextEncoder()

/** Importing a key costs as much as verifying with it; one secret per isolate. */
let imported: { secret: string; key: Promise<CryptoKey> } | undefined

function keyFor(secret: string): Promise<CryptoKey> {
  if (imported?.secret !== secret) {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    imported = { secret, key: crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign', 'verify']) }
  }
  return imported.key
}

const BASE64URL = /^[A-Za-z0-9_-]*$/

function decodeBytes(segment: string): Uint8Array | undefined {
  if (!BASE64URL.test(segment) || segment.length % 4 === 1) return undefined
  return Uint8Array.from(atob(segment.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}

function decodeObject(segment: string): JsonObject | undefined {
  const bytes = decodeBytes(segment)
  const text = bytes && decodeUtf8(bytes)
  const json = text === undefined ? undefined : parseJson(text)
  return isObject(json) ? json : undefined
}

/** The longest token worth reading; a dynamic one with hundreds of accounts is far shorter. */
const LONGEST = 16_384

/** Whether a header means what we read it to mean: signed with HS256, the payload encoded (RFC 7797 can leave it as it is), nothing more. */
const isPlain = (header: JsonObject | undefined) =>
  header?.['alg'] === 'HS256' && header['b64'] === undefined && !(header['crit'] !== undefined && isCritical(header['crit'], header))

/**
 * Whether an extension has to be understood: we understand none (RFC 7515 4.1.11). A list that names nothing of the header marks nothing in it as
 * such; the reference takes those tokens, and one was recorded.
 */
const isCritical = (names: Json, header: JsonObject) =>
  !isList(names) || names.length === 0 || names.some((name) => typeof name !== 'string' || Object.hasOwn(header, name))

/** The claims of a token that we signed; undefined for any other. Only HS256 is accepted, whatever the token says of itself (RFC 8725 3.1). */
async function verifiedClaims(token: string, secret: string): Promise<JsonObject | undefined> {
  if (secret === '' || token.length > LONGEST) return undefined
  const [head, payload, signature, ...more] = token.split('.')
  if (head === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined
  if (!isPlain(decodeObject(head))) return undefined
  const mac = decodeBytes(signature)
  if (!mac || !(await crypto.subtle.verify('HMAC', await keyFor(secret), mac, encoder.encode(`${head}.${payload}`)))) return undefined
  return decodeObject(payload)
}

/** What a token is checked against: the key, the time (unix seconds), and whether tokens may expire (an empty lifetime says no). */
export interface Terms {
  secret: string
  nowSeconds: number
  expires: boolean
}

/** Whom a token speaks for; undefined if it is not ours, not for this API, not yet or no longer valid. */
export async function verifyToken(token: string, terms: Terms): Promise<Subject | undefined> {
  const claims = await verifiedClaims(token, terms.secret)
  if (!claims || !isForUs(claims['aud']) || !isTimely(claims, terms)) return undefined
  return readSubject(claims)
}

const isForUs = (audience: Json | undefined) => audience === AUDIENCE || (isList(audience) && audience.includes(AUDIENCE))

function isTimely({ exp, nbf }: JsonObject, { nowSeconds, expires }: Terms): boolean {
  if (expires && exp !== undefined && !(toSeconds(exp) > nowSeconds)) return false
  return nbf === undefined || toSeconds(nbf) <= nowSeconds
}

const toSeconds = (json: Json) => Number(numeral(json))

/** The subject of a token that names no access but describes one. */
const DYNAMIC = 'D'

function readSubject({ sub, cfg }: JsonObject): Subject | undefined {
  if (sub === DYNAMIC) {
    const access = readDescription(cfg)
    return access && { kind: 'dynamic', access }
  }
  const id = readId(sub)
  return id === undefined ? undefined : { kind: 'access', id }
}

const encodeBase64url = (bytes: Uint8Array) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

const HEAD = encodeBase64url(encoder.encode('{"alg":"HS256"}'))

/** Signs a token; `expiresAtSeconds` undefined makes one that never expires. */
export async function signToken(subject: Subject, secret: string, expiresAtSeconds: number | undefined): Promise<string> {
  const whom = subject.kind === 'access' ? `"sub":${subject.id}` : `"sub":"${DYNAMIC}","cfg":${describe(subject.access)}`
  const expiry = expiresAtSeconds === undefined ? '' : `,"exp":${expiresAtSeconds}`
  const signed = `${HEAD}.${encodeBase64url(encoder.encode(`{"aud":["${AUDIENCE}"],${whom}${expiry}}`))}`
  const mac = await crypto.subtle.sign('HMAC', await keyFor(secret), encoder.encode(signed))
  return `${signed}.${encodeBase64url(new Uint8Array(mac))}`
}
