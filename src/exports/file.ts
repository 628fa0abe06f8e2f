// The file of an export on its way into R2: text is compressed in pieces, and parts are cut from the pieces at exactly PART_BYTES, for R2 wants
// all parts but the last of one size. What does not fill a part yet waits between steps in an object of its own.
import { Buffer } from 'node:buffer'
import { EMPTY, gzipEnd, GZIP_HEADER, gzipPiece, type Member } from './gzip.ts'

/** The least that R2 takes as a part. */
const PART_BYTES = 5 * 1024 * 1024

/** Characters of text that are compressed at a time. */
const PIECE_LENGTH = 1_048_576

/** Where an unfinished file stands between two steps. */
export interface FileState {
  /** R2's id of the upload. */
  upload: string
  /** The entity tag of each part. */
  tags: string[]
  /** The entity tag of the bytes that wait for their part to fill; none before the first step. */
  waiting?: string
  member: Member
  /** Counts the steps, whose waiting bytes lie in two places by turns: a step that runs again finds those it began with. */
  step: number
}

/** Where the finished file is. */
export const fileKey = (uuid: string) => `exports/${uuid}.csv.gz`

/** Where all lies that is only needed until the file is finished. */
export const UNFINISHED = 'unfinished/'

const uploadKey = (uuid: string) => `${UNFINISHED}${uuid}/upload`
const waitingKey = (uuid: string, step: number) => `${UNFINISHED}${uuid}/waiting-${step % 2}`

/** The uuid in the key of an unfinished file. */
export const uuidOf = (key: string) => key.slice(UNFINISHED.length, key.lastIndexOf('/'))

/** Begins a file. Run again, it goes on with the upload that it began. */
export async function beginFile(bucket: R2Bucket, uuid: string): Promise<FileState> {
  const begun = await bucket.get(uploadKey(uuid))
  let upload = await begun?.text()
  if (upload === undefined) {
    const created = await bucket.createMultipartUpload(fileKey(uuid), { httpMetadata: { contentType: 'application/gzip' } })
    upload = created.uploadId
    // R2 does not list uploads: only by this can one be found whose job has died.
    await bucket.put(uploadKey(uuid), upload)
  }
  return { upload, tags: [], member: EMPTY, step: 0 }
}

/** A file while a step adds to it. */
export class OpenFile {
  readonly #bucket: R2Bucket
  readonly #uuid: string
  readonly #state: FileState
  readonly #tags: string[]
  readonly #buffer: Uint8Array
  #filled: number
  #member: Member
  #text = ''

  private constructor(bucket: R2Bucket, uuid: string, state: FileState, waiting: Uint8Array) {
    this.#bucket = bucket
    this.#uuid = uuid
    this.#state = state
    this.#tags = [...state.tags]
    this.#buffer = new Uint8Array(PART_BYTES)
    this.#buffer.set(waiting)
    this.#filled = waiting.length
    this.#member = state.member
  }

  /** Opens a file where the last step left it. */
  static async open(bucket: R2Bucket, uuid: string, state: FileState): Promise<OpenFile> {
    if (state.step === 0) return new OpenFile(bucket, uuid, state, GZIP_HEADER)
    const waiting = await bucket.get(waitingKey(uuid, state.step - 1))
    // They are others if an attempt that was thought dead has written them late.
    if (!waiting || waiting.etag !== state.waiting) throw new Error(`The waiting bytes of export ${uuid} are not those of its last step`)
    return new OpenFile(bucket, uuid, state, await waiting.bytes())
  }

  async write(text: string): Promise<void> {
    this.#text += text
    if (this.#text.length >= PIECE_LENGTH) await this.#flush()
  }

  /** Leaves the file to the next step. */
  async leave(): Promise<FileState> {
    await this.#flush()
    const { upload, step } = this.#state
    const waiting = await this.#bucket.put(waitingKey(this.#uuid, step), this.#buffer.subarray(0, this.#filled))
    return { upload, tags: this.#tags, waiting: waiting!.etag, member: this.#member, step: step + 1 }
  }

  /** Ends the file, and with it the upload. */
  async finish(): Promise<void> {
    await this.#flush()
    await this.#append(gzipEnd(this.#member))
    if (this.#filled > 0) await this.#uploadPart()
    const parts = this.#tags.map((etag, at) => ({ partNumber: at + 1, etag }))
    await this.#bucket.resumeMultipartUpload(fileKey(this.#uuid), this.#state.upload).complete(parts)
  }

  async #flush(): Promise<void> {
    if (this.#text === '') return
    const { piece, member } = gzipPiece(this.#member, new TextEncoder().encode(this.#text))
    this.#text = ''
    this.#member = member
    await this.#append(piece)
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const taken = bytes.subarray(at, at + PART_BYTES - this.#filled)
      this.#buffer.set(taken, this.#filled)
      this.#filled += taken.length
      at += taken.length
      if (this.#filled === PART_BYTES) await this.#uploadPart()
    }
  }

  async #uploadPart(): Promise<void> {
    const upload = this.#bucket.resumeMultipartUpload(fileKey(this.#uuid), this.#state.upload)
    const { etag } = await upload.uploadPart(this.#tags.length + 1, this.#buffer.subarray(0, this.#filled))
    this.#tags.push(etag)
    this.#filled = 0
  }
}

/** The SHA-256 of a finished file in base64; undefined if there is no such file. */
export async function digestOf(bucket: R2Bucket, uuid: string): Promise<string | undefined> {
  const object = await bucket.get(fileKey(uuid))
  if (!object) return undefined
  const stream = new crypto.DigestStream('SHA-256')
  await object.body.pipeTo(stream)
  return Buffer.from(await stream.digest).toString('base64')
}

/** Removes what an unfinished file has left: its upload, if that has not ended, and the bytes that waited. */
export async function discardUnfinished(bucket: R2Bucket, uuid: string): Promise<void> {
  const begun = await bucket.get(uploadKey(uuid))
  if (begun) await abort(bucket.resumeMultipartUpload(fileKey(uuid), await begun.text()))
  await bucket.delete([waitingKey(uuid, 0), waitingKey(uuid, 1)])
  // Last, so that whoever is interrupted here is found again.
  await bucket.delete(uploadKey(uuid))
}

async function abort(upload: R2MultipartUpload): Promise<void> {
  try {
    await upload.abort()
  } catch (error) {
    // R2's code for an upload that does not exist, or no longer.
    if (!String(error).includes('(10024)')) throw error
  }
}

/** Removes finished files. */
export const deleteFiles = (bucket: R2Bucket, uuids: readonly string[]) => bucket.delete(uuids.map(fileKey))
