import { misuse, readCommandLine } from './command-line.ts'
import { batches } from './import/batches.ts'
import { openCheckpoint } from './import/checkpoint.ts'
import { findFiles, kindOf, standardInput } from './import/files.ts'
import type { ImportFile } from './import/files.ts'
import { startProgress } from './import/progress.ts'
import { recount } from './import/recount.ts'
import { openRows } from './import/rows.ts'
import type { BadRow, FileRow } from './import/rows.ts'
import { send } from './import/send.ts'
import { OperatorApiError, operatorApi } from './operator.ts'
import { defaultDataFolder, readSettings } from './start/settings.ts'

const usage = `Usage: npm run import -- [--url URL] [--key KEY] [--resume] PATH...
       npm run import -- [--url URL] [--key KEY] --kind KIND [--csv] -
       npm run import -- [--url URL] [--key KEY] --verify | --repair

  PATH         a file named KIND.ndjson or KIND.csv (KIND-anything too), either with .gz, or a folder of such files;
               kinds: customers, profiles, accounts, api_accesses, transport_protocols, cdrs, cdr_exports
  -            standard input, of the kind that --kind names; lines of JSON, or with --csv what COPY writes
  --url URL    where the server is (default http://127.0.0.1:8787)
  --key KEY    the operator key (default: OPERATOR_KEY of the environment or .dev.vars, or the one that npm start made)
  --resume     go on where the last run stopped, if the files are the same
  --verify     count the server's CDRs anew and compare; nothing is imported
  --repair     the same, and set wrong counters right`

const { values: options, positionals: paths } = readCommandLine(usage, {
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8787' },
    key: { type: 'string' },
    kind: { type: 'string' },
    csv: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
    verify: { type: 'boolean', default: false },
    repair: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const url = options.url.replace(/\/+$/, '')
const key = options.key ?? readSettings(defaultDataFolder)['OPERATOR_KEY']
const recounting = options.verify || options.repair

if (paths.length === 0 && !recounting) misuse(usage, 'Nothing to import: name files or folders')
if (paths.length > 0 && recounting) misuse(usage, '--verify and --repair import nothing')
if (!/^https?:/.test(url) || !URL.canParse(url)) misuse(usage, `--url takes an http or https address, not '${options.url}'`)
if (!key) misuse(usage, 'No operator key: give --key or set OPERATOR_KEY')

const filesToImport = () => {
  if (paths.includes('-')) {
    const kind = kindOf(options.kind)
    if (paths.length > 1 || !kind) return misuse(usage, 'Standard input is imported alone, and --kind says what it holds')
    return [standardInput(kind, options.csv ? 'csv' : 'ndjson')]
  }
  try {
    return findFiles(paths, (path) => console.error(`${path}: skipped, its name does not say what is in it`))
  } catch (error) {
    return misuse(usage, (error as Error).message)
  }
}

const newCounts = () => ({ received: 0, stored: 0, unchanged: 0, rejected: 0 })
type Counts = ReturnType<typeof newCounts>

const inWords = ({ received, stored, unchanged, rejected }: Counts) =>
  `${received} rows, ${stored} stored, ${unchanged} unchanged, ${rejected} rejected`

async function* after(line: number, rows: AsyncIterable<FileRow>): AsyncGenerator<FileRow> {
  for await (const row of rows) if (row.line > line) yield row
}

const importAll = async (files: ImportFile[]) => {
  const total = newCounts()
  const progress = startProgress(files.reduce((sum, { bytes }) => sum + bytes, 0))
  const api = operatorApi(url, key, progress.complain)
  const checkpoint = openCheckpoint(url, options.resume)

  const importFile = async (file: ImportFile, bytesBefore: number) => {
    const counts = newCounts()
    const count = (more: Counts, bad: BadRow[]) => {
      for (const name of ['received', 'stored', 'unchanged', 'rejected'] as const) {
        counts[name] += more[name]
        total[name] += more[name]
      }
      for (const { line, detail } of bad) progress.complain(`${file.path}:${line}: ${detail}`)
    }
    const known = checkpoint.lineOf(file)
    if (known > 0) progress.say(`${file.path}: going on after line ${known}`)
    const { rows, bytesRead } = openRows(file, (remark) => progress.complain(`${file.path}: ${remark}`))
    const broken = (row: BadRow) => count({ ...newCounts(), received: 1, rejected: 1 }, [row])
    for await (const batch of batches(file.kind, after(known, rows), broken)) {
      const { bad, ...more } = await send(api, file.kind, batch)
      count(more, bad)
      checkpoint.reached(file, batch.at(-1)!.line)
      progress.update(bytesBefore + bytesRead(), total.received, file.path)
    }
    progress.say(`${file.path}: ${inWords(counts)}`)
  }

  let broken = false
  let bytesBefore = 0
  for (const file of files) {
    try {
      await importFile(file, bytesBefore)
    } catch (error) {
      broken = true
      progress.complain(`${file.path}: ${(error as Error).message}`)
      // A file that cannot be read says nothing about the next one; a server that will not answer does.
      if (error instanceof OperatorApiError) break
    }
    bytesBefore += file.bytes
  }
  progress.stop()
  if (broken) checkpoint.save()
  else checkpoint.forget()

  const rate = `${progress.seconds().toFixed(1)} s, ${progress.ratePerSecond(total.received)} rows/s`
  console.log(`${broken ? 'Imported in part' : 'Imported'}: ${inWords(total)} (${files.length} files, ${rate})`)
  if (broken) console.log('--resume goes on where this run stopped')
  return !broken && total.rejected === 0
}

const recountAll = () =>
  recount(operatorApi(url, key, console.error), options.repair, console.log).catch((error: Error) => {
    console.error(error.message)
    return false
  })

const files = recounting ? [] : filesToImport()
if (files.length === 0 && !recounting) misuse(usage, `Nothing to import in ${paths.join(', ')}`)
process.exitCode = (await (recounting ? recountAll() : importAll(files))) ? 0 : 1
