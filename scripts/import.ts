import { misuse, readCommandLine } from './command-line.ts'
import { batches } from './import/batches.ts'
import { findFiles } from './import/files.ts'
import type { ImportFile } from './import/files.ts'
import { startProgress } from './import/progress.ts'
import { openRows } from './import/rows.ts'
import type { BadRow } from './import/rows.ts'
import { send } from './import/send.ts'
import { OperatorApiError, operatorApi } from './operator.ts'
import { defaultDataFolder, readSettings } from './start/settings.ts'

const usage = `Usage: npm run import -- [--url URL] [--key KEY] PATH...

  PATH       a file named KIND.ndjson or KIND.csv (KIND-anything too), either with .gz, or a folder of such files;
             kinds: customers, profiles, accounts, api_accesses, transport_protocols, cdrs, cdr_exports
  --url URL  where the server is (default http://127.0.0.1:8787)
  --key KEY  the operator key (default: OPERATOR_KEY of the environment or .dev.vars, or the one that npm start made)`

const { values: options, positionals: paths } = readCommandLine(usage, {
  options: { url: { type: 'string', default: 'http://127.0.0.1:8787' }, key: { type: 'string' } },
  allowPositionals: true,
})
const url = options.url.replace(/\/+$/, '')
const key = options.key ?? readSettings(defaultDataFolder)['OPERATOR_KEY']

if (paths.length === 0) misuse(usage, 'Nothing to import: name files or folders')
if (!/^https?:/.test(url) || !URL.canParse(url)) misuse(usage, `--url takes an http or https address, not '${options.url}'`)
if (!key) misuse(usage, 'No operator key: give --key or set OPERATOR_KEY')

const filesToImport = () => {
  try {
    return findFiles(paths, (path) => console.error(`${path}: skipped, its name does not say what is in it`))
  } catch (error) {
    return misuse(usage, (error as Error).message)
  }
}
const files = filesToImport()
if (files.length === 0) misuse(usage, `Nothing to import in ${paths.join(', ')}`)

const newCounts = () => ({ received: 0, stored: 0, unchanged: 0, rejected: 0 })
type Counts = ReturnType<typeof newCounts>

const total = newCounts()
const progress = startProgress(files.reduce((sum, { bytes }) => sum + bytes, 0))
const api = operatorApi(url, key, progress.complain)

const importFile = async (file: ImportFile, bytesBefore: number) => {
  const counts = newCounts()
  const count = (more: Counts, bad: BadRow[]) => {
    for (const name of ['received', 'stored', 'unchanged', 'rejected'] as const) {
      counts[name] += more[name]
      total[name] += more[name]
    }
    for (const { line, detail } of bad) progress.complain(`${file.path}:${line}: ${detail}`)
  }
  const { rows, bytesRead } = openRows(file)
  for await (const batch of batches(rows, (row) => count({ ...newCounts(), received: 1, rejected: 1 }, [row]))) {
    const { bad, ...more } = await send(api, file.kind, batch)
    count(more, bad)
    progress.update(bytesBefore + bytesRead(), total.received, file.path)
  }
  progress.say(`${file.path}: ${inWords(counts)}`)
}

const inWords = ({ received, stored, unchanged, rejected }: Counts) =>
  `${received} rows, ${stored} stored, ${unchanged} unchanged, ${rejected} rejected`

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

const rate = `${progress.seconds().toFixed(1)} s, ${progress.ratePerSecond(total.received)} rows/s`
console.log(`${broken ? 'Imported in part' : 'Imported'}: ${inWords(total)} (${files.length} files, ${rate})`)
process.exitCode = broken || total.rejected > 0 ? 1 : 0
