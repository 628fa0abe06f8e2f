// Sends requests and reads answers; signs in where it has to.
import { failed, success, type ApiError, type Failure, type Result } from './result.ts'

/** Where the API is, and who asks. Without a token, and without login and password, a browser's session cookie tells who asks. */
export interface ClientOptions {
  /** Scheme and host: `https://api.example.com`. Empty in a page of the same host. */
  url: string
  token?: string
  login?: string
  password?: string
  /** Sends a request; the platform's own `fetch` unless given. */
  fetch?: (request: Request) => Promise<Response>
  /** Signs in again when a browser's session has ended: the requests that found it ended are then sent once more. */
  onSessionEnd?: () => Promise<unknown>
  /** A request that the API asks to repeat within so many seconds (429) is repeated, twice at most. 0 unless given. */
  patienceSeconds?: number
}

/** How a request is sent. */
export interface Sending {
  /** Ends the request. */
  signal?: AbortSignal | undefined
}

/** What is sent. What is made of a caller's arguments is made by functions: those that throw make the failure. */
interface Asked extends Sending {
  method?: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  /** Below the API's root, with its search part. */
  path: () => string
  body?: () => unknown
  headers?: Readonly<Record<string, string>>
}

/** Sends a request, with a token if there is one. */
export type Send = (asked: Asked, token?: string) => Promise<Result<Response>>

/** Sends a request of whoever is signed in. */
export type Ask = (asked: Asked) => Promise<Result<Response>>

const ROOT = '/api/rest/customer/v1'
const MEDIA_TYPE = 'application/vnd.api+json'
const MOST_REPEATS = 2

/** The address of the API's root. */
export const rootOf = ({ url }: ClientOptions): string => url.replace(/\/+$/, '') + ROOT

/** Makes the function that all requests go through. */
export function connect(options: ClientOptions): Send {
  const { fetch: transmit = (request: Request) => fetch(request), patienceSeconds = 0 } = options
  const root = rootOf(options)
  /** How new the data is that was seen last: no later answer, from another copy of the database, may be older. */
  let bookmark: string | null = null

  const toRequest = ({ method = 'GET', path, body, headers, signal }: Asked, token: string | undefined) =>
    new Request(root + path(), {
      method,
      headers: {
        accept: MEDIA_TYPE,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(bookmark !== null && { 'x-d1-bookmark': bookmark }),
        ...(body && { 'content-type': MEDIA_TYPE }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body()) }),
      ...(signal && { signal }),
    })

  const sendOnce: Send = async (asked, token) => {
    let request: Request
    try {
      request = toRequest(asked, token)
    } catch (mistake) {
      return failed(unsendable(mistake))
    }
    try {
      const response = await transmit(request)
      bookmark = response.headers.get('x-d1-bookmark') ?? bookmark
      return response.ok ? success(response) : failed(await toFailure(response))
    } catch (cause) {
      return failed(brokenOff(cause, asked.signal))
    }
  }
  return async (asked, token) => {
    for (let repeats = 0; ; repeats++) {
      const answer = await sendOnce(asked, token)
      const seconds = answer.ok ? null : secondsUntilRepeat(answer.failure)
      if (seconds === null || seconds > patienceSeconds || repeats === MOST_REPEATS) return answer
      await pause(seconds * 1000, asked.signal)
      if (asked.signal?.aborted) return failed({ kind: 'aborted' })
    }
  }
}

/** When what was too much may be asked for again, if the API says when. */
const secondsUntilRepeat = (failure: Failure) =>
  failure.kind === 'unavailable' && failure.status === 429 ? failure.retryAfterSeconds : null

/** Ends early when the signal is aborted. */
export const pause = (milliseconds: number, signal: AbortSignal | undefined) =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end)
  })

/** An id as a part of a path. Throws a `TypeError` if a path would lead elsewhere by it. */
export function idPart(id: string): string {
  if (typeof id !== 'string' || ['', '.', '..'].includes(id))
    throw new TypeError(`${typeof id === 'string' ? JSON.stringify(id) : typeof id} is no id.`)
  return encodeURIComponent(id)
}

/** What no request can be made of is refused here as the API would refuse it. */
function unsendable(mistake: unknown): Failure {
  const detail = mistake instanceof Error ? mistake.message : String(mistake)
  return { kind: 'refused', status: 400, errors: [{ title: 'Bad Request', detail, code: '400', status: '400' }], requestId: null }
}

/** The JSON of an answer. */
export async function readJson<Json>(response: Response, signal?: AbortSignal): Promise<Result<Json>> {
  try {
    return success((await response.json()) as Json)
  } catch (cause) {
    return failed(brokenOff(cause, signal))
  }
}

/** Why no answer came, or not all of it. */
const brokenOff = (cause: unknown, signal: AbortSignal | undefined): Failure =>
  signal?.aborted ? { kind: 'aborted' } : { kind: 'unreachable', cause }

async function toFailure(response: Response): Promise<Failure> {
  const { status, headers } = response
  const told = { errors: await readErrors(response), requestId: headers.get('x-request-id') }
  if (status === 401) return { kind: 'unauthorized', status, ...told }
  if (status === 404) return { kind: 'not found', status, ...told }
  if (status === 429 || status >= 500) return { kind: 'unavailable', status, retryAfterSeconds: readSeconds(headers), ...told }
  return { kind: 'refused', status, ...told }
}

async function readErrors(response: Response): Promise<readonly ApiError[]> {
  try {
    const { errors } = (await response.json()) as { errors?: ApiError[] }
    return Array.isArray(errors) ? errors : []
  } catch {
    return []
  }
}

function readSeconds(headers: Headers): number | null {
  const text = headers.get('retry-after') ?? ''
  return /^\d+$/.test(text) ? Number(text) : null
}
