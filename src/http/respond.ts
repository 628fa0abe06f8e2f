import { entityTag, matches } from './etag.ts'
import { varies } from './negotiate.ts'

/** What every answer carries, in the contract's order (L.1). */
export const SECURITY = {
  'x-frame-options': 'SAMEORIGIN',
  'x-xss-protection': '0',
  'x-content-type-options': 'nosniff',
  'x-permitted-cross-domain-policies': 'none',
  'referrer-policy': 'strict-origin-when-cross-origin',
} as const

const encoder = new TextEncoder()

/** An answer before it has its headers: status, media type, text, and headers of its own. */
export interface Answer {
  status: number
  contentType: string
  body: string
  headers?: Readonly<Record<string, string>>
}

/** Sends text: encoded once, hashed once, and not at all to a client that has it (RFC 9110 13.1.2). Errors have no entity tag. */
export async function respond(request: Request, answer: Answer): Promise<Response> {
  const bytes = encoder.encode(answer.body)
  const headers = new Headers({ ...SECURITY, 'content-type': answer.contentType, ...answer.headers })
  const accept = request.headers.get('accept') ?? undefined
  if (varies(accept, request.headers.get('x-requested-with') === 'XMLHttpRequest', request.url)) headers.set('vary', 'Accept')
  if (answer.status !== 200 && answer.status !== 201) {
    headers.set('cache-control', 'no-cache')
  } else {
    const tag = await entityTag(bytes)
    headers.set('etag', tag)
    headers.set('cache-control', 'max-age=0, private, must-revalidate')
    const conditional = answer.status === 200 && (request.method === 'GET' || request.method === 'HEAD')
    if (conditional && matches(request.headers.get('if-none-match') ?? undefined, tag)) {
      headers.delete('content-type')
      return new Response(null, { status: 304, headers })
    }
  }
  headers.set('content-length', String(bytes.byteLength))
  return new Response(request.method === 'HEAD' ? null : bytes, { status: answer.status, headers })
}

/** Sends no body; nothing was negotiated, so nothing varies. */
export const respondEmpty = (status: number, headers: Readonly<Record<string, string>>) =>
  new Response(null, { status, headers: { ...SECURITY, 'cache-control': 'no-cache', ...headers } })
