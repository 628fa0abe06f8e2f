import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCommandLine, misuse } from './command-line.ts'
import { seededRandom } from './demo/random.ts'
import { operatorApi } from './operator.ts'
import type { Kind } from './operator.ts'
import { send, signIn } from './soak/acts.ts'
import type { Stage } from './soak/acts.ts'
import { openBook } from './soak/book.ts'
import { callerOf } from './soak/caller.ts'
import { cast, customers } from './soak/cast.ts'
import { openMemory } from './soak/memory.ts'
import { judge } from './soak/promises.ts'
import { openRecord } from './soak/record.ts'
import { showCounts, showFailures, showMemory, showPromises, showTraffic } from './soak/report.ts'
import { serve } from './soak/serve.ts'
import { runTraffic } from './soak/traffic.ts'

const usage = `Usage: npm run soak -- [--minutes N]

  --minutes N  send traffic for so long (default 10)`

const { values: options } = readCommandLine(usage, { options: { minutes: { type: 'string', default: '10' } } })
const minutes = Number(options.minutes)
if (!(minutes > 0)) misuse(usage, `--minutes takes a number above 0, not '${options.minutes}'`)

const historyBatches = 40
const rowsPerHistoryBatch = 500
const hour = 3_600_000

const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-soak-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
// What was started ends with this process: each start has its own listener of `exit`.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => process.exit(code))
}
const say = (message: string) => console.error(message)

const fill = async (url: string, stage: Stage) => {
  const operator = operatorApi(url, stage.key)
  for (const [kind, rows] of Object.entries(cast)) {
    const { rejected, errors } = await operator.put(kind as Kind, Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')))
    if (rejected > 0) throw new Error(`Loading ${kind}: ${JSON.stringify(errors)}`)
  }
  const caller = callerOf(url, 'before the run', openRecord())
  for (let batch = 0; batch < historyBatches; batch++) {
    await send(caller, stage, stage.book.make(rowsPerHistoryBatch, stage.began - 24 * hour, stage.began - hour))
  }
  for (const customer of customers) await signIn(caller, stage, customer)
}

const soak = async () => {
  const random = seededRandom(20_260_107)
  const key = randomBytes(16).toString('hex')
  const variables = { OPERATOR_KEY: key, JWT_SECRET: randomBytes(32).toString('hex'), RATE_LIMITS: '0', REQUEST_LOG: '0' }
  const stage: Stage = { book: openBook(random), random, record: openRecord(), key, tokens: new Map(), began: Date.now() }
  say('Starting a server')
  const server = await serve(folder, variables)
  try {
    say(`Loading ${historyBatches * rowsPerHistoryBatch} CDRs of the last day`)
    await fill(server.url, stage)
    say(`Sending traffic for ${minutes} minutes`)
    const quiet = callerOf(server.url, 'about memory', openRecord())
    const memory = await openMemory(Number(new URL(server.url).port), () => quiet.list(stage.tokens.get(customers[0]!)!, 'accounts'))
    const resident = memory.watch()
    const traffic = runTraffic(server.url, stage, minutes * 60_000).finally(resident.stop)
    const [looks] = await Promise.all([memory.lookAtThirds(minutes * 60_000), traffic])
    console.log(`\n${showTraffic(stage.record)}\n\n${showCounts(stage.record)}\n\n${showMemory(resident.samples, looks)}\n`)
    if (stage.record.failures.size > 0) console.log(`${showFailures(stage.record)}\n`)
    say('Reading it all again')
    const caller = callerOf(server.url, 'after the run', openRecord())
    for (const customer of customers) await signIn(caller, stage, customer)
    return await judge(caller, stage, looks)
  } finally {
    await server.stop()
  }
}

const promises = await soak()
console.log(`\n${showPromises(promises)}`)
process.exit(promises.every(({ kept }) => kept !== false) ? 0 : 1)
