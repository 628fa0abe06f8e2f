import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWrangler } from '../start/wrangler.ts'

interface Profile {
  nodes: { id: number; callFrame: { functionName: string } }[]
  samples: number[]
  timeDeltas: number[]
}

const rounds = 3

/** The time in which a new isolate of the Worker becomes ready to answer, in milliseconds: the median of some profiles of its start. */
export async function measureStartup(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-startup-'))
  try {
    const times: number[] = []
    for (let round = 0; round < rounds; round++) {
      const path = join(folder, `${round}.cpuprofile`)
      const wrangler = startWrangler('check', 'startup', '--outfile', path)
      if ((await wrangler.exited) !== 0) throw new Error(wrangler.output())
      times.push(activeMilliseconds(JSON.parse(readFileSync(path, 'utf8')) as Profile))
    }
    return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function activeMilliseconds({ nodes, samples, timeDeltas }: Profile) {
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id))
  const active = timeDeltas.filter((_, at) => !idle.has(samples[at]!))
  return active.reduce((sum, microseconds) => sum + microseconds, 0) / 1000
}
