// Exports take their time: they are ordered, asked after, and downloaded.
import { collection, type Collection } from './collection.ts'
import { idPart, pause, readJson, type Ask, type Sending } from './connection.ts'
import type { Resources } from './resources.ts'
import { failed, success, type Failure, type Result } from './result.ts'
import type { ResourceObject } from './types.ts'

export type Export = ResourceObject<'cdr-exports'>
type Attributes = Resources['cdr-exports']['attributes']

/** What shall be exported. */
export interface ExportOrder {
  /** Uuid of the account whose calls are wanted. */
  account: string
  filters: Attributes['filters'] & { time_start_gteq: string; time_start_lt: string }
  timeFormat?: Attributes['time-format']
  /** Name of a time zone; UTC if there is none. */
  timeZoneName?: string
}

/** How to wait for an export. The signal ends the waiting; the export goes on. */
export interface Waiting extends Sending {
  /** Hears of the export each time it was asked after. */
  onProgress?: (progress: Export) => void
  /** 2000 unless given. */
  pollMilliseconds?: number
}

/** What is known of a file. */
export interface FileInfo {
  name: string | null
  contentType: string | null
  sizeBytes: number | null
}

/** A file that comes in. */
export interface Download extends FileInfo {
  body: ReadableStream<Uint8Array<ArrayBuffer>>
}

export interface Exports extends Collection<'cdr-exports'> {
  /** Orders an export. */
  order: (order: ExportOrder, sending?: Sending) => Promise<Result<Export>>
  /** Orders an export, and waits until its file can be downloaded. */
  create: (order: ExportOrder, waiting?: Waiting) => Promise<Result<Export>>
  /** Waits until the file of an export can be downloaded. */
  wait: (id: string, waiting?: Waiting) => Promise<Result<Export>>
  /** The file: gzipped CSV. */
  download: (id: string, sending?: Sending) => Promise<Result<Download>>
  /** Whether there is a file, without fetching it. */
  fileInfo: (id: string, sending?: Sending) => Promise<Result<FileInfo>>
  /** Where the file is, for a link in a browser's session. Throws a `TypeError` if the id is none. */
  fileUrl: (id: string) => string
}

const POLL_MILLISECONDS = 2000
/** So many times in a row there may be no answer. */
const MOST_MISSES = 5

/** The exports. */
export function exportsOf(ask: Ask, root: string): Exports {
  const exports = collection(ask, 'cdr-exports')
  const filePath = (id: string) => `/cdr-exports/${idPart(id)}/download`
  const order: Exports['order'] = async (wanted, { signal } = {}) => {
    const answer = await ask({ method: 'POST', path: () => '/cdr-exports', body: () => toBody(wanted), signal })
    const created = answer.ok ? await readJson<{ data: Export }>(answer.value, signal) : answer
    return created.ok ? success(created.value.data) : created
  }
  const wait = async (id: string, { onProgress, signal, pollMilliseconds = POLL_MILLISECONDS }: Waiting = {}): Promise<Result<Export>> => {
    for (let misses = 0; ;) {
      if (signal?.aborted) return failed({ kind: 'aborted' })
      const answer = await exports.show(id, {}, { signal })
      misses = answer.ok ? 0 : misses + 1
      if (!answer.ok && (misses > MOST_MISSES || !isPassing(answer.failure))) return answer
      if (answer.ok) {
        const { data } = answer.value
        const { status } = data.attributes
        onProgress?.(data)
        if (status === 'Completed') return success(data)
        if (status !== 'Pending') return failed({ kind: 'export failed', id, status })
      }
      await pause(pollMilliseconds, signal)
    }
  }
  return {
    ...exports,
    wait,
    order,
    async create(wanted, waiting) {
      const created = await order(wanted, waiting)
      if (!created.ok) return created
      waiting?.onProgress?.(created.value)
      return wait(created.value.id, waiting)
    },
    download: (id, sending) => download(ask, () => filePath(id), sending),
    fileInfo: (id, sending) => inspect(ask, () => filePath(id), sending),
    fileUrl: (id) => root + filePath(id),
  }
}

const toBody = ({ account, filters, timeFormat, timeZoneName }: ExportOrder) => ({
  data: {
    type: 'cdr-exports',
    attributes: { filters, 'time-format': timeFormat, 'time-zone-name': timeZoneName },
    relationships: { account: { data: { type: 'accounts', id: account } } },
  },
})

/** The order stands: a server that cannot tell how far it is may tell later. */
const isPassing = ({ kind }: Failure) => kind === 'unavailable' || kind === 'unreachable'

/** What is known of a file. */
const describeFile = (headers: Headers): FileInfo => ({
  name: /filename="([^"]*)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? null,
  contentType: headers.get('content-type'),
  sizeBytes: headers.has('content-length') ? Number(headers.get('content-length')) : null,
})

/** Asks for a file without fetching it. */
export async function inspect(ask: Ask, path: () => string, { signal }: Sending = {}): Promise<Result<FileInfo>> {
  const answer = await ask({ method: 'HEAD', path, signal })
  return answer.ok ? success(describeFile(answer.value.headers)) : answer
}

/** Downloads a file. */
export async function download(ask: Ask, path: () => string, { signal }: Sending = {}): Promise<Result<Download>> {
  const answer = await ask({ path, signal })
  if (!answer.ok) return answer
  const { headers, body } = answer.value
  return body ? success({ ...describeFile(headers), body }) : failed({ kind: 'unreachable', cause: new Error('The answer has no body.') })
}
