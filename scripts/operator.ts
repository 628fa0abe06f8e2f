import { setTimeout as sleep } from 'node:timers/promises'
import { OPERATOR_ROOT } from '../src/roots.ts'
import type { Outcome as Stored } from '../src/ingest/load.ts'
import type { Recount } from '../src/ingest/recount.ts'

/** What the operator API stores, in the order in which files are loaded. */
export const kinds = ['customers', 'profiles', 'accounts', 'api-accesses', 'transport-protocols', 'cdrs', 'cdr-exports'] as const
export type Kind = (typeof kinds)[number]

export type { Recount, Stored }

export type Row = Record<string, unknown>

/** The operator API could not be asked, or said no; `status` is 0 if it could not be reached. */
export class OperatorApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const TRIES = 5
const TIMEOUT_MILLISECONDS = 120_000

/** A client of the operator API. `note` hears of every try that failed. */
export function operatorApi(url: string, key: string, note: (message: string) => void = () => {}) {
  const ask = async <T>(method: string, path: string, body?: Buffer): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(`${url}${OPERATOR_ROOT}/${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/x-ndjson' }) },
        ...(body && { body }),
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      })
        .then(async (response) => ({ status: response.status, headers: response.headers, text: await response.text() }))
        .catch((error: unknown) => ({ trouble: reason(error) }))
      if (!('trouble' in answer) && answer.status !== 429 && answer.status < 500) return understood<T>(url, answer)

      const trouble = 'trouble' in answer ? answer.trouble : `HTTP ${answer.status}`
      if (attempt === TRIES) throw new OperatorApiError(0, `${url} failed ${TRIES} times, at last with: ${trouble}`)
      const waitMilliseconds = Math.max(backoff(attempt), 'headers' in answer ? retryAfter(answer.headers) : 0)
      note(`${trouble}; trying again in ${(waitMilliseconds / 1000).toFixed(1)} s`)
      await sleep(waitMilliseconds)
    }
  }

  return {
    /** Recounts a part of the CDRs. */
    recount: (repair: boolean) => ask<Recount>('POST', `counters/${repair ? 'repair' : 'verify'}`),
    put: (kind: Kind, rows: Buffer) => ask<Stored>('PUT', kind, rows),
    status: () => ask<{ customers: number; cdrs: number }>('GET', 'status'),
  }
}

export type OperatorApi = ReturnType<typeof operatorApi>

const understood = <T>(url: string, { status, text }: { status: number; text: string }): T => {
  if (status === 401 || status === 403) throw new OperatorApiError(status, `The operator key is wrong: ${url} answered ${status}`)
  const body = parseObject(text)
  if (status === 200 && body) return body as T
  throw new OperatorApiError(status, firstDetail(body) ?? `${url} answered ${status}; is the operator API there?`)
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const firstDetail = (body: { errors?: { detail?: string }[] } | undefined) => body?.errors?.[0]?.detail

/** Half of it is chance, so that clients that failed together do not come back together. */
const backoff = (attempt: number) => 500 * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)

/** RFC 9110 10.2.3: seconds or a date. */
function retryAfter(headers: Headers) {
  const value = headers.get('retry-after') ?? ''
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(milliseconds) ? 0 : milliseconds
}

/** `fetch failed` says nothing; its cause does. */
function reason(error: unknown) {
  const { message, cause } = error as { message: string; cause?: { code?: string; message?: string } }
  return cause?.message || cause?.code || message
}
