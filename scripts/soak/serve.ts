import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../src/roots.ts'
import { runWrangler, startServer } from '../bench/server.ts'
import { projectFolder } from '../start/settings.ts'

/** Starts the Worker on an empty database. It is bundled once: a server that watches the project would start anew when something in it changes. */
export const serve = async (folder: string, variables: Record<string, string>) => {
  const sources = join(folder, 'sources.toml')
  const bundled = join(folder, 'wrangler.toml')
  const bundle = join(folder, 'bundle')
  const tables = readFileSync(join(projectFolder, 'wrangler.toml'), 'utf8').split(/^(?=\[)/m)
  // Static assets stay away: locally they put two more Workers before this one.
  const settings = tables
    .filter((table) => !/^\[(?:assets|build)\]/.test(table))
    .join('')
    .replace(/^migrations_dir = "(.*)"/gm, (_, path: string) => `migrations_dir = "${join(projectFolder, path)}"`)
  const withMain = (make: (path: string) => string) => settings.replace(/^main = "(.*)"/gm, (_, path: string) => make(path))
  writeFileSync(
    sources,
    withMain((path) => `main = "${join(projectFolder, path)}"`),
  )
  writeFileSync(
    bundled,
    withMain(() => `main = "${join(bundle, 'index.js')}"\nno_bundle = true`),
  )
  await runWrangler('deploy', '--config', sources, '--dry-run', '--outdir', bundle)
  await runWrangler('d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', folder, '--config', bundled)
  return startServer({ config: bundled, folder, path: `${ROOT}/cdrs/1`, variables })
}
