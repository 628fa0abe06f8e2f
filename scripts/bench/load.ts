import autocannon from 'autocannon'

/** What to send over how many connections, each sending the next request when it has the answer to the last. */
export interface Load {
  url: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body: string | undefined
  connections: number
  /** It ends after so many requests, or after so long, with `most` at most. What has been sent by then is answered. */
  until: { requests: number } | { milliseconds: number; most?: number }
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

const TIMEOUT_SECONDS = 30
/** How often it is asked whether the end has come. */
const SAMPLE_MILLISECONDS = 20

/** Sends requests, and measures the answers. */
export async function load({ body, connections, until, ...request }: Load): Promise<Loaded> {
  const limits =
    'requests' in until
      ? { amount: Math.max(until.requests, connections) }
      : { duration: until.milliseconds / 1000 + TIMEOUT_SECONDS, ...(until.most !== undefined && { maxOverallRequests: until.most }) }
  const deadline = performance.now() + ('requests' in until ? Infinity : until.milliseconds)
  const latencies: number[] = []
  const counts = new Map<number, number>()
  const start = performance.now()
  let end = start
  const { errors } = await new Promise<autocannon.Result>((resolve, reject) => {
    const options = {
      ...request,
      ...(body !== undefined && { body }),
      ...limits,
      connections,
      timeout: TIMEOUT_SECONDS,
      sampleInt: SAMPLE_MILLISECONDS,
    }
    const run = autocannon(options, (error: Error | null, result) => (error ? reject(error) : resolve(result)))
    // Its own histogram knows whole milliseconds only.
    run.on('response', (client, status, _, latency) => {
      latencies.push(latency)
      counts.set(status, (counts.get(status) ?? 0) + 1)
      end = performance.now()
      if (end > deadline) endWithThis(client)
    })
  })
  if (errors > 0 || latencies.length === 0) throw new Error(`${request.method} ${request.url}: ${errors} requests without an answer`)
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]!
  return {
    requests: latencies.length,
    perSecond: (latencies.length * 1000) / (end - start),
    p50: at(0.5),
    p99: at(0.99),
    longest: at(1),
    served: [...counts].reduce((sum, [status, count]) => (status < 400 ? sum + count : sum), 0),
    statuses: [...counts.keys()],
  }
}

/** At the end of its time autocannon would drop what is under way, and so the slowest answers: instead, a connection ends with its next answer. */
function endWithThis(client: autocannon.Client): void {
  const counted = client as unknown as { responseMax: number; reqsMade: number }
  counted.responseMax = counted.reqsMade
}
