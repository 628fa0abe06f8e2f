import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { hideable } from '../../src/resources/hideable.ts'
import { describeSettings, SettingsError, settingsReader } from '../../src/settings.ts'
import { projectFolder } from './settings.ts'
import type { Settings } from './settings.ts'

/** What is wrong with the settings that a local server will have, a sentence each: these, over the variables of wrangler.toml. */
export const faultsOf = (settings: Settings): readonly string[] => {
  const { vars } = parse(readFileSync(join(projectFolder, 'wrangler.toml'), 'utf8')) as { vars?: object }
  const given = { ...vars, ...settings }
  const known = new Set<string>(describeSettings().map(({ name }) => name))
  const unknown = Object.keys(given).filter((name) => !known.has(name))
  const read = settingsReader(hideable)(given as unknown as Env)
  return [
    ...unknown.map((name) => `${name} is no variable of this service; README.md lists them.`),
    ...(read instanceof SettingsError ? read.faults : []),
  ]
}
