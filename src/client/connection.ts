// Sends requests and reads answers; signs in where it has to.
import { failed, success, type ApiError, type Failure, type Result } from './result.ts'

/** Where the API is, and who asks. Without a token, and without login and password, a browser's session cookie tells who asks. */
export interface ClientOptions {
  /** Scheme and host: `https://api.example.com`. */
  url: string
  token?: string
  login?: string
  password?: string
  /** Sends a request; the platform's own `fetch` unless given. */
  fetch?: (request: Request) => Promise<Response>
}

/** What is sent. What is made of a caller's arguments is made by functions: those that throw make the failure. */
interface Asked {
  method?: 'GET' | 'POST'
  /** Below the API's root, with its search part. */
  path: () => string
  body?: () => unknown
  headers?: Readonly<Record<string, string>>
  signal?: AbortSignal | undefined
}

export type Ask = (asked: Asked) => Promise<Result<Response>>

const ROOT = '/api/rest/customer/v1'
const MEDIA_TYPE = 'application/vnd.api+json'

/** Makes the function that all requests go through. */
export function connect(options: ClientOptions): Ask {
  const { url, login, password, token, fetch: send = (request: Request) => fetch(request) } = options
  const root = url.replace(/\/+$/, '') + ROOT

  const toRequest = ({ method = 'GET', path, body, headers, signal }: Asked, bearer: string | undefined) =>
    new Request(root + path(), {
      method,
      headers: {
        accept: MEDIA_TYPE,
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(body && { 'content-type': MEDIA_TYPE }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body()) }),
      ...(signal && { signal }),
    })

  const attempt = async (asked: Asked, bearer: string | undefined): Promise<Result<Response>> => {
    let request: Request
    try {
      request = toRequest(asked, bearer)
    } catch (mistake) {
      return failed(unsendable(mistake))
    }
    try {
      const response = await send(request)
      return response.ok ? success(response) : failed(await toFailure(response))
    } catch (cause) {
      return failed(asked.signal?.aborted ? { kind: 'aborted' } : { kind: 'unreachable', cause })
    }
  }
  if (login === undefined || password === undefined) return (asked) => attempt(asked, token)

  const signIn = async (): Promise<Result<string>> => {
    const body = () => ({ auth: { login, password } })
    const answer = await attempt({ method: 'POST', path: () => '/auth', body, headers: { 'content-type': 'application/json' } }, undefined)
    const read = answer.ok ? await readJson<{ jwt: string }>(answer.value) : answer
    return read.ok ? success(read.value.jwt) : read
  }
  let session: Promise<Result<string>> | undefined = token === undefined ? undefined : Promise.resolve(success(token))

  /** Signs in once for all requests that wait; `expired` is the session that no longer holds. */
  const renew = (expired?: Promise<Result<string>>) => {
    if (session === expired) session = signIn()
    return session!
  }

  return async (asked) => {
    const used = session ?? renew()
    const bearer = await used
    if (!bearer.ok) {
      if (session === used) session = undefined
      return bearer
    }
    const answer = await attempt(asked, bearer.value)
    if (answer.ok || answer.failure.kind !== 'unauthorized') return answer
    const renewed = await renew(used)
    return renewed.ok ? attempt(asked, renewed.value) : renewed
  }
}

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
export async function readJson<Json>(response: Response): Promise<Result<Json>> {
  try {
    return success((await response.json()) as Json)
  } catch (cause) {
    return failed({ kind: 'unreachable', cause })
  }
}

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
