import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { signToken } from '../start/token.ts'
import type { Case } from './cases.ts'

/** What all servers of a run are told. */
export const secret = 'the secret of the bench'

/** The method, the headers and the body of a case's request. */
export const requestOf = ({ access = 1, headers = {}, body }: Case, now: Date, tag?: string) => ({
  method: body === undefined ? 'GET' : 'POST',
  headers: {
    host: 'example.org',
    accept: 'application/vnd.api+json',
    authorization: signToken(secret, access, now),
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...(tag === undefined ? {} : { 'if-none-match': tag }),
    ...headers,
  },
  body,
})

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Asks once. `fetch` would not let us say who the host is. */
export const ask = (url: string, { method, headers, body }: ReturnType<typeof requestOf>) =>
  new Promise<Answer>((resolve, reject) => {
    const sent = request(url, { method, headers, timeout: 60_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      )
    })
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`No answer from ${url}`)))
    sent.end(body)
  })
