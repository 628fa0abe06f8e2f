// A process of its own that sends requests: a few connections, each sending the next request when it has the answer to the last.
import { Agent, request } from 'node:http'

/** What to send, over how many connections, for how long. */
export interface Load {
  url: string
  method: string
  headers: Record<string, string>
  body: string | undefined
  connections: number
  milliseconds: number
  /** At most so many requests. */
  most: number
}

/** What came of it. Latencies in milliseconds. */
export interface Loaded {
  requests: number
  perSecond: number
  p50: number
  p99: number
  longest: number
  /** Answers that refuse nothing. */
  served: number
  /** Statuses of the answers, each once. */
  statuses: number[]
}

const timeoutMilliseconds = 30_000

const send = ({ url, method, headers, body }: Load, agent: Agent) =>
  new Promise<number>((resolve, reject) => {
    const sent = request(url, { method, headers, agent, timeout: timeoutMilliseconds }, (response) => {
      response.on('end', () => resolve(response.statusCode ?? 0)).on('error', reject)
      response.resume()
    })
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`No answer within ${timeoutMilliseconds} ms`)))
    sent.end(body)
  })

const run = async (load: Load): Promise<Loaded> => {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections })
  const latencies: number[] = []
  const statuses = new Set<number>()
  const start = performance.now()
  let left = load.most
  let served = 0
  const connection = async () => {
    while (left-- > 0 && performance.now() - start < load.milliseconds) {
      const sent = performance.now()
      const status = await send(load, agent)
      statuses.add(status)
      if (status < 400) served++
      latencies.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: load.connections }, connection))
  const seconds = (performance.now() - start) / 1000
  agent.destroy()
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    longest: at(1),
    served,
    statuses: [...statuses],
  }
}

process.on('message', (load: Load) => {
  run(load).then(
    (loaded) => process.send?.({ loaded }),
    (error: Error) => process.send?.({ failure: error.message }),
  )
})
process.on('disconnect', () => process.exit())
