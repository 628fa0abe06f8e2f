// The two ways in which a case is measured: asked once, for what D1 bills, and sent many times, for what it takes.
import { ask, requestOf } from './ask.ts'
import type { Case } from './cases.ts'
import type { Client } from './client.ts'
import type { Server } from './server.ts'

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

/** Asks once a server that tells what it costs. The floor, where it answers too, has to answer the same bytes. */
export const measureCost = async (one: Case, service: Server, floor: Server): Promise<Cost> => {
  const now = new Date()
  const tag = one.conditional ? await tagOf(one, service) : undefined
  const { status, headers, body } = await ask(service.url + one.path, requestOf(one, now, tag))
  if (status !== (one.status ?? 200)) throw new Error(`${one.name}: ${status} ${body.slice(0, 300)}`)
  if (one.floor) {
    const yardstick = await ask(floor.url + one.path, requestOf(one, now, tag))
    if (yardstick.status !== status || yardstick.headers.etag !== headers.etag) throw new Error(`${one.name}: the floor answers otherwise`)
  }
  const figures = /trips=(\d+) read=(\d+) written=(\d+)/.exec(String(headers['server-timing']))
  if (!figures) throw new Error(`${one.name}: no Server-Timing`)
  return { trips: Number(figures[1]), read: Number(figures[2]), written: Number(figures[3]) }
}

const tagOf = async (one: Case, { url }: Server) => (await ask(url + one.path, requestOf(one, new Date()))).headers.etag

/** How hard a round loads. Neither count nor time is without a limit. */
export interface Effort {
  rounds: number
  milliseconds: number
  warmUpMilliseconds: number
}

const CONNECTIONS = 8
const CONNECTIONS_HEAVY = 3
const MOST_REQUESTS = 20_000

/** Loads the servers in turns, and tells the median round of each: what else the machine does meets all of them alike. */
export const measureSpeed = async (one: Case, servers: readonly Server[], client: Client, effort: Effort): Promise<Speed[]> => {
  const tag = one.conditional ? await tagOf(one, servers[0]!) : undefined
  const load = (server: Server, milliseconds: number) =>
    client.load({
      ...requestOf(one, new Date(), tag),
      url: server.url + one.path,
      connections: one.heavy ? CONNECTIONS_HEAVY : CONNECTIONS,
      milliseconds,
      most: MOST_REQUESTS,
    })
  const rounds = servers.map((): Speed[] => [])
  for (const server of servers) await load(server, effort.warmUpMilliseconds)
  for (let round = 0; round < effort.rounds; round++) {
    for (const [at, server] of servers.entries()) {
      const before = server.cpuMicroseconds()
      const { requests, statuses, served: _, longest: __, ...speed } = await load(server, effort.milliseconds)
      const after = server.cpuMicroseconds()
      if (statuses.some((status) => status !== (one.status ?? 200))) throw new Error(`${one.name}: answers ${statuses.join(', ')}`)
      rounds[at]!.push({ ...speed, cpuMicroseconds: before === undefined || after === undefined ? undefined : (after - before) / requests })
    }
  }
  return rounds.map(medians)
}

const medians = (rounds: readonly Speed[]): Speed => {
  const of = (figure: (speed: Speed) => number) => median(rounds.map(figure))
  const cpus = rounds.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? [])
  return {
    cpuMicroseconds: cpus.length === 0 ? undefined : median(cpus),
    perSecond: of(({ perSecond }) => perSecond),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
  }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
