import { env } from 'cloudflare:workers'
import { advance, begin, close, publish, type Stride } from '../../src/exports/job.ts'

/** The environment as the Worker has it. */
export const worker: Env = env

export const ACCOUNT = 3
export const CUSTOMER = 1

interface ExportRow {
  account?: number
  filters?: Record<string, unknown>
  fields?: readonly string[]
  timeFormat?: string
  timeZone?: string | null
  status?: string
  createdAt?: number | null
}

/** Stores an export as POST does, but starts nothing; gives its uuid. */
export async function order({ account, filters = {}, fields, timeFormat, timeZone, status, createdAt }: ExportRow = {}): Promise<string> {
  const uuid = crypto.randomUUID()
  await env.DB.prepare(
    `INSERT INTO cdr_exports (uuid, customer_id, customer_account_id, filters, fields, status, time_format, time_zone_name, created_at)
     VALUES (?1, (SELECT customer_id FROM accounts WHERE id = ?2), ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
  )
    .bind(
      uuid,
      account ?? ACCOUNT,
      JSON.stringify(filters),
      fields ? JSON.stringify(fields) : null,
      status ?? 'Pending',
      timeFormat ?? 'with_timezone',
      timeZone ?? null,
      createdAt === undefined ? Date.now() * 1000 : createdAt,
    )
    .run()
  return uuid
}

/** Runs the steps of an export one after another, as the workflow does. */
export async function run(uuid: string, stride?: Stride, bindings = worker): Promise<void> {
  let progress = await begin(bindings, uuid)
  while (!progress.ended) progress = await advance(bindings, uuid, progress, stride)
  await close(bindings, uuid, progress)
  await publish(bindings, uuid, progress)
}

export interface Exported {
  status: string
  rows_count: number | null
  digest: string | null
  updated_at: number | null
}

export const exported = async (uuid: string): Promise<Exported> =>
  (await env.DB.prepare('SELECT status, rows_count, digest, updated_at FROM cdr_exports WHERE uuid = ?').bind(uuid).first<Exported>())!

/** Runs an export and gives its CSV. */
export async function exportCsv(row: ExportRow): Promise<string> {
  const uuid = await order(row)
  await run(uuid)
  return csvOf(uuid)
}

export async function bytesOf(uuid: string): Promise<Uint8Array> {
  const object = await env.FILES.get(`exports/${uuid}.csv.gz`)
  if (!object) throw new Error(`No file of ${uuid}`)
  return new Uint8Array(await object.arrayBuffer())
}

export const csvOf = async (uuid: string) =>
  new Response(new Blob([await bytesOf(uuid)]).stream().pipeThrough(new DecompressionStream('gzip'))).text()

/** The keys of all that is stored. */
export const keys = async () => (await env.FILES.list()).objects.map(({ key }) => key)

/** Waits until the workflow of an export has ended. */
export async function settled(uuid: string): Promise<Exported> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const instance = await env.EXPORTS.get(uuid)
    const { status } = await instance.status()
    if (status === 'complete' || status === 'errored') return exported(uuid)
    await scheduler.wait(25)
  }
  throw new Error(`The workflow of ${uuid} goes on and on`)
}
