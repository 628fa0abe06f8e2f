// Sends requests that were made up, many at a time, and notes each that is answered late, with 500 or more, or with no good document.
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { load, migrate, ROOT, send } from '../support/api.ts'
import { takeLog } from '../support/log.ts'
import { requests, toInit, type Made } from './requests.ts'
import { accesses, accounts, calls, customers, exports, FILE } from './rows.ts'

const AT_ONCE = 25
/** Rows that requests bring in or take away are put back after this many batches. */
const RESTORED_EVERY = 40
const MOST_MILLISECONDS = 2000
const MOST_FINDINGS = 10

export interface Report {
  requests: number
  seconds: number
  statuses: Record<number, number>
  findings: string[]
}

/** Jobs are not what is looked at here. */
const jobs = { createBatch: () => Promise.resolve([]), get: () => Promise.reject(new Error('(instance.not_found) Instance not found')) }
const variables = { EXPORTS: jobs as unknown as Workflow, SERVER_TIMING: '' }

/** Sends this many requests; the same seed makes the same ones. */
export async function fuzz(runs: number, seed: number): Promise<Report> {
  const report: Report = { requests: 0, seconds: 0, statuses: {}, findings: [] }
  const start = Date.now()
  await migrate()
  for (let at = 0; report.requests < runs && report.findings.length < MOST_FINDINGS; at++) {
    if (at % RESTORED_EVERY === 0) await restore()
    takeLog()
    const made = fc.sample(requests, { seed: seed + at, numRuns: Math.min(AT_ONCE, runs - report.requests) })
    const results = await Promise.all(made.map((one) => attempt(one)))
    const log = takeLog()
    for (const [index, { status, wrong }] of results.entries()) {
      report.requests++
      report.statuses[status] = (report.statuses[status] ?? 0) + 1
      if (wrong) report.findings.push(`${wrong}: ${JSON.stringify(made[index])} ${log.filter((line) => line.includes('cause')).join(' ')}`)
    }
  }
  return { ...report, seconds: (Date.now() - start) / 1000 }
}

/** A request among many may wait for the others: one that is late is asked once more, alone in its patience. */
async function attempt(made: Made): Promise<{ status: number; wrong: string | undefined }> {
  const first = await answer(made)
  return first.late ? answer(made) : first
}

async function answer(made: Made): Promise<{ status: number; wrong: string | undefined; late: boolean }> {
  const start = Date.now()
  try {
    const response = await Promise.race([send(made.path, toInit(made), variables), tooLate()])
    if (response === 'late') return { status: 0, wrong: 'no answer', late: true }
    const wrong = await faultOf(made, response)
    const late = Date.now() - start > MOST_MILLISECONDS
    return { status: response.status, wrong: wrong ?? (late ? 'late' : undefined), late }
  } catch (error) {
    return { status: 0, wrong: String(error), late: false }
  }
}

const tooLate = () => new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), 5 * MOST_MILLISECONDS))

async function faultOf({ method, path }: Made, response: Response): Promise<string | undefined> {
  const body = new TextDecoder().decode(await response.arrayBuffer())
  if (response.status >= 500) return `status ${response.status}`
  if (response.status < 400 || method === 'HEAD' || body === '') return undefined
  const known = path.startsWith(ROOT) && !path.startsWith(`${ROOT}/auth`)
  if (known && !response.headers.get('content-type')?.startsWith('application/vnd.api+json')) return 'no JSON:API'
  const { errors } = JSON.parse(body) as { errors?: { code: string; status: string }[] }
  return errors?.[0]?.status === String(response.status) ? undefined : 'no error document'
}

async function restore(): Promise<void> {
  const tables = ['cdrs', 'rejected_cdrs', 'cdr_exports', 'accounts', 'api_accesses', 'customers', 'transport_protocols']
  await env.DB.batch([...tables, 'owner_counters', 'account_counters'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
  const rows = { customers, 'api-accesses': accesses, accounts, cdrs: calls, 'cdr-exports': exports }
  for (const [kind, list] of Object.entries(rows)) {
    await load(
      kind,
      list.map((row) => JSON.stringify(row)),
    )
  }
  for (const key of [`record/${FILE.tag}.mp3`, `exports/${FILE.export}.csv.gz`]) await env.FILES.put(key, 'abcdefghij')
}
