import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OPERATOR_ROOT } from '../../src/roots.ts'
import { parseJson, type JsonObject } from '../../src/jsonapi/json.ts'
import { kinds, readRow, type Values } from '../../src/ingest/schema.ts'
import { upsert } from '../../src/ingest/write.ts'
import { startWrangler } from '../start/wrangler.ts'
import type { Wrangler } from '../start/wrangler.ts'
import { bigCustomer, cdrRow, manyCustomers } from './rows.ts'
import type { Traffic } from './rows.ts'

const rowsPerRequest = 2000
const rowsPerRound = 20_000
const rounds = 5
const key = 'bench'
const startTimeoutMilliseconds = 60_000

/** What loading costs. Rates are rows a second, medians of rounds that took turns. */
export interface IngestFigures {
  rate: number
  bareRate: number
  /** `rate` over `bareRate`. */
  ratio: number
  redeliveredRate: number
  writtenPerCdr: number
  writtenPerRedeliveredCdr: number
  /** A live batch of 500 CDRs over 100 customers and as many accounts. */
  writtenPerLiveCdr: number
  /** Where every vendor is a customer too, and may list the CDR. */
  writtenPerIncomingCdr: number
}

/** Starts two servers on the ports, one as it is and one that only runs INSERT … SELECT … FROM json_each, and loads the same CDRs into both. */
export const measureIngest = async (port: number, barePort: number): Promise<IngestFigures> => {
  const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-bench-'))
  const servers: Wrangler[] = []
  try {
    const variables = ['--var', `OPERATOR_KEY:${key}`, '--var', 'SERVER_TIMING:1']
    servers.push(await serve(port, join(folder, 'product'), 'wrangler.toml', variables))
    servers.push(await serve(barePort, join(folder, 'bare'), 'scripts/bench/bare/wrangler.toml', []))
    return await measure(`http://127.0.0.1:${port}`, `http://127.0.0.1:${barePort}`)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

const serve = async (port: number, folder: string, config: string, variables: string[]) => {
  const migration = startWrangler('d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', folder, '--config', config)
  if ((await migration.exited) !== 0) throw new Error(migration.output())
  const place = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--persist-to', folder, '--config', config]
  const server = startWrangler('dev', ...place, ...variables, '--show-interactive-dev-session', 'false', '--log-level', 'warn')
  for (const deadline = Date.now() + startTimeoutMilliseconds; Date.now() < deadline; await sleep(200)) {
    const answered = await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(2000) }).then(
      () => true,
      () => false,
    )
    if (answered) return server
  }
  throw new Error(`The server did not start.\n${server.output()}`)
}

const measure = async (url: string, bareUrl: string): Promise<IngestFigures> => {
  const load = (bodies: Bodies) => timed(bodies.lines, (body) => put(url, 'cdrs', body))
  const insert = (bodies: Bodies) => timed(bodies.lists, (body) => post(bareUrl, bareSql, body))
  let at = 0
  const next = (traffic: Traffic, count: number) => makeBodies((at += count) - count, count, traffic)
  await load(next(bigCustomer, rowsPerRequest))
  await insert(next(bigCustomer, rowsPerRequest))

  const rates: Record<'product' | 'bare' | 'again', number[]> = { product: [], bare: [], again: [] }
  let written = 0
  let writtenAgain = 0
  for (let round = 0; round < rounds; round++) {
    const bodies = next(bigCustomer, rowsPerRound)
    const product = await load(bodies)
    const bare = await insert(bodies)
    const again = await load(bodies)
    rates.product.push(product.rate)
    rates.bare.push(bare.rate)
    rates.again.push(again.rate)
    written += product.written
    writtenAgain += again.written
  }
  const live = await load(next(manyCustomers, 500))
  await put(url, 'customers', Array.from({ length: bigCustomer.vendors }, (_, at) => `{"id":${1001 + at}}`).join('\n'))
  const incoming = await load(next(bigCustomer, rowsPerRequest))
  const [rate, bareRate, redeliveredRate] = [median(rates.product), median(rates.bare), median(rates.again)]
  return {
    rate,
    bareRate,
    ratio: rate / bareRate,
    redeliveredRate,
    writtenPerCdr: written / (rounds * rowsPerRound),
    writtenPerRedeliveredCdr: writtenAgain / (rounds * rowsPerRound),
    writtenPerLiveCdr: live.written / 500,
    writtenPerIncomingCdr: incoming.written / rowsPerRequest,
  }
}

/** The same rows as lines, and as the lists that are bound. */
interface Bodies {
  lines: string[]
  lists: string[]
}

const cdrs = kinds.get('cdrs')!

const makeBodies = (from: number, count: number, traffic: Traffic): Bodies => {
  const bodies: Bodies = { lines: [], lists: [] }
  for (let start = from; start < from + count; start += rowsPerRequest) {
    const end = Math.min(start + rowsPerRequest, from + count)
    const lines = Array.from({ length: end - start }, (_, at) => JSON.stringify(cdrRow(start + at, traffic)))
    bodies.lines.push(lines.join('\n'))
    bodies.lists.push(...upsert(cdrs, lines.map(toValues)).map(({ values }) => values))
  }
  return bodies
}

const toValues = (line: string): Values => {
  const values = readRow(cdrs, parseJson(line) as JsonObject)
  if (typeof values === 'string') throw new Error(values)
  return values as Values
}

/** As one would write it. */
const bareSql = (() => {
  const names = [...cdrs.columns.map(({ name }) => name), 'folded']
  return `INSERT INTO cdrs (${names.join(', ')}) SELECT ${names.map((_, at) => `value->>${at}`).join(', ')} FROM json_each(?1)`
})()

const put = async (url: string, kind: string, body: string) => {
  const response = await fetch(`${url}${OPERATOR_ROOT}/${kind}`, { method: 'PUT', headers: { authorization: `Bearer ${key}` }, body })
  const outcome = (await response.json()) as { rejected: number }
  if (response.status !== 200 || outcome.rejected > 0) throw new Error(JSON.stringify(outcome))
  return Number(/written=(\d+)/.exec(response.headers.get('server-timing') ?? '')?.[1])
}

const post = async (url: string, sql: string, body: string) => {
  const response = await fetch(url, { method: 'POST', headers: { 'x-sql': sql }, body })
  if (!response.ok) throw new Error(await response.text())
  const { written } = (await response.json()) as { written: number }
  return written
}

const timed = async (bodies: string[], send: (body: string) => Promise<number>) => {
  const rows = bodies.reduce((sum, body) => sum + (body.startsWith('[') ? body.split('],[').length : body.split('\n').length), 0)
  const start = performance.now()
  let written = 0
  for (const body of bodies) written += await send(body)
  return { rate: (rows * 1000) / (performance.now() - start), written }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

if (import.meta.main) {
  for (const [name, value] of Object.entries(await measureIngest(8830, 8831))) {
    console.log(name.padEnd(26), value > 100 ? Math.round(value) : value.toFixed(3))
  }
}
