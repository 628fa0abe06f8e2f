import { MOST_BYTES_GZIPPED } from '../size/bundle.ts'
import type { Case } from './cases.ts'
import { showExport, type ExportFigures } from './export.ts'
import type { IngestFigures } from './ingest.ts'
import type { Beside, Cost, Speed } from './measure.ts'
import { showNeighbour, type NeighbourFigures } from './neighbour.ts'

/** A case with what it came to. */
export interface Measured {
  one: Case
  cost: Beside<Cost>
  speed: Beside<Speed>
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

/** A figure of the service over that of a peer. */
const ratio = (ours: number | undefined, theirs: number | undefined) =>
  ours === undefined || theirs === undefined ? undefined : ours / theirs

const rule = (name: string, figure: number | undefined, most: number): Rule => ({
  rule: name,
  figure,
  most,
  kept: figure === undefined ? undefined : figure <= most,
})

function rulesOfCase({ one, cost: { service: cost }, speed: { service, floor } }: Measured): Rule[] {
  const rules = [rule(`${one.name}: round trips`, cost.trips, one.most.trips), rule(`${one.name}: rows written`, cost.written, 0)]
  if (one.most.read !== undefined) rules.push(rule(`${one.name}: rows read`, cost.read, one.most.read))
  if (one.mostCpuOfFloor !== undefined) {
    rules.push(rule(`${one.name}: CPU over the floor's`, ratio(service.cpuMicroseconds, floor?.cpuMicroseconds), one.mostCpuOfFloor))
  }
  return rules
}

/** Every rule, with its figure. */
export function rulesOf({ cases, bundleBytes, ingest }: Results): Rule[] {
  const rules = cases.flatMap(rulesOfCase)
  if (ingest) {
    rules.push(rule('ingest: rows written per CDR', ingest.writtenPerCdr, 3.2))
    rules.push(rule('ingest: rows written per CDR sent again', ingest.writtenPerRedeliveredCdr, 0))
  }
  rules.push(rule('bundle: KiB gzipped', bundleBytes / 1024, MOST_BYTES_GZIPPED / 1024))
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

/** Each case in a line. */
export const showCases = (cases: readonly Measured[]): string =>
  table(
    ['case', 'trips', 'read', 'CPU µs', 'req/s', 'p50 ms', 'p99 ms', 'budget', 'verdict'],
    cases.map((measured) => {
      const { service } = measured.speed
      return [
        measured.one.name,
        count(measured.cost.service.trips),
        count(measured.cost.service.read),
        count(service.cpuMicroseconds),
        count(service.perSecond),
        count(service.p50, 1),
        count(service.p99, 1),
        budgetOf(measured.one),
        verdictOf(rulesOfCase(measured).every(({ kept }) => kept !== false)),
      ]
    }),
  )

/** Each case that others answer too in a line: the floor, the plain service, ours. */
export const showPeers = (cases: readonly Measured[]): string =>
  table(
    ['case', 'read: floor', 'plain', 'ours', 'CPU µs: floor', 'plain', 'ours', 'of floor', 'of plain', 'req/s: floor', 'plain', 'ours'],
    cases.flatMap(({ one, cost, speed }) => {
      if (!one.peers) return []
      const three = <Figures>({ floor, plain, service }: Beside<Figures>, show: (figures: Figures) => string) =>
        [floor, plain, service].map((figures) => (figures ? show(figures) : ''))
      const ofPeer = (peer: Speed | undefined) => (peer ? count(ratio(speed.service.cpuMicroseconds, peer.cpuMicroseconds), 2) : '')
      return [
        [
          one.name,
          ...three(cost, ({ read }) => count(read)),
          ...three(speed, ({ cpuMicroseconds }) => count(cpuMicroseconds)),
          ofPeer(speed.floor),
          ofPeer(speed.plain),
          ...three(speed, ({ perSecond }) => count(perSecond)),
        ],
      ]
    }),
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
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)))
  const isWords = head.map((_, at) => at === 0 || rows.every((row) => !/^[\d.,]*(?:n\/a)?$/.test(row[at]!)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (isWords[at] ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd()
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
