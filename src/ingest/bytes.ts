// The bytes of a body, unpacked, as they come in.
import { Buffer } from 'node:buffer'
import { createGunzip } from 'node:zlib'
import { chunksOf, isBrokenOff } from '../http/body.ts'
import { problems } from '../jsonapi/problem.ts'

/** A body that cannot be read on, though it is not at its end. */
export class BrokenStream extends Error {
  override name = 'BrokenStream'
}

/** Bytes to read, of which some can be put back to be read once more. */
export class Source {
  readonly #rest: AsyncIterator<Uint8Array>
  readonly #back: Uint8Array[] = []

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#rest = bytes[Symbol.asyncIterator]()
  }

  async next(): Promise<Uint8Array | undefined> {
    const back = this.#back.pop()
    if (back) return back
    const { done, value } = await this.#rest.next()
    return done === true ? undefined : value
  }

  putBack(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#back.push(bytes)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.next(); chunk; chunk = await this.next()) yield chunk
  }
}

/** A body's bytes in blocks, without its encoding and without a mark of byte order. */
export const sourceOf = (body: ReadableStream<Uint8Array> | null, encoding: string | undefined) =>
  new Source(withoutMark(inBlocks(unpack(body, encoding))))

async function* unpack(body: ReadableStream<Uint8Array> | null, encoding = 'identity'): AsyncGenerator<Uint8Array> {
  const name = encoding.trim().toLowerCase()
  if (!['identity', 'gzip', 'x-gzip'].includes(name)) {
    throw problems.badRequest(`The content encoding ${encoding} is not read here; gzip is.`)
  }
  const gzipped = name !== 'identity'
  try {
    yield* gzipped ? gunzip(chunksOf(body)) : chunksOf(body)
  } catch (cause) {
    throw new BrokenStream(gzipped && !isBrokenOff(cause) ? 'The body is not gzip, or breaks off.' : 'The body breaks off.', { cause })
  }
}

const UNPACKED_BYTES = 64 * 1024

/** Unpacks gzip of any number of members (RFC 1952, 2.2), of which DecompressionStream reads one. Zeros may follow, as gzip(1) takes them. */
async function* gunzip(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip({ chunkSize: UNPACKED_BYTES })
  let failure: Error | undefined
  const fed = feed(body, unpacked).catch((error: Error) => {
    failure = error
    unpacked.destroy(error)
  })
  yield* unpacked as AsyncIterable<Uint8Array>
  await fed
  if (failure) throw failure
}

async function feed(body: AsyncIterable<Uint8Array>, unpacked: ReturnType<typeof createGunzip>): Promise<void> {
  let given = 0
  for await (const chunk of body) {
    // At a zero where a member could begin, the rest is left unread.
    const done = unpacked.bytesWritten < given
    if (!done) await new Promise((resolve) => unpacked.write(chunk, resolve))
    const unread = done ? chunk.length : given + chunk.length - unpacked.bytesWritten
    given += chunk.length
    if (chunk.subarray(chunk.length - unread).some((byte) => byte !== 0))
      throw new Error('Something follows the zeros behind the last member')
  }
  unpacked.end()
}

/** Streams hand out small pieces, and each costs a turn of the event loop. */
const BLOCK_BYTES = 256 * 1024

async function* inBlocks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let length = 0
  let failure: { error: unknown } | undefined
  try {
    for await (const part of bytes) {
      parts.push(part)
      length += part.length
      if (length <= BLOCK_BYTES) continue
      yield Buffer.concat(parts, length)
      parts = []
      length = 0
    }
  } catch (error) {
    failure = { error }
  }
  if (length > 0) yield Buffer.concat(parts, length)
  if (failure) throw failure.error
}

const MARK = [0xef, 0xbb, 0xbf]

async function* withoutMark(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true
  for await (const block of blocks) {
    yield isFirst && MARK.every((byte, at) => block[at] === byte) ? block.subarray(MARK.length) : block
    isFirst = false
  }
}
