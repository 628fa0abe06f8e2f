import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { describeSettings } from '../../src/settings.ts'

export const projectFolder = resolve(import.meta.dirname, '../..')

/** Where wrangler keeps local data unless told otherwise. */
export const defaultDataFolder = join(projectFolder, '.wrangler/state')

const secretNames = ['JWT_SECRET', 'OPERATOR_KEY'] as const
const settable = describeSettings()
  .filter(({ kind }) => kind !== 'local')
  .map(({ name }) => name)

export type Settings = Record<string, string>

/** What a local server takes over wrangler.toml: secrets kept with the data, then `.dev.vars`, then the environment; the last one wins. */
export const readSettings = (dataFolder: string): Settings => ({
  ...readEnvFile(keptSecrets(dataFolder)),
  ...readEnvFile(join(projectFolder, '.dev.vars')),
  ...Object.fromEntries(settable.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
})

/** Makes the secrets that nobody gave and keeps them with the data, for the next start. */
export const withSecrets = (dataFolder: string) => {
  const given = readSettings(dataFolder)
  const missing = secretNames.filter((name) => given[name] === undefined)
  const kept = {
    ...readEnvFile(keptSecrets(dataFolder)),
    ...Object.fromEntries(missing.map((name) => [name, randomBytes(32).toString('base64url')])),
  }
  if (missing.length > 0) writeEnvFile(keptSecrets(dataFolder), kept)
  const settings = { ...kept, ...given }
  return { settings, made: secretNames.filter((name) => settings[name] === kept[name]) }
}

const keptSecrets = (dataFolder: string) => join(dataFolder, 'secrets.env')

const readEnvFile = (path: string): Settings => {
  try {
    return parseEnv(readFileSync(path, 'utf8')) as Settings
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Written for wrangler's `--env-file`, which expands `$NAME` even between single quotes. */
export const writeEnvFile = (path: string, settings: Settings) => {
  const lines = Object.entries(settings).map(([name, value]) => {
    const quote = ["'", '`'].find((mark) => !value.includes(mark))
    if (!quote || value.endsWith('\\')) throw new Error(`${name} cannot be passed on: it ends with a backslash, or holds both ' and \``)
    return `${name}=${quote}${value.replaceAll('$', '\\$')}${quote}\n`
  })
  mkdirSync(resolve(path, '..'), { recursive: true })
  writeFileSync(path, lines.join(''), { mode: 0o600 })
}
