// The login and password of a request to sign in, in any form that the reference takes (contract B.5): JSON, forms of either encoding, query parameters.
import { readText } from '../http/body.ts'
import { firstOf } from '../http/negotiate.ts'
import { isObject, numeral, parseJson, type Json } from '../jsonapi/json.ts'
import { parseFields, parseParams, type Param } from '../jsonapi/parse.ts'
import { Problem, problems } from '../jsonapi/problem.ts'

/** Login and password as texts, if they were given as such; whether the token shall come in a cookie. */
export interface Credentials {
  login: string | undefined
  password: string | undefined
  byCookie: boolean
}

const LONGEST_BODY_BYTES = 65_536
const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'

type Field = Json | Param | undefined
type Fields = ReadonlyMap<string, Field>

/** Reads a request to sign in. Throws 400 if it is malformed or has nothing to sign in with, 413 if it is too long. */
export async function readCredentials(request: Request): Promise<Credentials> {
  const query = parseParams(new URL(request.url).search.slice(1))
  const contentType = request.headers.get('content-type') ?? ''
  const type = firstOf(contentType).toLowerCase()
  const text = await readText(request, LONGEST_BODY_BYTES)
  const body = type === MULTIPART ? await readMultipart(contentType, text) : readBody(type, text)
  const bare = type === 'application/json' && !query.has('auth') && !body.has('auth')
  const auth = bare ? body : toFields(query.get('auth') ?? body.get('auth'))
  if (auth.size === 0) throw problems.badRequest('Send {"auth":{"login":"…","password":"…"}}, as JSON or form encoded.')
  return { login: toText(auth.get('login')), password: toText(auth.get('password')), byCookie: isTrue(auth.get('cookie_auth')) }
}

/** The fields of a body; none where its type is neither JSON nor form encoding, which is what a body without a type is taken for. */
function readBody(type: string, text: string): Fields {
  if (type === '' || type === FORM) return parseParams(text)
  if (!type.endsWith('json') || text.trim() === '') return new Map()
  const json = parseJson(text)
  if (json === undefined) throw problems.badRequest('The body is not JSON.')
  return toFields(json)
}

/** The fields of a form in parts (RFC 7578); a file is no credential. */
async function readMultipart(contentType: string, text: string): Promise<Fields> {
  try {
    const form = await new Response(text, { headers: { 'content-type': contentType } }).formData()
    return parseFields([...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])))
  } catch (cause) {
    throw cause instanceof Problem ? cause : problems.badRequest('The body is not multipart/form-data, or breaks off.')
  }
}

function toFields(field: Field): Fields {
  if (field instanceof Map) return field
  const json = field as Json | undefined
  return isObject(json) ? new Map(Object.entries(json)) : new Map()
}

/** The text of a scalar; anything else is dropped. */
function toText(field: Field): string | undefined {
  if (typeof field === 'string') return field
  if (typeof field === 'boolean') return String(field)
  return field === undefined || field instanceof Map ? undefined : numeral(field as Json)
}

function isTrue(field: Field): boolean {
  const text = toText(field)
  return text !== undefined && text !== 'false' && text !== '0'
}
