import { OPERATOR_ROOT, ROOT } from '../../src/roots.ts'
import { Broken, type RunRecord } from './record.ts'

const TIMEOUT_MILLISECONDS = 30_000

export interface Answer {
  status: number
  headers: Headers
  bytes: Buffer
}

export interface Listed {
  data: { id: string; attributes: Record<string, unknown> }[]
  meta: { 'total-count': number }
}

export type Caller = ReturnType<typeof callerOf>

/** Sends requests on behalf of one kind of traffic. */
export function callerOf(url: string, name: string, record: RunRecord) {
  const send = async (path: string, wanted: readonly number[], init: RequestInit = {}): Promise<Answer> => {
    const start = performance.now()
    const response = await fetch(url + path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) })
    const bytes = Buffer.from(await response.arrayBuffer())
    record.took(name, performance.now() - start)
    const { status, headers } = response
    if (!wanted.includes(status))
      throw new Broken(`HTTP ${status} where ${wanted.join(' or ')} is right`, `${path} ${bytes.toString().slice(0, 300)}`)
    return { status, headers, bytes }
  }
  const customer = (path: string) => `${ROOT}/${path}`
  const get = (token: string, path: string, wanted = [200], headers: Record<string, string> = {}) =>
    send(customer(path), wanted, { headers: { accept: 'application/vnd.api+json', authorization: token, ...headers } })
  return {
    get,
    list: async (token: string, path: string) => JSON.parse((await get(token, path)).bytes.toString()) as Listed,
    post: (path: string, body: object, wanted: readonly number[], headers: Record<string, string> = {}) =>
      send(customer(path), wanted, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    operator: (key: string, method: string, path: string, body?: string) =>
      send(`${OPERATOR_ROOT}/${path}`, [200], { method, headers: { authorization: `Bearer ${key}` }, ...(body !== undefined && { body }) }),
  }
}
