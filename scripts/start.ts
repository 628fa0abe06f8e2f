import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { misuse, readCommandLine } from './command-line.ts'
import { faultsOf } from './start/faults.ts'
import { hasDemo, loadDemo } from './start/load-demo.ts'
import { greeting } from './start/greeting.ts'
import { defaultDataFolder, withSecrets, writeEnvFile } from './start/settings.ts'
import type { Settings } from './start/settings.ts'
import { startWrangler } from './start/wrangler.ts'
import type { Wrangler } from './start/wrangler.ts'

const usage = `Usage: npm start -- [--port N] [--persist-to DIR] [--no-demo] [--limits]

  --port N          listen on 127.0.0.1:N (default 8787; 0 takes a free port)
  --persist-to DIR  keep the data in DIR (default .wrangler/state)
  --no-demo         load no demo data into an empty database
  --limits          limit the rate of requests`

const { values: options } = readCommandLine(usage, {
  options: {
    port: { type: 'string', default: '8787' },
    'persist-to': { type: 'string', default: defaultDataFolder },
    'no-demo': { type: 'boolean', default: false },
    limits: { type: 'boolean', default: false },
  },
})
const { 'no-demo': noDemo, limits } = options
if (!/^\d+$/.test(options.port) || Number(options.port) > 65_535) misuse(usage, `--port takes a number up to 65535, not '${options.port}'`)

const startTimeoutMilliseconds = 60_000

let running: Wrangler | undefined
let stopping = false
const end = async (exitCode: number, message?: string) => {
  if (stopping) return
  stopping = true
  if (message) console.error(message)
  await running?.stop()
  process.exit(exitCode)
}
// A terminal and npm may both pass on the same Ctrl-C: each signal keeps its listener.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0))
// npm can end without a word to us: by SIGHUP, SIGKILL, or a shell between us that keeps a signal to itself.
const { ppid } = process
if (process.env['npm_lifecycle_event']) setInterval(() => process.ppid !== ppid && end(0), 100).unref()

const serve = async () => {
  const port = await freePort(Number(options.port))
  const url = `http://127.0.0.1:${port}`
  const folder = resolve(options['persist-to'])
  const { settings: given, made } = withSecrets(folder)
  const settings: Settings = { ...given, RATE_LIMITS: limits ? '1' : '0' }
  const faults = faultsOf(settings)
  if (faults.length > 0) console.error(['A setting is wrong; until it is mended every answer is 503.', ...faults].join('\n'))
  const envFile = join(folder, `server-${port}.env`)
  writeEnvFile(envFile, settings)
  process.on('exit', () => rmSync(envFile, { force: true }))

  running = startWrangler('d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', folder)
  if ((await running.exited) !== 0) throw new Error(`The migrations failed.\n${running.output()}`)

  const place = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--persist-to', folder, '--env-file', envFile]
  running = startWrangler('dev', ...place, '--show-interactive-dev-session', 'false', '--log-level', 'warn')
  await ready(url, running)
  running.follow()

  const demo =
    !noDemo &&
    faults.length === 0 &&
    ((await loadDemo(url, settings['OPERATOR_KEY'] ?? '')) || (await hasDemo(url, settings['JWT_SECRET'] ?? '')))
  console.log(greeting({ url, folder, settings, made, demo, now: new Date() }))
  await running.exited
  throw new Error('The server ended.')
}

const freePort = async (wanted: number) => {
  const probe = createServer()
  try {
    await once(probe.listen(wanted, '127.0.0.1'), 'listening')
  } catch (error) {
    const busy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    throw busy ? new Error(`Port ${wanted} of 127.0.0.1 is in use. Take another one: npm start -- --port N`) : error
  }
  const { port } = probe.address() as AddressInfo
  await once(probe.close(), 'close')
  return port
}

const ready = async (url: string, server: Wrangler) => {
  const failed = server.exited.then(() => true)
  for (const deadline = Date.now() + startTimeoutMilliseconds; Date.now() < deadline;) {
    const answered = fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
      () => 'answered',
      () => sleep(100),
    )
    const first = await Promise.race([answered, failed])
    if (first === 'answered') return
    if (first === true) break
  }
  throw new Error(`The server did not start.\n${server.output()}`)
}

try {
  await serve()
} catch (error) {
  await end(1, (error as Error).message)
}
