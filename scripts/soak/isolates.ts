// What V8 tells of the isolates in a server's process, through the inspector that wrangler opens for debuggers.
import { portsOf } from '../bench/process.ts'

interface Isolate {
  /** As the local server names it. */
  id: string
  webSocketDebuggerUrl: string
}

/** As V8 counts it: objects, what C++ holds for them, and the buffers behind them. */
interface HeapUsage {
  usedSize: number
  embedderHeapUsedSize: number
  backingStorageSize: number
}

/** What is in use in an isolate before a collection of garbage and after it, in bytes. */
export interface Collected {
  id: string
  before: number
  after: number
}

const patienceMilliseconds = 5000
const enterMilliseconds = 100

/** None where no inspector is found. */
export const isolatesOf = async (processId: number): Promise<Isolate[]> => {
  for (const port of portsOf(processId)) {
    const answer = await fetch(`http://127.0.0.1:${port}/json`, { signal: AbortSignal.timeout(patienceMilliseconds) })
      .then((response) => response.json())
      .catch(() => undefined)
    if (Array.isArray(answer)) return answer as Isolate[]
  }
  return []
}

/**
 * Collects the garbage of isolates. workerd does so when a request is next in the isolate, so `enter` sends requests meanwhile; an isolate
 * that none of them enters does not answer, and is left out.
 */
export const collect = async (isolates: readonly Isolate[], enter: () => Promise<unknown>): Promise<Collected[]> => {
  const entering = setInterval(() => void enter().catch(() => undefined), enterMilliseconds)
  const answers = await Promise.allSettled(isolates.map(collectOne))
  clearInterval(entering)
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
}

const collectOne = async ({ id, webSocketDebuggerUrl }: Isolate): Promise<Collected> => {
  const inspector = await openInspector(webSocketDebuggerUrl)
  const bytesInUse = async () => {
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = (await inspector.ask('Runtime.getHeapUsage')) as HeapUsage
    return usedSize + embedderHeapUsedSize + backingStorageSize
  }
  try {
    const before = await bytesInUse()
    await inspector.ask('HeapProfiler.collectGarbage')
    return { id, before, after: await bytesInUse() }
  } finally {
    inspector.close()
  }
}

const openInspector = async (url: string) => {
  const socket = new WebSocket(url)
  const pending = new Map<number, (result: unknown) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown }
    if (id !== undefined) pending.get(id)?.(result)
  })
  await soon<void>((resolve) => socket.addEventListener('open', () => resolve()))
  let asked = 0
  return {
    ask: (method: string) =>
      soon((resolve) => {
        const id = ++asked
        pending.set(id, resolve)
        socket.send(JSON.stringify({ id, method }))
      }),
    close: () => socket.close(),
  }
}

const soon = <Result = unknown>(begin: (resolve: (result: Result) => void) => void): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The inspector does not answer')), patienceMilliseconds)
    begin((result) => {
      clearTimeout(timer)
      resolve(result)
    })
  })
