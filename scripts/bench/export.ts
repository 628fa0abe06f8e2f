// What an export costs: rows a second, rows read for each row exported, memory. Makes a database of its own and exports all of it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { projectFolder } from '../start/settings.ts'
import { startWrangler } from '../start/wrangler.ts'

export interface ExportFigures {
  rows: number
  rowsPerSecond: number
  readPerRow: number
  steps: number
  queries: number
  /** Bytes. */
  csv: number
  file: number
  state: number
  largestAnswer: number
  /** The server's peak, D1 and R2 simulators included; undefined where /proc does not tell. */
  memory: number | undefined
  /** Readers that unpack the file whole. */
  readers: string[]
}

interface Timed {
  rows: number
  steps: number
  state: number
  csv: number
  milliseconds: number
}

interface Metered {
  read: number
  queries: number
  largestAnswer: number
}

const ROWS_A_FILL = 100_000
const MEBIBYTE = 2 ** 20

const worker = join(projectFolder, 'scripts/bench/export-worker.ts')

/** A Worker by itself, bundled once: a server that watches the project would start anew when something in it changes. */
const settings = {
  name: 'cdr-edge-bench',
  compatibility_date: '2026-08-01',
  compatibility_flags: ['nodejs_compat'],
  d1_databases: [{ binding: 'DB', database_name: 'bench', database_id: 'bench', migrations_dir: join(projectFolder, 'drizzle') }],
  r2_buckets: [{ binding: 'FILES', bucket_name: 'bench' }],
}

/** Measures the export of so many rows. */
export const benchExport = async (rows: number): Promise<ExportFigures> => {
  const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-export-'))
  const config = join(folder, 'wrangler.json')
  writeFileSync(config, JSON.stringify(settings))
  const local = ['--config', config, '--persist-to', folder]
  await prepare('d1', 'migrations', 'apply', 'DB', '--local', ...local)
  await prepare('deploy', worker, '--config', config, '--dry-run', '--outdir', join(folder, 'bundle'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const place = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--show-interactive-dev-session', 'false']
  const server = startWrangler('dev', join(folder, 'bundle/export-worker.js'), '--no-bundle', ...local, ...place)
  try {
    await ready(url)
    for (let from = 1; from <= rows; from += ROWS_A_FILL) {
      await ask(`${url}/fill?from=${from}&to=${Math.min(from + ROWS_A_FILL - 1, rows)}`)
    }
    const timed = await ask<Timed>(`${url}/time`)
    const memory = peakMemory()
    const { read, queries, largestAnswer } = await ask<Metered>(`${url}/meter`)
    const path = join(folder, 'export.csv.gz')
    writeFileSync(path, await (await fetch(`${url}/file`)).bytes())
    return {
      rows: timed.rows,
      rowsPerSecond: Math.round((timed.rows / timed.milliseconds) * 1000),
      readPerRow: read / timed.rows,
      steps: timed.steps,
      queries,
      csv: timed.csv,
      file: statSync(path).size,
      state: timed.state,
      largestAnswer,
      memory,
      readers: await wholeIn(path, timed.csv),
    }
  } catch (error) {
    throw new Error(server.output(), { cause: error })
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const prepare = async (...args: string[]) => {
  const command = startWrangler(...args)
  if ((await command.exited) !== 0) throw new Error(command.output())
}

const freePort = async () => {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const { port } = probe.address() as AddressInfo
  await once(probe.close(), 'close')
  return port
}

const ready = async (url: string) => {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answered = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answered) return
    await sleep(100)
  }
  throw new Error('The server did not start.')
}

const ask = async <Answer>(url: string): Promise<Answer> => {
  const response = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(3_600_000) })
  if (!response.ok) throw new Error(await response.text())
  return response.json() as Promise<Answer>
}

/** The most memory that a server started from here has had, in bytes. */
const peakMemory = (): number | undefined => {
  const statuses = new Map(processes().map((id) => [id, readIfThere(`/proc/${id}/status`)]))
  const isOurs = (id: string): boolean => {
    const parent = /^PPid:\s+(\d+)/m.exec(statuses.get(id) ?? '')?.[1]
    return parent !== undefined && (parent === String(process.pid) || isOurs(parent))
  }
  const servers = [...statuses].filter(([id, status]) => /^Name:\s+workerd/m.test(status) && isOurs(id))
  const peaks = servers.map(([, status]) => Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024)
  return peaks.length === 0 ? undefined : Math.max(...peaks)
}

const processes = (): string[] => {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The readers, of those on this machine, that give the whole contents of a gzip file. All must give the same. */
const wholeIn = async (path: string, length: number): Promise<string[]> => {
  const bytes = readFileSync(path)
  const zlib = await digest(createReadStream(path).pipe(createGunzip()))
  const web = await digest(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')))
  const program =
    'import gzip,hashlib,sys,shutil;h=hashlib.sha256();f=gzip.open(sys.argv[1])\nfor b in iter(lambda:f.read(1<<20),b""):h.update(b)\nprint(h.hexdigest())'
  const python = spawnSync('python3', ['-c', program, path], { encoding: 'utf8' })
  const gzip = spawnSync('sh', ['-c', 'gzip -dc "$0" | sha256sum', path], { encoding: 'utf8' })
  if (zlib.length !== length) throw new Error(`The file has ${zlib.length} bytes, not ${length}`)
  const found: [string, string][] = [
    ['node:zlib', zlib.sha256],
    ['DecompressionStream', web.sha256],
    ['python', python.stdout.trim()],
    ['gzip', gzip.stdout.slice(0, 64)],
  ]
  const present = found.filter(([, sha256]) => /^[\da-f]{64}$/.test(sha256))
  for (const [name, sha256] of present) if (sha256 !== zlib.sha256) throw new Error(`${name} reads another file`)
  return present.map(([name]) => name)
}

const digest = async (stream: AsyncIterable<Uint8Array>): Promise<{ sha256: string; length: number }> => {
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    length += chunk.length
  }
  return { sha256: hash.digest('hex'), length }
}

const megabytes = (bytes: number) => `${(bytes / MEBIBYTE).toFixed(1)} MiB`

/** The figures in words. */
export const showExport = (figures: ExportFigures): string =>
  [
    `${figures.rows} rows exported: ${megabytes(figures.csv)} of CSV, ${megabytes(figures.file)} compressed, whole in ${figures.readers.join(', ')}`,
    `${figures.rowsPerSecond} rows a second, in ${figures.steps} steps of ${figures.queries} queries`,
    `${figures.readPerRow.toFixed(4)} rows read for each row exported (budget 1.01)`,
    `buffers: one part of 5 MiB; pages of ${megabytes(figures.largestAnswer)} at most; ${figures.state} bytes between two steps`,
    `peak memory of the local server, D1 and R2 included: ${figures.memory === undefined ? 'not known' : megabytes(figures.memory)}`,
  ].join('\n')

if (import.meta.main) console.log(showExport(await benchExport(Number(process.argv[2] ?? 1_000_000))))
