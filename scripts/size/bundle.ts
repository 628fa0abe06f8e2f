import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundle } from '../server.ts'

/** What a deployed bundle may weigh, gzipped. */
export const MOST_BYTES_GZIPPED = 130 * 1024

/** Bundles the Worker as `wrangler deploy` would, and weighs it. */
export async function measureBundle() {
  const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-size-'))
  try {
    return weigh(await bundle('wrangler.toml', folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a bundle weighs, by the path of its script. */
export function weigh(script: string) {
  const folder = dirname(script)
  const modules = readdirSync(folder).filter((name) => !/\.(?:map|md)$/.test(name))
  const contents = modules.map((name) => readFileSync(join(folder, name)))
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0)
  return { bytes: sum(contents.map(({ length }) => length)), gzipped: sum(contents.map((content) => gzipSync(content).length)) }
}
