// Exports take their time: they are ordered, asked after, and downloaded.
import { collection, type Collection } from './collection.ts'
import { idPart, readJson, type Ask } from './connection.ts'
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

/** How to wait for an export. */
export interface Waiting {
  /** Hears of the export each time it was asked after. */
  onProgress?: (progress: Export) => void
  /** Ends the waiting; the export goes on. */
  signal?: AbortSignal
  /** 2000 unless given. */
  pollMilliseconds?: number
}

/** A file that comes in. */
export interface Download {
  name: string | null
  contentType: string | null
  sizeBytes: number | null
  body: ReadableStream<Uint8Array>
}

export interface Exports extends Collection<'cdr-exports'> {
  /** Orders an export, and waits until its file can be downloaded. */
  create: (order: ExportOrder, waiting?: Waiting) => Promise<Result<Export>>
  /** Waits until the file of an export can be downloaded. */
  wait: (id: string, waiting?: Waiting) => Promise<Result<Export>>
  /** The file: gzipped CSV. */
  download: (id: string) => Promise<Result<Download>>
}

const POLL_MILLISECONDS = 2000
/** So many times in a row there may be no answer. */
const MOST_MISSES = 5

/** The exports. */
export function exportsOf(ask: Ask): Exports {
  const exports = collection(ask, 'cdr-exports')
  const wait = async (id: string, { onProgress, signal, pollMilliseconds = POLL_MILLISECONDS }: Waiting = {}): Promise<Result<Export>> => {
    for (let misses = 0; ;) {
      if (signal?.aborted) return failed({ kind: 'aborted' })
      const answer = await exports.show(id)
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
    async create(order, waiting) {
      const answer = await ask({ method: 'POST', path: () => '/cdr-exports', body: () => toBody(order), signal: waiting?.signal })
      const created = answer.ok ? await readJson<{ data: Export }>(answer.value) : answer
      if (!created.ok) return created
      waiting?.onProgress?.(created.value.data)
      return wait(created.value.data.id, waiting)
    },
    download: (id) => download(ask, () => `/cdr-exports/${idPart(id)}/download`),
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

/** Ends early when the signal is aborted. */
const pause = (milliseconds: number, signal: AbortSignal | undefined) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end)
  })

/** Downloads a file. */
export async function download(ask: Ask, path: () => string): Promise<Result<Download>> {
  const answer = await ask({ path })
  if (!answer.ok) return answer
  const { headers, body } = answer.value
  if (!body) return failed({ kind: 'unreachable', cause: new Error('The answer has no body.') })
  const length = headers.get('content-length')
  return success({
    name: /filename="([^"]*)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? null,
    contentType: headers.get('content-type'),
    sizeBytes: length === null ? null : Number(length),
    body,
  })
}
