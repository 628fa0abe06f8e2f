// A Worker on a local server of its own, as its configuration says. Its static assets are left out: locally they put two more Workers before
// it, of which production bills nothing. It is bundled once: a server that watches the project would start anew when something in it changes.
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { drizzle } from 'drizzle-orm/d1'
import { migrate } from 'drizzle-orm/d1/migrator'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions as readConfig } from 'wrangler'
import { projectFolder } from './start/settings.ts'
import { startWrangler } from './start/wrangler.ts'

/** A Worker, and the folder that its data is kept in. */
export interface Place {
  /** The wrangler.toml. */
  config: string
  /** The bundle (`bundle`). */
  script: string
  folder: string
  variables?: Record<string, string>
}

export type Server = Awaited<ReturnType<typeof startServer>>

/** Bundles a Worker as `wrangler deploy` would. Tells the path of its script. */
export async function bundle(config: string, folder: string): Promise<string> {
  const wrangler = startWrangler('deploy', '--config', config, '--dry-run', '--outdir', folder)
  if ((await wrangler.exited) !== 0) throw new Error(wrangler.output())
  return join(folder, `${basename(readConfig(join(projectFolder, config)).main!, '.ts')}.js`)
}

/** Starts a Worker on 127.0.0.1. */
export async function startServer({ config, script, folder, variables = {} }: Place) {
  const { assets: _, ...worker } = readConfig(join(projectFolder, config)).workerOptions
  const started = new Set(children())
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...worker,
      name: 'worker',
      modulesRoot: dirname(script),
      modules: [{ type: 'ESModule', path: script }],
      bindings: { ...(worker['bindings'] as object), ...variables },
      resourcePersistencePath: folder,
      inspectorPort: 0,
      cf: false,
      handleStructuredLogs: ({ level, message }) => level === 'error' && console.error(message),
      host: '127.0.0.1',
      port: 0,
    }),
  )
  const { origin: url } = await miniflare.ready
  const d1 = await miniflare.getD1Database('DB')
  const id = children().find((child) => !started.has(child))
  return {
    url,
    d1,
    inspector: () => miniflare.getInspectorURL(),
    /** Asks once, as a client of example.org. */
    ask: (path: string, init: Parameters<typeof miniflare.dispatchFetch>[1]) => miniflare.dispatchFetch(`http://example.org${path}`, init),
    /** Makes the tables. */
    migrate: () => migrate(drizzle(d1), { migrationsFolder: join(projectFolder, 'drizzle') }),
    /** What Linux tells of the server's process, D1 and the other stand-ins included; undefined on other systems. */
    cpuMicroseconds: () => cpuMicroseconds(id),
    memory: () => ({ resident: memoryBytes(id, 'VmRSS'), peak: memoryBytes(id, 'VmHWM') }),
    stop: () => miniflare.dispose(),
  }
}

/** Ends this process by a signal as by itself, so that what it has started and put aside goes with it. */
export function endWithSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => process.exit(code))
  }
}

/** CPU time is counted in these: USER_HZ, which is 100 on every Linux. */
const TICK_MICROSECONDS = 10_000

/** Of a process: empty where the system has no such files. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

const children = () => readProc(`self/task/${process.pid}/children`).split(' ').filter(Boolean)

/** The fields after the name, which is in parentheses and may hold anything: the user's time is the 12th, the kernel's the 13th. */
function cpuMicroseconds(id: string | undefined): number | undefined {
  const stat = readProc(`${id}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return stat === '' ? undefined : (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS
}

function memoryBytes(id: string | undefined, name: 'VmRSS' | 'VmHWM'): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readProc(`${id}/status`))?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
}
