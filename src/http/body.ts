import { Buffer } from 'node:buffer'

/** A body that has more bytes than it may have. */
export class BodyTooLongError extends Error {
  override name = 'BodyTooLongError'
  readonly mostBytes: number

  constructor(mostBytes: number) {
    super(`The body has more than ${mostBytes} bytes`)
    this.mostBytes = mostBytes
  }
}

/** A body that is not UTF-8. */
export class BodyNotUtf8Error extends Error {
  override name = 'BodyNotUtf8Error'
}

/** A body that its client broke off: nobody is left to hear of it. */
export class BodyBrokenOffError extends Error {
  override name = 'BodyBrokenOffError'
}

/** Whether an error, or what lies behind it, is that the client broke off. */
export const isBrokenOff = (error: unknown): boolean =>
  error instanceof Error && (error instanceof BodyBrokenOffError || isBrokenOff(error.cause))

/** The bytes of a body as they come in. Leaving the loop over them cancels the stream. */
export async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (!body) return
  // Outside of the attempt: that somebody else reads it would be a fault of ours.
  const chunks = body.values()
  try {
    yield* chunks
  } catch (cause) {
    throw new BodyBrokenOffError('The body breaks off', { cause })
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of bytes, with the mark of byte order where there is one; undefined if they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** A text without the mark of byte order before it. */
export const withoutMark = (text: string) => (text.startsWith('\ufeff') ? text.slice(1) : text)

/** Reads a body as text, without a byte order mark. Of a body that is longer than it may be, nothing more is read once that is known. */
export async function readText(request: Request, mostBytes: number): Promise<string> {
  if (Number(request.headers.get('content-length')) > mostBytes) throw new BodyTooLongError(mostBytes)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunksOf(request.body)) {
    length += chunk.byteLength
    if (length > mostBytes) throw new BodyTooLongError(mostBytes)
    chunks.push(chunk)
  }
  const text = decodeUtf8(Buffer.concat(chunks))
  if (text === undefined) throw new BodyNotUtf8Error('The body is not UTF-8')
  return withoutMark(text)
}
