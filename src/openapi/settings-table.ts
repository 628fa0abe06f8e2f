// The variables and secrets as a table in Markdown, for the README.
import { describeSettings } from '../settings.ts'
import { code, toTable, withTable } from './markdown.ts'

const settingsTable = () =>
  toTable([
    ['name', 'kind', 'default', 'meaning'],
    ...describeSettings()
      .filter(({ kind }) => kind !== 'local')
      .map(({ name, kind, missing, meaning }) => [code(name), kind, missing === '' ? 'none' : code(missing), meaning]),
  ])

/** The README with the table put in. */
export const withSettingsTable = (readme: string): string => withTable(readme, 'settings', settingsTable())
