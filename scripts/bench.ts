import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../src/roots.ts'
import { secret } from './bench/ask.ts'
import { cases } from './bench/cases.ts'
import { startClient } from './bench/client.ts'
import { callData, floorData, month, peopleData } from './bench/data.ts'
import { benchExport } from './bench/export.ts'
import { measureIngest } from './bench/ingest.ts'
import { measureCost, measureSpeed } from './bench/measure.ts'
import type { Effort } from './bench/measure.ts'
import { measureNeighbour } from './bench/neighbour.ts'
import { rulesOf, showCases, showFlows, showRules } from './bench/report.ts'
import type { Measured, Results } from './bench/report.ts'
import { runWrangler, startServer } from './bench/server.ts'
import type { Server } from './bench/server.ts'
import { readCommandLine } from './command-line.ts'
import { projectFolder } from './start/settings.ts'
import { measureBundle } from './size/bundle.ts'

const usage = `Usage: npm run bench -- [--json] [--quick]

  --json   print everything as JSON
  --quick  short rounds, no ingest and no export: the exact figures are the same, the times are a guess`

const { values: options } = readCommandLine(usage, {
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
})

const effort: Effort = options.quick
  ? { rounds: 1, milliseconds: 1000, warmUpMilliseconds: 500 }
  : { rounds: 5, milliseconds: 2000, warmUpMilliseconds: 1500 }
/** Where there is nothing to compare with, one round is enough. */
const effortAlone: Effort = { ...effort, rounds: 1, warmUpMilliseconds: 500 }

const exportedRows = 200_000
const floorConfig = 'test/bench/floor.toml'
const firstPath = `${ROOT}/cdrs/1`

const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
// Whatever is put aside by ourselves or by what we start goes the same way.
process.env['TMPDIR'] = folder
// A run starts more processes than Node expects listeners.
process.setMaxListeners(50)
// What was started ends with this process: each start has its own listener of `exit`.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => process.exit(code))
}

const serviceFolder = join(folder, 'service')
const serviceConfig = join(folder, 'wrangler.toml')
const floorFolder = join(folder, 'floor')
const say = (message: string) => console.error(message)

/**
 * The service's own configuration, without static assets: locally they put two more Workers before it, of which production bills nothing. Nor is
 * anything built beside it, which would start it anew while it is measured.
 */
const configure = () => {
  const tables = readFileSync(join(projectFolder, 'wrangler.toml'), 'utf8').split(/^(?=\[)/m)
  const kept = tables.filter((table) => !/^\[(?:assets|build)\]/.test(table)).join('')
  writeFileSync(
    serviceConfig,
    kept.replace(/^(main|migrations_dir) = "(.*)"/gm, (_, name: string, path: string) => `${name} = "${join(projectFolder, path)}"`),
  )
}

const fill = async () => {
  const files = { service: join(folder, 'service.sql'), floor: join(folder, 'floor.sql') }
  writeFileSync(files.service, [...(await peopleData()), ...callData(month), ''].join(';\n'))
  writeFileSync(files.floor, [...floorData(month), ''].join(';\n'))
  const place = ['--local', '--persist-to', serviceFolder, '--config', serviceConfig]
  await runWrangler('d1', 'migrations', 'apply', 'DB', ...place)
  await runWrangler('d1', 'execute', 'DB', ...place, '--file', files.service)
  await runWrangler('d1', 'execute', 'DB', '--local', '--persist-to', floorFolder, '--config', floorConfig, '--file', files.floor)
}

/** Without its log: locally each line goes through an inspector, which takes longer than most else. */
const startService = (timing: '' | '1', limits: '0' | '1' = '0') =>
  startServer({
    config: serviceConfig,
    folder: serviceFolder,
    path: firstPath,
    variables: { JWT_SECRET: secret, RATE_LIMITS: limits, REQUEST_LOG: '0', SERVER_TIMING: timing },
  })

const startFloor = () => startServer({ config: floorConfig, folder: floorFolder, path: firstPath, variables: { JWT_SECRET: secret } })

/** Costs first: to tell them, the service reads its rows in a slower way. */
const measureCosts = async (floor: Server) => {
  const service = await startService('1')
  try {
    const costs = []
    for (const one of cases) costs.push(await measureCost(one, service, floor))
    return costs
  } finally {
    await service.stop()
  }
}

const measureCases = async (): Promise<Measured[]> => {
  const floor = await startFloor()
  const client = startClient()
  try {
    const costs = await measureCosts(floor)
    const service = await startService('')
    const measured: Measured[] = []
    for (const [at, one] of cases.entries()) {
      say(`  ${one.name}`)
      const servers = one.floor ? [floor, service] : [service]
      const speeds = await measureSpeed(one, servers, client, one.floor ? effort : effortAlone)
      measured.push({ one, cost: costs[at]!, service: speeds.at(-1)!, floor: one.floor ? speeds[0] : undefined })
    }
    await service.stop()
    return measured
  } finally {
    client.stop()
    await floor.stop()
  }
}

const measureBeside = async () => {
  const service = await startService('', '1')
  try {
    return await measureNeighbour(service)
  } finally {
    await service.stop()
  }
}

const measureAll = async (): Promise<Results> => {
  say('Bundling')
  const { gzipped } = await measureBundle()
  say(`Making ${month.calls} CDRs`)
  configure()
  await fill()
  say('Asking and loading, in turns with the floor')
  const measured = await measureCases()
  if (options.quick) return { cases: measured, bundleBytes: gzipped, neighbour: undefined, ingest: undefined, export: undefined }
  say('Asking beside another customer')
  const neighbour = await measureBeside()
  say('Loading CDRs')
  const ingest = await measureIngest(8850, 8851)
  say('Exporting CDRs')
  return { cases: measured, bundleBytes: gzipped, neighbour, ingest, export: await benchExport(exportedRows) }
}

const results = await measureAll()
const rules = rulesOf(results)
if (options.json) {
  console.log(
    JSON.stringify({ machine: { cpus: cpus().length, model: cpus()[0]?.model, platform: process.platform }, ...results, rules }, null, 2),
  )
} else {
  console.log(`\n${showCases(results.cases)}\n`)
  if (!options.quick) console.log(`${showFlows(results)}\n`)
  console.log(showRules(rules))
}
process.exit(rules.every(({ kept }) => kept !== false) ? 0 : 1)
