// An object of R2 as a file: one operation where it can be one, and the headers of RFC 9110 and RFC 9530.
import { Buffer } from 'node:buffer'
import { judge, readRange, resolveRange, type AskedRange, type Verdict } from './range.ts'
import { SECURITY } from './respond.ts'

/** Object storage did not answer. */
export class StorageError extends Error {
  override name = 'StorageError'
}

/** A file as it is to be answered with. */
export type Opened = Verdict & { object: R2Object; body: ReadableStream | null }

/** Opens a file for a GET or HEAD; undefined if it is not there. */
export async function openFile(bucket: R2Bucket, key: string, { method, headers }: Request): Promise<Opened | undefined> {
  // RFC 9110 14.2: a range means something to GET only.
  const range = method === 'GET' ? readRange(headers.get('range')) : undefined
  const found = method === 'GET' ? await getRange(bucket, key, range) : await stored(bucket.head(key))
  if (!found) return undefined
  const verdict = judge(headers, range, { etag: found.httpEtag, size: found.size })
  if (method === 'GET' && verdict.status === (range ? 206 : 200)) return { ...verdict, object: found, body: bodyOf(found) }
  await bodyOf(found)?.cancel()
  if (method !== 'GET' || verdict.status !== 200) return { ...verdict, object: found, body: null }
  // If-Range names another state of the file than this one, so a part of this one is of no use.
  const whole = await stored(bucket.get(key))
  return whole ? { status: 200, object: whole, body: whole.body } : undefined
}

/** Gets a range of an object; without its body if it has no such range. */
async function getRange(bucket: R2Bucket, key: string, range: AskedRange | undefined): Promise<R2ObjectBody | R2Object | null> {
  if (!range) return stored(bucket.get(key))
  try {
    return await stored(bucket.get(key, { range }))
  } catch (failure) {
    // R2 throws at a range beyond the end, as it does when it fails; the object's size tells which it was.
    const object = await stored(bucket.head(key))
    if (object && resolveRange(range, object.size)) throw failure
    return object
  }
}

async function stored<Result>(operation: Promise<Result>): Promise<Result> {
  try {
    return await operation
  } catch (cause) {
    throw new StorageError('R2 failed', { cause })
  }
}

const bodyOf = (object: R2Object | R2ObjectBody) => ('body' in object ? object.body : null)

/** Sends a file, or the part of it that was asked for; `description` is what it is: its Content-Type and the like. */
export function sendFile(
  { object, body, ...verdict }: Exclude<Opened, { status: 412 | 416 }>,
  description: Readonly<Record<string, string>>,
): Response {
  const { httpEtag: etag, size } = object
  const state = { etag, 'cache-control': 'no-cache', 'accept-ranges': 'bytes' }
  if (verdict.status === 304) return new Response(null, { status: 304, headers: { ...SECURITY, ...state } })
  const headers = new Headers({ ...SECURITY, ...description, ...storedDigest(object), ...state })
  if (verdict.status === 206) headers.set('content-range', `bytes ${verdict.offset}-${verdict.offset + verdict.length - 1}/${size}`)
  headers.set('content-length', String(verdict.status === 206 ? verdict.length : size))
  return new Response(body, { status: verdict.status, headers })
}

/** The header that tells the SHA-256 of a whole file, also with a part of it (RFC 9530). */
export const reprDigest = (base64: string) => ({ 'repr-digest': `sha-256=:${base64}:` })

/** The digest that is kept with the object, or as hex beside it; R2 has none of its own for a file that came in parts. */
function storedDigest({ checksums, customMetadata }: R2Object): Record<string, string> {
  const hex = checksums.toJSON().sha256 ?? customMetadata?.['sha256'] ?? ''
  return /^[\da-f]{64}$/i.test(hex) ? reprDigest(Buffer.from(hex, 'hex').toString('base64')) : {}
}
