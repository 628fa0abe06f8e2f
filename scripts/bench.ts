import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { cases } from './bench/cases.ts'
import { callData, floorData, month, peopleData, type Traffic } from './bench/data.ts'
import { exported, measureExport } from './bench/export.ts'
import { measureIngest } from './bench/ingest.ts'
import { measureCost, measureSpeed, SECRET, type Effort, type Servers } from './bench/measure.ts'
import { measureNeighbour } from './bench/neighbour.ts'
import { rulesOf, showCases, showFlows, showPeers, showRules, type Measured, type Results } from './bench/report.ts'
import { readCommandLine } from './command-line.ts'
import { bundle, endWithSignals, startServer, type Server } from './server.ts'
import { weigh } from './size/bundle.ts'

const usage = `Usage: npm run bench -- [--json] [--quick]

  --json   print everything as JSON
  --quick  short rounds, no ingest and no export: the exact figures are the same, the times are a guess`

const { values: options } = readCommandLine(usage, {
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
})

const EFFORT: Effort = options.quick
  ? { rounds: 1, milliseconds: 1000, warmUpMilliseconds: 500 }
  : { rounds: 5, milliseconds: 2000, warmUpMilliseconds: 1500 }
/** Where there is nothing to compare with, one round is enough. */
const EFFORT_ALONE: Effort = { ...EFFORT, rounds: 1, warmUpMilliseconds: 500 }
const OPERATOR_KEY = 'the operator key of the bench'

const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-bench-'))
endWithSignals()
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const say = (message: string) => console.error(message)

const configs = { service: 'wrangler.toml', floor: 'test/bench/floor.toml', plain: 'test/bench/plain.toml' }
type Name = keyof typeof configs

say('Bundling')
const scripts = {} as Record<Name, string>
for (const [name, config] of Object.entries(configs)) scripts[name as Name] = await bundle(config, join(folder, 'bundles', name))

/** Without its log: locally each line goes through an inspector, which takes longer than most else. */
const start = (name: Name, data: string, variables: Record<string, string> = {}): Promise<Server> =>
  startServer({
    config: configs[name],
    script: scripts[name],
    folder: join(folder, data),
    variables: { JWT_SECRET: SECRET, OPERATOR_KEY, RATE_LIMITS: '0', REQUEST_LOG: '0', SERVER_TIMING: '', ...variables },
  })

async function using<Result>(servers: readonly Server[], run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } finally {
    for (const server of servers) await server.stop()
  }
}

async function fill(server: Server, statements: readonly string[]): Promise<void> {
  await using([server], async () => {
    for (const statement of statements) await server.d1.prepare(statement).run()
  })
}

async function fillService(data: string, traffic: Traffic): Promise<void> {
  const server = await start('service', data)
  await server.migrate()
  await fill(server, [...(await peopleData()), ...callData(traffic)])
}

/** The plain service gets a copy of the service's data, the floor what a document shows. */
async function fillAll(): Promise<void> {
  await fillService('service', month)
  cpSync(join(folder, 'service'), join(folder, 'plain'), { recursive: true })
  await fill(await start('floor', 'floor'), floorData(month))
}

async function startAll(timing: '' | '1'): Promise<Servers> {
  const variables = { SERVER_TIMING: timing }
  return {
    service: await start('service', 'service', variables),
    floor: await start('floor', 'floor', variables),
    plain: await start('plain', 'plain', variables),
  }
}

/** Costs first: to tell them, the servers read their rows in a slower way. */
async function measureCases(): Promise<Measured[]> {
  const telling = await startAll('1')
  const costs = await using(Object.values(telling), async () => {
    const found = []
    for (const one of cases) found.push(await measureCost(one, telling))
    return found
  })
  const servers = await startAll('')
  return using(Object.values(servers), async () => {
    const measured: Measured[] = []
    for (const [at, one] of cases.entries()) {
      say(`  ${one.name}`)
      measured.push({ one, cost: costs[at]!, speed: await measureSpeed(one, servers, one.peers ? EFFORT : EFFORT_ALONE) })
    }
    return measured
  })
}

async function measureFlows(): Promise<Pick<Results, 'neighbour' | 'ingest' | 'export'>> {
  say('Asking beside another customer')
  const busy = await start('service', 'service', { RATE_LIMITS: '1' })
  const neighbour = await using([busy], () => measureNeighbour(busy))

  say('Loading CDRs')
  const loading = await start('service', 'loaded', { SERVER_TIMING: '1' })
  const inserting = await start('floor', 'inserted')
  const ingest = await using([loading, inserting], async () => {
    await loading.migrate()
    await inserting.migrate()
    return measureIngest(loading, inserting, OPERATOR_KEY)
  })

  say('Exporting CDRs')
  await fillService('exported', exported)
  const exporting = await start('service', 'exported')
  return { neighbour, ingest, export: await using([exporting], () => measureExport(exporting, join(folder, 'export.csv.gz'))) }
}

const { gzipped } = weigh(scripts.service)
say(`Making ${month.calls} CDRs`)
await fillAll()
say('Asking, in turns with the floor and the plain service')
const measured = await measureCases()
const flows = options.quick ? { neighbour: undefined, ingest: undefined, export: undefined } : await measureFlows()
const results: Results = { cases: measured, bundleBytes: gzipped, ...flows }

const rules = rulesOf(results)
if (options.json) {
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, platform: process.platform }
  console.log(JSON.stringify({ machine, ...results, rules }, null, 2))
} else {
  console.log(`\n${showCases(results.cases)}\n\n${showPeers(results.cases)}\n`)
  if (!options.quick) console.log(`${showFlows(results)}\n`)
  console.log(showRules(rules))
}
process.exit(rules.every(({ kept }) => kept !== false) ? 0 : 1)
