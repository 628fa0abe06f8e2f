import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectFolder } from './settings.ts'

const program = join(createRequire(import.meta.url).resolve('wrangler/package.json'), '../bin/wrangler.js')

const quiet = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
}

const graceMilliseconds = 5_000

export type Wrangler = ReturnType<typeof startWrangler>

/** Runs wrangler, its output held back: `output` is for the failure, `follow` lets through what comes from then on. */
export const startWrangler = (...args: string[]) => {
  // A process group of its own: Ctrl-C reaches only us, and one signal of ours reaches everything that wrangler started.
  const child = spawn(process.execPath, [program, ...args], {
    cwd: projectFolder,
    detached: true,
    env: { ...process.env, ...quiet },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const held: Buffer[] = []
  let take = (chunk: Buffer) => void held.push(chunk)
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => take(chunk))

  const exited = once(child, 'close').then(([code]) => Number(code ?? 1))
  const signalGroup = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name)
    } catch {
      // Already gone.
    }
  }
  process.on('exit', () => signalGroup('SIGKILL'))

  return {
    id: child.pid!,
    exited,
    output: () => Buffer.concat(held).toString(),
    follow: () => {
      take = (chunk) => void process.stderr.write(chunk)
    },
    stop: async () => {
      take = () => {}
      signalGroup('SIGTERM')
      await Promise.race([exited, sleep(graceMilliseconds)])
      signalGroup('SIGKILL')
    },
  }
}
