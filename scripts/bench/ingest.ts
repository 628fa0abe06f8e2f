import { parseJson, type JsonObject } from '../../src/jsonapi/json.ts'
import { kinds, readRow, type Values } from '../../src/ingest/schema.ts'
import { upsert } from '../../src/ingest/write.ts'
import { OPERATOR_ROOT } from '../../src/roots.ts'
import type { Server } from '../server.ts'
import { median } from './measure.ts'
import { bigCustomer, cdrRow, manyCustomers, type Traffic } from './rows.ts'

const ROWS_PER_REQUEST = 2000
const ROWS_PER_ROUND = 20_000
const ROUNDS = 5

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

/** Loads the same CDRs into the service and into the floor, which only runs INSERT … SELECT … FROM json_each. Both are empty, with the same tables. */
export async function measureIngest(service: Server, floor: Server, operatorKey: string): Promise<IngestFigures> {
  const put = (kind: string, body: string) => putRows(service, operatorKey, kind, body)
  const load = (bodies: Bodies) => timed(bodies.lines, bodies.rows, (body) => put('cdrs', body))
  const insert = (bodies: Bodies) => timed(bodies.lists, bodies.rows, (body) => insertRows(floor, body))
  let at = 0
  const next = (traffic: Traffic, count: number) => makeBodies((at += count) - count, count, traffic)
  await load(next(bigCustomer, ROWS_PER_REQUEST))
  await insert(next(bigCustomer, ROWS_PER_REQUEST))

  const rates: Record<'product' | 'bare' | 'again', number[]> = { product: [], bare: [], again: [] }
  let written = 0
  let writtenAgain = 0
  for (let round = 0; round < ROUNDS; round++) {
    const bodies = next(bigCustomer, ROWS_PER_ROUND)
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
  await put('customers', Array.from({ length: bigCustomer.vendors }, (_, at) => `{"id":${1001 + at}}`).join('\n'))
  const incoming = await load(next(bigCustomer, ROWS_PER_REQUEST))
  const [rate, bareRate, redeliveredRate] = [median(rates.product), median(rates.bare), median(rates.again)]
  return {
    rate,
    bareRate,
    ratio: rate / bareRate,
    redeliveredRate,
    writtenPerCdr: written / (ROUNDS * ROWS_PER_ROUND),
    writtenPerRedeliveredCdr: writtenAgain / (ROUNDS * ROWS_PER_ROUND),
    writtenPerLiveCdr: live.written / 500,
    writtenPerIncomingCdr: incoming.written / ROWS_PER_REQUEST,
  }
}

/** The same rows as lines, and as the lists that are bound. */
interface Bodies {
  rows: number
  lines: string[]
  lists: string[]
}

const cdrs = kinds.get('cdrs')!

function makeBodies(from: number, count: number, traffic: Traffic): Bodies {
  const bodies: Bodies = { rows: count, lines: [], lists: [] }
  for (let start = from; start < from + count; start += ROWS_PER_REQUEST) {
    const end = Math.min(start + ROWS_PER_REQUEST, from + count)
    const lines = Array.from({ length: end - start }, (_, at) => JSON.stringify(cdrRow(start + at, traffic)))
    bodies.lines.push(lines.join('\n'))
    bodies.lists.push(...upsert(cdrs, lines.map(toValues)).map(({ values }) => values))
  }
  return bodies
}

function toValues(line: string): Values {
  const values = readRow(cdrs, parseJson(line) as JsonObject)
  if (typeof values === 'string') throw new Error(values)
  return values as Values
}

/** As one would write it, of the columns that the rows have. */
const BARE_SQL = (() => {
  const row = toValues(JSON.stringify(cdrRow(0, bigCustomer)))
  const names = [...cdrs.columns.filter((_, at) => row[at] !== undefined).map(({ name }) => name), 'folded']
  return `INSERT INTO cdrs (${names.join(', ')}) SELECT ${names.map((_, at) => `value->>${at}`).join(', ')} FROM json_each(?1)`
})()

async function putRows({ url }: Server, operatorKey: string, kind: string, body: string): Promise<number> {
  const headers = { authorization: `Bearer ${operatorKey}` }
  const response = await fetch(`${url}${OPERATOR_ROOT}/${kind}`, { method: 'PUT', headers, body })
  const outcome = (await response.json()) as { rejected: number }
  if (response.status !== 200 || outcome.rejected > 0) throw new Error(JSON.stringify(outcome))
  return Number(/written=(\d+)/.exec(response.headers.get('server-timing') ?? '')?.[1])
}

async function insertRows({ url }: Server, body: string): Promise<number> {
  const response = await fetch(url, { method: 'PUT', headers: { 'x-sql': BARE_SQL }, body })
  if (!response.ok) throw new Error(await response.text())
  const { written } = (await response.json()) as { written: number }
  return written
}

async function timed(bodies: string[], rows: number, send: (body: string) => Promise<number>) {
  const start = performance.now()
  let written = 0
  for (const body of bodies) written += await send(body)
  return { rate: (rows * 1000) / (performance.now() - start), written }
}
