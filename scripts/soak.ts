import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { misuse, readCommandLine } from './command-line.ts'
import { seededRandom } from './demo/random.ts'
import { operatorApi, type Kind } from './operator.ts'
import { bundle, endWithSignals, startServer } from './server.ts'
import { send, signIn, type Stage } from './soak/acts.ts'
import { openBook } from './soak/book.ts'
import { callerOf } from './soak/caller.ts'
import { cast, customers } from './soak/cast.ts'
import { lookAtThirds } from './soak/memory.ts'
import { judge, type Kept } from './soak/promises.ts'
import { openRecord } from './soak/record.ts'
import { showCounts, showFailures, showMemory, showPromises, showTraffic } from './soak/report.ts'
import { runTraffic } from './soak/traffic.ts'

const usage = `Usage: npm run soak -- [--minutes N]

  --minutes N  send traffic for so long (default 10)`

const { values: options } = readCommandLine(usage, { options: { minutes: { type: 'string', default: '10' } } })
const minutes = Number(options.minutes)
if (!(minutes > 0)) misuse(usage, `--minutes takes a number above 0, not '${options.minutes}'`)

const CONFIG = 'wrangler.toml'
const HISTORY_BATCHES = 40
const ROWS_PER_HISTORY_BATCH = 500
const HOUR_MILLISECONDS = 3_600_000

const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-soak-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
endWithSignals()
const say = (message: string) => console.error(message)

async function fill(url: string, stage: Stage): Promise<void> {
  const operator = operatorApi(url, stage.key)
  for (const [kind, rows] of Object.entries(cast)) {
    const { rejected, errors } = await operator.put(kind as Kind, Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')))
    if (rejected > 0) throw new Error(`Loading ${kind}: ${JSON.stringify(errors)}`)
  }
  const caller = callerOf(url, 'before the run', openRecord())
  for (let batch = 0; batch < HISTORY_BATCHES; batch++) {
    await send(
      caller,
      stage,
      stage.book.make(ROWS_PER_HISTORY_BATCH, stage.began - 24 * HOUR_MILLISECONDS, stage.began - HOUR_MILLISECONDS),
    )
  }
  for (const customer of customers) await signIn(caller, stage, customer)
}

async function soak(): Promise<Kept[]> {
  const random = seededRandom(20_260_107)
  const key = randomBytes(16).toString('hex')
  const variables = { OPERATOR_KEY: key, JWT_SECRET: randomBytes(32).toString('hex'), RATE_LIMITS: '0', REQUEST_LOG: '0' }
  const stage: Stage = { book: openBook(random), random, record: openRecord(), key, tokens: new Map(), began: Date.now() }
  say('Starting a server')
  const script = await bundle(CONFIG, join(folder, 'bundle'))
  const server = await startServer({ config: CONFIG, script, folder: join(folder, 'data'), variables })
  try {
    await server.migrate()
    say(`Loading ${HISTORY_BATCHES * ROWS_PER_HISTORY_BATCH} CDRs of the last day`)
    await fill(server.url, stage)
    say(`Sending traffic for ${minutes} minutes`)
    const quiet = callerOf(server.url, 'about memory', openRecord())
    const enter = () => quiet.list(stage.tokens.get(customers[0]!)!, 'accounts')
    const [looks] = await Promise.all([lookAtThirds(server, minutes * 60_000, enter), runTraffic(server.url, stage, minutes * 60_000)])
    console.log(`\n${showTraffic(stage.record)}\n\n${showCounts(stage.record)}\n\n${showMemory(looks)}\n`)
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
