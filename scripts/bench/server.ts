import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWrangler } from '../start/wrangler.ts'
import type { Wrangler } from '../start/wrangler.ts'
import { cpuMicroseconds, portsOf, startedBy } from './process.ts'

/** A Worker with data of its own. `path` answers once it is up. */
interface Place {
  config: string
  folder: string
  path: string
  variables: Readonly<Record<string, string>>
}

export type Server = Awaited<ReturnType<typeof startServer>>

const patienceMilliseconds = 60_000
const settlingMilliseconds = 2000

/** Runs wrangler to its end. */
export const runWrangler = async (...args: string[]): Promise<void> => {
  const run = startWrangler(...args)
  if ((await run.exited) !== 0) throw new Error(`wrangler ${args.slice(0, 3).join(' ')} failed.\n${run.output()}`)
}

/** Starts a Worker and waits until it answers. */
export const startServer = async ({ config, folder, path, variables }: Place) => {
  const port = await freePort()
  const place = ['--config', config, '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--persist-to', folder]
  const given = Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  const wrangler = startWrangler('dev', ...place, ...given, '--show-interactive-dev-session', 'false', '--log-level', 'warn')
  const proxied = `http://127.0.0.1:${port}`
  await until(wrangler, async () => (await answers(proxied + path)) || undefined)
  const inner = process.platform === 'linux' ? await until(wrangler, () => findSettled(wrangler.id, port, path)) : undefined
  return {
    url: inner?.url ?? proxied,
    /** CPU time used so far, the local D1's included; undefined where nobody tells. */
    cpuMicroseconds: () => (inner ? cpuMicroseconds(inner.id) : undefined),
    stop: wrangler.stop,
  }
}

/** A build of wrangler's may begin again when files of its own making change; the Worker then moves. */
const findSettled = async (id: number, proxyPort: number, path: string) => {
  const inner = await findInner(id, proxyPort, path)
  await sleep(settlingMilliseconds)
  const later = await findInner(id, proxyPort, path)
  return later?.url === inner?.url ? inner : undefined
}

/** Wrangler puts a proxy before the Worker, a process of its own that takes half of the time; behind it the Worker has a port too. */
const findInner = async (id: number, proxyPort: number, path: string) => {
  for (const process of startedBy(id, 'workerd')) {
    const ports = portsOf(process)
    if (ports.includes(proxyPort)) continue
    for (const port of ports) {
      const url = `http://127.0.0.1:${port}`
      if (await answers(url + path)) return { id: process, url }
    }
  }
  return undefined
}

const answers = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(5000) }).then(
    ({ status }) => status === 401,
    () => false,
  )

const until = async <Result>(wrangler: Wrangler, attempt: () => Promise<Result | undefined>): Promise<Result> => {
  const ended = wrangler.exited.then(() => 'ended' as const)
  for (const deadline = Date.now() + patienceMilliseconds; Date.now() < deadline;) {
    const result = await attempt()
    if (result !== undefined) return result
    if ((await Promise.race([ended, sleep(100)])) === 'ended') break
  }
  await wrangler.stop()
  throw new Error(`The server did not start.\n${wrangler.output()}`)
}

const freePort = async () => {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const { port } = probe.address() as AddressInfo
  await once(probe.close(), 'close')
  return port
}
