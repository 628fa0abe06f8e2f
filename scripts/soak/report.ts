import { table } from '../bench/report.ts'
import { mebibytes, type Look } from './memory.ts'
import type { Kept } from './promises.ts'
import type { RunRecord } from './record.ts'

const milliseconds = (figure: number | undefined) => (figure === undefined ? 'n/a' : figure.toFixed(1))

export const showTraffic = ({ tallies }: RunRecord): string =>
  table(
    ['traffic', 'requests', 'p50 ms', 'p99 ms', 'max ms', 'errors'],
    [...tallies]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, { latencies, errors }]) => {
        const sorted = latencies.toSorted((a, b) => a - b)
        const at = (share: number) => milliseconds(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))])
        return [name, String(sorted.length), at(0.5), at(0.99), milliseconds(sorted.at(-1)), String(errors)]
      }),
  )

export function showCounts({ counts, tallies }: RunRecord): string {
  const requests = [...tallies.values()].reduce((sum, { latencies }) => sum + latencies.length, 0)
  return [
    `${requests} requests`,
    `${counts.rowsSent} new CDRs, ${counts.rowsAgain} sent again, ${counts.rowsCorrected} corrected`,
    `${counts.notModified} answers not sent again, as nothing had changed`,
  ].join('\n')
}

export function showMemory(looks: readonly Look[]): string {
  const resident = looks.map(({ resident }) => (resident === undefined ? 'n/a' : mebibytes(resident)))
  return `Memory of the server's process at the thirds, its stand-ins included: ${resident.join(', ')} MiB`
}

export const showFailures = ({ failures }: RunRecord): string =>
  [...failures].map(([kind, { count, example }]) => `${count} × ${kind}${example && `, first: ${example}`}`).join('\n')

export const showPromises = (promises: readonly Kept[]): string =>
  table(
    ['promise', 'found', 'verdict'],
    promises.map(({ promise, found, kept }) => [promise, found, kept === undefined ? 'n/a' : kept ? 'kept' : 'BROKEN']),
  )
