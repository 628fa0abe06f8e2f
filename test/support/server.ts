import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { operatorApi, type Kind, type Row } from '../../scripts/operator.ts'

const project = resolve(import.meta.dirname, '../..')
const secrets = { JWT_SECRET: 'secret-for-tests-0123456789abcdef0123456789abcdef', OPERATOR_KEY: 'operator-key-for-tests' }

export type Server = Awaited<ReturnType<typeof startServer>>

/** Starts a server as `npm start` does, with an empty database of its own. */
export async function startServer(variables: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-server-'))
  const server = spawn(process.execPath, ['scripts/start.ts', '--port', '0', '--no-demo', '--persist-to', folder], {
    cwd: project,
    // As under npm, it ends by itself when nobody waits for it any more.
    env: { ...process.env, ...secrets, ...variables, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  const { promise: answers, resolve: found } = Promise.withResolvers<string | undefined>()
  for (const stream of [server.stdout, server.stderr]) {
    createInterface(stream).on('line', (line) => {
      said.push(line)
      const origin = /^cdr-edge answers at (\S+)/.exec(line)?.[1]
      if (origin) found(origin)
    })
  }
  const ended = once(server, 'close').then(() => found(undefined))
  const stop = async () => {
    server.kill()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }

  const origin = await answers
  if (!origin) {
    await stop()
    throw new Error(`The server did not start.\n${said.join('\n')}`)
  }
  const operator = operatorApi(origin, secrets.OPERATOR_KEY)
  const load = async (rows: Partial<Record<Kind, readonly Row[]>>) => {
    for (const [kind, list] of Object.entries(rows)) {
      const { rejected, errors } = await operator.put(kind as Kind, Buffer.from(list.map((row) => JSON.stringify(row)).join('\n')))
      if (rejected > 0) throw new Error(`Loading ${kind}: ${JSON.stringify(errors)}`)
    }
  }
  return { origin, api: `${origin}/api/rest/customer/v1`, operatorKey: secrets.OPERATOR_KEY, folder, load, said, stop }
}
