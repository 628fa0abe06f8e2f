import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { kinds } from '../operator.ts'
import type { Kind } from '../operator.ts'

export interface ImportFile {
  path: string
  kind: Kind
  format: 'ndjson' | 'csv'
  gzipped: boolean
  bytes: number
  /** When it was last changed, in milliseconds. */
  modified: number
}

/** What comes in by standard input. */
export const standardInput = (kind: Kind, format: ImportFile['format']): ImportFile => ({
  path: '-',
  kind,
  format,
  gzipped: false,
  bytes: 0,
  modified: 0,
})

/** The kind that a name stands for, as files spell it or as the API does. */
export const kindOf = (name: string | undefined) => kinds.find((kind) => kind === name?.toLowerCase().replaceAll('_', '-'))

/** The files behind the given paths, a folder's in the order of `kinds`; `skip` hears of what else a folder holds. Throws if a path is no use. */
export const findFiles = (paths: string[], skip: (path: string) => void): ImportFile[] =>
  paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats) throw new Error(`${path}: no such file or folder`)
    if (stats.isDirectory()) return filesOf(path, skip)
    const file = importFile(path)
    if (!file) throw new Error(`${path}: the name does not say what is in it. ${naming}`)
    return [file]
  })

const naming = `Name files KIND.ndjson or KIND.csv, either with .gz; kinds: ${kinds.map((kind) => kind.replaceAll('-', '_')).join(', ')}`

const filesOf = (folder: string, skip: (path: string) => void) =>
  readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => {
      const file = statSync(path, { throwIfNoEntry: false })?.isFile() ? importFile(path) : undefined
      if (!file) skip(path)
      return file ?? []
    })
    .toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.path.localeCompare(b.path, 'en', { numeric: true }))

const pattern = new RegExp(`^(${kinds.join('|').replaceAll('-', '[-_]')})(?:[-_. ].*)?\\.(ndjson|csv)(\\.gz)?$`, 'i')

const importFile = (path: string): ImportFile | undefined => {
  const [, name, format, gz] = pattern.exec(basename(path)) ?? []
  if (!name || !format) return undefined
  accessSync(path, constants.R_OK)
  return {
    path,
    kind: kindOf(name)!,
    format: format.toLowerCase() as ImportFile['format'],
    gzipped: gz !== undefined,
    bytes: statSync(path).size,
    modified: statSync(path).mtimeMs,
  }
}
