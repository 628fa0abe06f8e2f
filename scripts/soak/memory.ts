// The server's process holds the stand-ins of D1, R2 and Workflows too, and V8 leaves garbage lying while memory is plenty: what the process holds
// is for information. What our Worker holds on to is what is left in its isolate after a collection, which the inspector asks for.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../server.ts'

/** One look at a moment of the run, in bytes. */
export interface Look {
  /** What our Worker holds on to; not finite where the inspector does not answer. */
  held: number
  /** What the process holds; undefined where nobody tells. */
  resident: number | undefined
}

/** As V8 counts it: objects, what C++ holds for them, and the buffers behind them. */
interface HeapUsage {
  usedSize: number
  embedderHeapUsedSize: number
  backingStorageSize: number
}

export const mebibytes = (bytes: number, digits = 0) => (bytes / 2 ** 20).toFixed(digits)

/** Requests under way are in use as well, and only add: the least of several is nearest to what stays. */
const COLLECTIONS = 5
const COLLECTION_MILLISECONDS = 1000
const ENTER_MILLISECONDS = 100
const PATIENCE_MILLISECONDS = 5000

/** Looks a third of the way, at two thirds, and at the end. `enter` sends a request to the Worker. */
export async function lookAtThirds(server: Server, milliseconds: number, enter: () => Promise<unknown>): Promise<Look[]> {
  const inspector = new URL('/core:user:worker', await server.inspector()).href
  const looks: Look[] = []
  const start = performance.now()
  for (const third of [1, 2, 3]) {
    await sleep(Math.max(0, start + (third * milliseconds) / 3 - COLLECTIONS * COLLECTION_MILLISECONDS - performance.now()))
    const { resident } = server.memory()
    let held = Infinity
    for (let at = 0; at < COLLECTIONS; at++) {
      const [left] = await Promise.all([collect(inspector, enter), sleep(COLLECTION_MILLISECONDS)])
      held = Math.min(held, left)
    }
    looks.push({ held, resident })
  }
  return looks
}

/** Collects the garbage of our isolate, and tells what is left. workerd does so when a request is next in it: so some are sent meanwhile. */
async function collect(inspector: string, enter: () => Promise<unknown>): Promise<number> {
  const socket = new WebSocket(inspector)
  const ask = (id: number, method: string) =>
    new Promise<unknown>((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: unknown }
        if (answer.id === id) resolve(answer.result)
      })
      socket.send(JSON.stringify({ id, method }))
    })
  const bytesLeft = async () => {
    await once(socket, 'open')
    await ask(1, 'HeapProfiler.collectGarbage')
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = (await ask(2, 'Runtime.getHeapUsage')) as HeapUsage
    return usedSize + embedderHeapUsedSize + backingStorageSize
  }
  const entering = setInterval(() => void enter().catch(() => undefined), ENTER_MILLISECONDS)
  try {
    return await Promise.race([bytesLeft(), sleep(PATIENCE_MILLISECONDS, Infinity)])
  } finally {
    clearInterval(entering)
    socket.close()
  }
}
