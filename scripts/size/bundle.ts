import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { startWrangler } from '../start/wrangler.ts'

/** What a deployed bundle may weigh, gzipped. */
export const mostBytesGzipped = 130 * 1024

/** Bundles the Worker as `wrangler deploy` would, and weighs it. */
export const measureBundle = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-size-'))
  try {
    const wrangler = startWrangler('deploy', '--dry-run', '--outdir', folder)
    if ((await wrangler.exited) !== 0) throw new Error(wrangler.output())
    const modules = readdirSync(folder).filter((name) => !/\.(?:map|md)$/.test(name))
    const contents = modules.map((name) => readFileSync(join(folder, name)))
    const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0)
    return { bytes: sum(contents.map(({ length }) => length)), gzipped: sum(contents.map((content) => gzipSync(content).length)) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
