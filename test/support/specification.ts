// Holds answers to the JSON:API specification, by the schema of jsonapi-validator.
import { Validator } from 'jsonapi-validator'

const validator = new Validator()

/**
 * Where the reference, and so the contract, departs from the specification (5): labelled JSON:API though there is no document.
 * These answers are empty, and take their label from the client's Accept.
 */
const DEPARTURES = [
  { status: 404, path: /\/(?:cdrs|incoming-cdrs)\/[^/]+\/rec(?:\.\w+)?\/?$/, why: 'a call without a recording' },
  { status: 404, path: /\/cdr-exports\/[^/]+\/download(?:\.\w+)?\/?$/, why: 'an export without a file' },
  { status: 201, path: /\/auth\/?$/, why: 'signed in: the token is in the cookie' },
]

/** Throws if an answer that calls itself JSON:API is none. */
export async function holdToSpecification({ method, url }: Request, response: Response): Promise<void> {
  if (response.headers.get('content-type') !== 'application/vnd.api+json' || method === 'HEAD') return
  const body = await response.clone().text()
  if (body === '' && DEPARTURES.some(({ status, path }) => status === response.status && path.test(new URL(url).pathname))) return
  try {
    validator.validate(JSON.parse(body))
  } catch (error) {
    const { message, errors = [] } = error as Error & { errors?: { dataPath: string; message: string }[] }
    const reasons = errors.map(({ dataPath, message }) => `${dataPath} ${message}`)
    throw new Error([`${method} ${url} is answered against JSON:API: ${message}`, ...reasons].join('\n  '), { cause: error })
  }
}
