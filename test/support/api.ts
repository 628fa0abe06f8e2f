import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import app from '../../src/index.ts'
import { signToken } from '../../src/auth/token.ts'
import accounts from '../dataset/accounts.ndjson.gz?inline'
import accesses from '../dataset/api_accesses.ndjson.gz?inline'
import exports from '../dataset/cdr_exports.ndjson.gz?inline'
import cdrs from '../dataset/cdrs.ndjson.gz?inline'
import customers from '../dataset/customers.ndjson.gz?inline'
import protocols from '../dataset/transport_protocols.ndjson.gz?inline'
import { linesOf } from './gzip.ts'
import { holdToSpecification } from './specification.ts'

export const ROOT = '/api/rest/customer/v1'

/** A year in which no token of the tests has expired. */
const LATE = 4_102_444_800

/** The environment of the tests, with variables of its own. */
const withVariables = (variables: Partial<Env>): Env => ({ ...env, SERVER_TIMING: '1', ...variables })

/** Sends a request to the app, as a client would; its answer has to be good JSON:API. */
export async function send(path: string, init: RequestInit = {}, variables: Partial<Env> = {}): Promise<Response> {
  const request = new Request(`http://example.org${path}`, init)
  const response = await app.request(request, undefined, withVariables(variables))
  await holdToSpecification(request, response)
  return response
}

export const tokenOf = (accessId: number) => signToken({ kind: 'access', id: String(accessId) }, env.JWT_SECRET, LATE)

/** GETs a path of the customer API for an access. */
export async function get(
  path: string,
  accessId = 1,
  variables: Partial<Env> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  return send(
    ROOT + path,
    { headers: { authorization: await tokenOf(accessId), accept: 'application/vnd.api+json', ...headers } },
    variables,
  )
}

export interface Resource {
  id: string
  type: string
  attributes: Record<string, unknown>
  relationships: Record<string, { data?: unknown }>
}

export interface Listing {
  data: Resource[]
  included?: Resource[]
  meta: { 'total-count': number }
  links: Record<string, string>
}

export const bodyOf = async <Body = Listing>(response: Response) => response.json() as Promise<Body>

/** The ids of a list, and the count of all that match. */
export async function idsOf(response: Response): Promise<{ total: number; ids: string[] }> {
  const body = await bodyOf(response)
  return { total: body.meta['total-count'], ids: body.data.map(({ id }) => id) }
}

/** What the errors of an answer say, each as code and detail. */
export async function errorsOf(response: Response): Promise<[string, string][]> {
  const body = await bodyOf<{ errors: { code: string; detail: string }[] }>(response)
  return body.errors.map(({ code, detail }) => [code, detail])
}

/** The figures of the Server-Timing header. */
export function costOf(response: Response): { trips: number; read: number; written: number } {
  const figures = /trips=(\d+) read=(\d+) written=(\d+)/.exec(response.headers.get('server-timing') ?? '')
  return { trips: Number(figures?.[1]), read: Number(figures?.[2]), written: Number(figures?.[3]) }
}

/** Loads rows through the operator API. */
export async function load(kind: string, rows: readonly string[]): Promise<void> {
  const response = await send(`/api/operator/v1/${kind}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${env.OPERATOR_KEY}` },
    body: rows.join('\n'),
  })
  const { rejected, errors } = await bodyOf<{ rejected: number; errors: unknown }>(response)
  if (response.status !== 200 || rejected > 0) throw new Error(`Loading ${kind}: ${response.status} ${JSON.stringify(errors)}`)
}

/** An empty database. */
export const migrate = () => applyD1Migrations(env.DB, env.MIGRATIONS)

/** The rows that the recorded exchanges were recorded on. */
export async function loadDataset(): Promise<void> {
  await migrate()
  const files = {
    customers,
    accounts,
    'api-accesses': accesses,
    'transport-protocols': protocols,
    cdrs,
    'cdr-exports': exports,
  }
  for (const [kind, file] of Object.entries(files)) await load(kind, await linesOf(file))
}
