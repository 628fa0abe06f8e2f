// The two ways in which a case is measured: asked once, for what D1 bills, and sent many times, for what it takes.
import { isDeepStrictEqual } from 'node:util'
import type { Server } from '../server.ts'
import { signToken } from '../start/token.ts'
import type { Case, Peer } from './cases.ts'
import { load } from './load.ts'

/** What one request costs, in figures that are the same in every run. */
export interface Cost {
  trips: number
  read: number
  written: number
}

/** What a request takes. CPU time is that of the whole server, the local D1 included; undefined where nobody tells. */
export interface Speed {
  cpuMicroseconds: number | undefined
  perSecond: number
  p50: number
  p99: number
}

/** How hard a round loads. */
export interface Effort {
  rounds: number
  milliseconds: number
  warmUpMilliseconds: number
}

/** Figures of the service and of those peers that answer the case. */
export type Beside<Figures> = { service: Figures } & Partial<Record<Peer, Figures>>

export type Servers = Record<'service' | Peer, Server>

/** What all servers of a run are told. */
export const SECRET = 'the secret of the bench'

const CONNECTIONS = 8
const CONNECTIONS_HEAVY = 3

/** The method, the headers and the body of a case's request. */
export function requestOf({ access = 1, headers = {}, body }: Case, tag?: string) {
  return {
    method: body === undefined ? ('GET' as const) : ('POST' as const),
    headers: {
      accept: 'application/vnd.api+json',
      authorization: signToken(SECRET, access, new Date()),
      ...(tag !== undefined && { 'if-none-match': tag }),
      ...headers,
    },
    body,
  }
}

const namesOf = ({ peers = [] }: Case) => [...peers, 'service'] as const

async function askOnce(one: Case, server: Server) {
  const tag = one.conditional ? await tagOf(one, server) : undefined
  const { body, ...request } = requestOf(one, tag)
  const response = await server.ask(one.path, { ...request, ...(body !== undefined && { body }) })
  const text = await response.text()
  if (response.status !== (one.status ?? 200)) throw new Error(`${one.name}: ${response.status} ${text.slice(0, 300)}`)
  return { headers: response.headers, text }
}

async function tagOf(one: Case, server: Server): Promise<string | undefined> {
  const { headers } = await askOnce({ ...one, conditional: false, status: 200 }, server)
  return headers.get('etag') ?? undefined
}

const contentOf = (text: string): unknown => (text === '' ? undefined : JSON.parse(text))

/** Asks servers that tell what it costs. Peers have to answer as the service does. */
export async function measureCost(one: Case, servers: Servers): Promise<Beside<Cost>> {
  const costs: Partial<Beside<Cost>> = {}
  const service = await askOnce(one, servers.service)
  for (const name of namesOf(one)) {
    const { headers, text } = name === 'service' ? service : await askOnce(one, servers[name])
    const figures = /trips=(\d+) read=(\d+) written=(\d+)/.exec(headers.get('server-timing') ?? '')
    if (!figures) throw new Error(`${one.name}: no Server-Timing`)
    costs[name] = { trips: Number(figures[1]), read: Number(figures[2]), written: Number(figures[3]) }
    const same =
      name === 'plain' ? isDeepStrictEqual(contentOf(text), contentOf(service.text)) : headers.get('etag') === service.headers.get('etag')
    if (!same) throw new Error(`${one.name}: the ${name} answers otherwise: ${text.slice(0, 300)}`)
  }
  return costs as Beside<Cost>
}

/** Loads the servers in turns, and tells the median round of each: what else the machine does meets all of them alike. */
export async function measureSpeed(one: Case, servers: Servers, effort: Effort): Promise<Beside<Speed>> {
  const lanes = []
  for (const name of namesOf(one)) lanes.push(await openLane(one, servers[name], name, effort))
  for (let round = 0; round < effort.rounds; round++) for (const { run } of lanes) await run()
  return Object.fromEntries(lanes.map(({ name, rounds }) => [name, medians(rounds)])) as Beside<Speed>
}

/** Warms a server up. That tells how many requests make a round: a fixed number, so that all that is counted is over when its CPU time is read. */
async function openLane(one: Case, server: Server, name: string, { milliseconds, warmUpMilliseconds }: Effort) {
  const { headers, ...request } = requestOf(one, one.conditional ? await tagOf(one, server) : undefined)
  const what = {
    ...request,
    headers: { host: 'example.org', ...headers },
    url: server.url + one.path,
    connections: one.heavy ? CONNECTIONS_HEAVY : CONNECTIONS,
  }
  const { perSecond } = await load({ ...what, until: { milliseconds: warmUpMilliseconds } })
  const rounds: Speed[] = []
  const run = async () => {
    const before = server.cpuMicroseconds()
    const { requests, statuses, p50, p99, ...loaded } = await load({
      ...what,
      until: { requests: Math.ceil((perSecond * milliseconds) / 1000) },
    })
    const after = server.cpuMicroseconds()
    if (statuses.some((status) => status !== (one.status ?? 200))) throw new Error(`${one.name}: ${name} answers ${statuses.join(', ')}`)
    const cpuMicroseconds = before === undefined || after === undefined ? undefined : (after - before) / requests
    rounds.push({ cpuMicroseconds, perSecond: loaded.perSecond, p50, p99 })
  }
  return { name, rounds, run }
}

function medians(rounds: readonly Speed[]): Speed {
  const of = (figure: (speed: Speed) => number) => median(rounds.map(figure))
  const cpus = rounds.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? [])
  return {
    cpuMicroseconds: cpus.length === 0 ? undefined : median(cpus),
    perSecond: of(({ perSecond }) => perSecond),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
  }
}

export const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
