import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { projectFolder } from '../start/settings.ts'
import type { ImportFile } from './files.ts'

const place = join(projectFolder, '.wrangler/import.json')
const saveEveryMilliseconds = 500

/** Files by server and path: which they were, and up to which line the server has them. */
type Kept = Record<string, { bytes: number; modified: number; line: number }>

const read = (): Kept => {
  try {
    return JSON.parse(readFileSync(place, 'utf8')) as Kept
  } catch {
    return {}
  }
}

/** Remembers how far files are, for a run that goes on where this one stopped; a file that has changed since begins anew. */
export const openCheckpoint = (url: string, resume: boolean) => {
  const kept: Kept = resume ? read() : {}
  let savedAt = 0
  const keyOf = (file: ImportFile) => `${url} ${resolve(file.path)}`
  const save = () => {
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(`${place}.new`, JSON.stringify(kept))
    renameSync(`${place}.new`, place)
    savedAt = performance.now()
  }
  return {
    /** The last line of the file that need not be sent again. */
    lineOf: (file: ImportFile) => {
      const known = kept[keyOf(file)]
      return known && known.bytes === file.bytes && known.modified === file.modified ? known.line : 0
    },
    reached: (file: ImportFile, line: number) => {
      if (file.path === '-') return
      kept[keyOf(file)] = { bytes: file.bytes, modified: file.modified, line }
      if (performance.now() - savedAt > saveEveryMilliseconds) save()
    },
    save,
    forget: () => rmSync(place, { force: true }),
  }
}
