import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Load, Loaded } from './load.ts'

/** Starts the process that sends requests. */
export const startClient = () => {
  const child = fork(join(import.meta.dirname, 'load.ts'))
  process.on('exit', () => child.kill())
  return {
    load: async (load: Load): Promise<Loaded> => {
      child.send(load)
      const [answer] = (await once(child, 'message')) as [{ loaded: Loaded } | { failure: string }]
      if ('failure' in answer) throw new Error(`${load.method} ${load.url}: ${answer.failure}`)
      return answer.loaded
    },
    stop: () => child.kill(),
  }
}

export type Client = ReturnType<typeof startClient>
