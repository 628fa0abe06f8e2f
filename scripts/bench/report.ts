import { mostBytesGzipped } from '../size/bundle.ts'
import type { Case } from './cases.ts'
import { showExport, type ExportFigures } from './export.ts'
import type { IngestFigures } from './ingest.ts'
import type { Cost, Speed } from './measure.ts'
import { showNeighbour, type NeighbourFigures } from './neighbour.ts'

/** A case with what it came to. The floor is there only where it answers too. */
export interface Measured {
  one: Case
  cost: Cost
  service: Speed
  floor: Speed | undefined
}

/** Everything that a run measures. */
export interface Results {
  cases: readonly Measured[]
  bundleBytes: number
  neighbour: NeighbourFigures | undefined
  ingest: IngestFigures | undefined
  export: ExportFigures | undefined
}

/** A cost rule: the figure, what it may be at most, and whether it is. Undefined: nobody tells on this machine. */
export interface Rule {
  rule: string
  figure: number | undefined
  most: number
  kept: boolean | undefined
}

/** The CPU time of a case over that of the floor. */
const ratioOf = ({ service, floor }: Measured) =>
  service.cpuMicroseconds === undefined || floor?.cpuMicroseconds === undefined
    ? undefined
    : service.cpuMicroseconds / floor.cpuMicroseconds

const rule = (name: string, figure: number | undefined, most: number): Rule => ({
  rule: name,
  figure,
  most,
  kept: figure === undefined ? undefined : figure <= most,
})

/** Every rule, with its figure. */
export const rulesOf = ({ cases, bundleBytes, ingest, export: exported }: Results): Rule[] => {
  const rules: Rule[] = []
  for (const measured of cases) {
    const { one, cost } = measured
    rules.push(rule(`${one.name}: round trips`, cost.trips, one.most.trips))
    if (one.most.read !== undefined) rules.push(rule(`${one.name}: rows read`, cost.read, one.most.read))
    rules.push(rule(`${one.name}: rows written`, cost.written, 0))
    if (one.mostCpuOfFloor !== undefined) rules.push(rule(`${one.name}: CPU over the floor's`, ratioOf(measured), one.mostCpuOfFloor))
  }
  if (ingest) {
    rules.push(rule('ingest: rows written per CDR', ingest.writtenPerCdr, 3.2))
    rules.push(rule('ingest: rows written per CDR sent again', ingest.writtenPerRedeliveredCdr, 0))
  }
  if (exported) rules.push(rule('export: rows read per row', exported.readPerRow, 1.01))
  rules.push(rule('bundle: KiB gzipped', bundleBytes / 1024, mostBytesGzipped / 1024))
  return rules
}

const count = (figure: number | undefined, digits = 0) =>
  figure === undefined ? 'n/a' : figure.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const verdictOf = (kept: boolean | undefined) => (kept === undefined ? 'n/a' : kept ? 'kept' : 'BROKEN')

const budgetOf = ({ most, mostCpuOfFloor }: Case) =>
  [
    `${most.trips} trip${most.trips === 1 ? '' : 's'}`,
    ...(most.read === undefined ? [] : [`${count(most.read)} read`]),
    ...(mostCpuOfFloor === undefined ? [] : [`CPU ${mostCpuOfFloor}`]),
  ].join(', ')

const isKept = (measured: Measured) => {
  const rules = rulesOf({ cases: [measured], bundleBytes: 0, neighbour: undefined, ingest: undefined, export: undefined })
  return rules.every(({ kept }) => kept !== false)
}

/** Each case in a line. */
export const showCases = (cases: readonly Measured[]): string =>
  table(
    ['case', 'trips', 'read', 'CPU µs', 'floor µs', 'ratio', 'req/s', 'p50 ms', 'p99 ms', 'budget', 'verdict'],
    cases.map((measured) => [
      measured.one.name,
      count(measured.cost.trips),
      count(measured.cost.read),
      count(measured.service.cpuMicroseconds),
      measured.floor ? count(measured.floor.cpuMicroseconds) : '',
      measured.floor ? count(ratioOf(measured), 2) : '',
      count(measured.service.perSecond),
      count(measured.service.p50, 1),
      count(measured.service.p99, 1),
      budgetOf(measured.one),
      verdictOf(isKept(measured)),
    ]),
  )

/** Each rule in a line. */
export const showRules = (rules: readonly Rule[]): string =>
  table(
    ['figure', 'measured', 'budget', 'verdict'],
    rules.map(({ rule, figure, most, kept }) => [
      rule,
      count(figure, Number.isInteger(figure) ? 0 : 2),
      `at most ${count(most, Number.isInteger(most) ? 0 : 2)}`,
      verdictOf(kept),
    ]),
  )

/** What is measured otherwise than in requests of one kind: customers beside each other, ingest and export. */
export const showFlows = ({ neighbour, ingest, export: exported }: Results): string =>
  [
    ...(neighbour ? [showNeighbour(neighbour)] : []),
    ...(ingest
      ? [
          `${count(ingest.rate)} new CDRs a second, where nothing but an INSERT does ${count(ingest.bareRate)}; ${count(ingest.redeliveredRate)} of those sent again`,
          `${count(ingest.writtenPerCdr, 3)} rows written per new CDR, ${count(ingest.writtenPerLiveCdr, 3)} where 500 CDRs are of 100 customers, ${count(ingest.writtenPerIncomingCdr, 3)} where every vendor is a customer too`,
        ]
      : []),
    ...(exported ? [showExport(exported)] : []),
  ].join('\n')

/** Columns as wide as they need be; the first to the left, as are words. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)))
  const isWords = head.map((_, at) => at === 0 || rows.every((row) => !/^[\d.,]*(?:n\/a)?$/.test(row[at]!)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (isWords[at] ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd()
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
