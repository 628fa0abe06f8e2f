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

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** Reads a body as text, without a byte order mark. Of a body that is longer than it may be, nothing more is read once that is known. */
export async function readText(request: Request, mostBytes: number): Promise<string> {
  if (Number(request.headers.get('content-length')) > mostBytes) throw new BodyTooLongError(mostBytes)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength
    // Leaving the loop cancels the stream.
    if (length > mostBytes) throw new BodyTooLongError(mostBytes)
    chunks.push(chunk)
  }
  try {
    return utf8.decode(Buffer.concat(chunks))
  } catch (cause) {
    throw new BodyNotUtf8Error('The body is not UTF-8', { cause })
  }
}
