// What an export takes, from the order to the file, and whether the file is whole in every reader.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { ROOT } from '../../src/roots.ts'
import type { Server } from '../server.ts'
import { signToken } from '../start/token.ts'
import { data, uuidOf, type Traffic } from './data.ts'
import { SECRET } from './measure.ts'

export interface ExportFigures {
  rows: number
  rowsPerSecond: number
  /** Bytes. */
  csv: number
  file: number
  /** The server's peak, the stand-ins of D1 and R2 included; undefined where nobody tells. */
  memory: number | undefined
  /** Readers that unpack the file whole. */
  readers: string[]
}

/** The calls of one account: some 200,000 that the customer sees. */
export const exported: Traffic = { firstId: 1, calls: 276_000, start: Date.UTC(2026, 0, 1) * 1000, days: 30, accounts: 1 }

const EXPORTS = `${ROOT}/cdr-exports`
const PATIENCE_MILLISECONDS = 300_000
const MEBIBYTE = 2 ** 20

/** Exports `exported`, which is all that the server has. */
export async function measureExport(server: Server, path: string): Promise<ExportFigures> {
  const start = performance.now()
  const relationships = { account: { data: { type: 'accounts', id: uuidOf(data.customer * 100 + 1) } } }
  const filters = { time_start_gteq: '2026-01-01', time_start_lt: '2026-02-01' }
  const { id } = await ask(server, EXPORTS, { data: { type: 'cdr-exports', attributes: { filters }, relationships } })
  const rows = await completed(server, id)
  const seconds = (performance.now() - start) / 1000
  const { peak } = server.memory()
  const response = await server.ask(`${EXPORTS}/${id}/download`, { headers: headers() })
  const file = Buffer.from(await response.arrayBuffer())
  writeFileSync(path, file)
  const { csv, readers } = await readWhole(path, rows)
  return { rows, rowsPerSecond: Math.round(rows / seconds), csv, file: file.length, memory: peak, readers }
}

const headers = () => ({
  accept: 'application/vnd.api+json',
  'content-type': 'application/vnd.api+json',
  authorization: signToken(SECRET, data.access, new Date()),
})

interface Export {
  id: string
  attributes: { status: string; 'rows-count': number }
}

async function ask(server: Server, path: string, order?: object): Promise<Export> {
  const init = order ? { method: 'POST', body: JSON.stringify(order) } : {}
  const response = await server.ask(path, { ...init, headers: headers() })
  if (!response.ok) throw new Error(await response.text())
  return ((await response.json()) as { data: Export }).data
}

async function completed(server: Server, id: string): Promise<number> {
  for (const deadline = Date.now() + PATIENCE_MILLISECONDS; Date.now() < deadline; await sleep(100)) {
    const { status, 'rows-count': rows } = (await ask(server, `${EXPORTS}/${id}`)).attributes
    if (status === 'Completed') return rows
    if (status !== 'Pending') throw new Error(`The export is ${status}`)
  }
  throw new Error('The export is not made')
}

/** Reads a gzip file with all readers that this machine has. All have to give the same: a line for each row, after the head. */
async function readWhole(path: string, rows: number): Promise<{ csv: number; readers: string[] }> {
  const zlib = await digest(createReadStream(path).pipe(createGunzip()))
  const web = await digest(new Blob([readFileSync(path)]).stream().pipeThrough(new DecompressionStream('gzip')))
  const program = 'import gzip,hashlib,sys;print(hashlib.sha256(gzip.open(sys.argv[1]).read()).hexdigest())'
  const python = spawnSync('python3', ['-c', program, path], { encoding: 'utf8' })
  const gzip = spawnSync('sh', ['-c', 'gzip -dc "$0" | sha256sum', path], { encoding: 'utf8' })
  if (zlib.lines !== rows + 1) throw new Error(`The file has ${zlib.lines} lines, for ${rows} rows`)
  const found: [string, string][] = [
    ['node:zlib', zlib.sha256],
    ['DecompressionStream', web.sha256],
    ['python', python.stdout.trim()],
    ['gzip', gzip.stdout.slice(0, 64)],
  ]
  const present = found.filter(([, sha256]) => /^[\da-f]{64}$/.test(sha256))
  for (const [name, sha256] of present) if (sha256 !== zlib.sha256) throw new Error(`${name} reads another file`)
  return { csv: zlib.length, readers: present.map(([name]) => name) }
}

async function digest(stream: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  let length = 0
  let lines = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    length += chunk.length
    for (const byte of chunk) if (byte === 10) lines++
  }
  return { sha256: hash.digest('hex'), length, lines }
}

const mebibytes = (bytes: number) => `${(bytes / MEBIBYTE).toFixed(1)} MiB`

/** The figures in words. */
export const showExport = ({ rows, rowsPerSecond, csv, file, memory, readers }: ExportFigures): string =>
  [
    `${rows} rows exported, ${rowsPerSecond} a second: ${mebibytes(csv)} of CSV, ${mebibytes(file)} compressed, whole in ${readers.join(', ')}`,
    `peak memory of the local server, D1 and R2 included: ${memory === undefined ? 'not known' : mebibytes(memory)}`,
  ].join('\n')
