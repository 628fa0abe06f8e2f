// One gzip member (RFC 1952) made of pieces: each piece is a run of deflate blocks that ends on a byte, so that between any two of them the
// work can stop and go on elsewhere. Members one after another would be simpler, but browsers read only the first.
import { constants, crc32, deflateRawSync } from 'node:zlib'

/** What of a member's contents the next piece and its end depend on. */
export interface Member {
  crc: number
  /** Bytes before compression. */
  length: number
}

export const EMPTY: Member = { crc: 0, length: 0 }

/** How a member begins: deflate, no name, no time, so that equal contents give equal files. */
export const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)

/** The next piece of a member, and the member with it. */
export function gzipPiece({ crc, length }: Member, bytes: Uint8Array): { piece: Uint8Array; member: Member } {
  return {
    piece: deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }),
    member: { crc: crc32(bytes, crc), length: length + bytes.length },
  }
}

/** How a member ends: an empty last block, the checksum, the length modulo 2^32. */
export function gzipEnd({ crc, length }: Member): Uint8Array {
  const end = new DataView(new ArrayBuffer(10))
  end.setUint16(0, 0x0300)
  end.setUint32(2, crc, true)
  end.setUint32(6, length % 2 ** 32, true)
  return new Uint8Array(end.buffer)
}
