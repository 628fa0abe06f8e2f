// The steps of an export. Each takes where the last one stopped and tells where it stops itself, in a few hundred bytes; each may be killed
// anywhere and run again, and then does the same again. The workflow (`workflow.ts`) runs them in their order.
import { and, eq } from 'drizzle-orm'
import { Database, type Cell } from '../db/database.ts'
import { cdrExport } from '../db/schema.ts'
import { query, toStatement } from '../db/statement.ts'
import { timeWriter } from './clock.ts'
import { columnsOf } from './columns.ts'
import { csvHeader, csvLine } from './csv.ts'
import { beginFile, deleteFiles, digestOf, discardUnfinished, fileKey, OpenFile, type FileState } from './file.ts'
import { isPending, readJob, readPage, type Cursor, type Job, type Read } from './rows.ts'

/** Where a job stands between two steps. */
export interface Progress {
  job: Job
  file: FileState
  /** Rows exported. */
  rows: number
  /** Rows looked at; absent before the first. */
  read?: Read
  /** The last row looked at. */
  after?: Cursor
  ended?: true
}

/** How much a step does at most: 100,000 rows, two seconds of work or so of the thirty that it may take. So 20 million rows are 200 steps. */
export interface Stride {
  pages: number
  pageRows: number
}

const STRIDE: Stride = { pages: 20, pageRows: 5_000 }

/** Rows of the first page, before it is known how long rows are. */
const FIRST_PAGE_ROWS = 250

/** Characters that a page should not exceed by much, however long its rows are. */
const PAGE_LENGTH = 4_194_304

const databaseOf = (env: Env) => new Database(env.DB, false)

/** Takes up a pending export. */
export async function begin(env: Env, uuid: string): Promise<Progress> {
  const job = await readJob(databaseOf(env), uuid)
  return { job, file: await beginFile(env.FILES, uuid), rows: 0 }
}

/** Exports the next pages of rows. */
export async function advance(env: Env, uuid: string, progress: Progress, stride = STRIDE): Promise<Progress> {
  const { job } = progress
  const database = databaseOf(env)
  const columns = columnsOf(job.fields, timeWriter(job.timeFormat, job.timeZone))
  const file = await OpenFile.open(env.FILES, uuid, progress.file)
  if (progress.file.step === 0) await file.write(csvHeader(columns))
  let { rows, read = { rows: 0, length: 0 }, after } = progress
  for (let page = 0; page < stride.pages; page++) {
    const found = await readPage(database, job, columns, after, Math.min(stride.pageRows, bearableRows(read)))
    await file.write(found.rows.map((row) => csvLine(columns, row)).join(''))
    rows += found.rows.length
    read = { rows: read.rows + found.read.rows, length: read.length + found.read.length }
    after = found.last
    if (!after) break
  }
  return { job, file: await file.leave(), rows, read, ...(after ? { after } : { ended: true }) }
}

/** As many rows as make a page of bearable length, going by those looked at so far, exported or not. */
const bearableRows = ({ rows, length }: Read) => (rows === 0 ? FIRST_PAGE_ROWS : Math.ceil(PAGE_LENGTH / (length / rows)))

/** Ends the file. */
export async function close(env: Env, uuid: string, { file }: Progress): Promise<void> {
  if (await env.FILES.head(fileKey(uuid))) return
  await (await OpenFile.open(env.FILES, uuid, file)).finish()
}

/** Tells the customer that the file is there. An export that has been deleted meanwhile stays so. */
export async function publish(env: Env, uuid: string, { rows }: Progress): Promise<void> {
  const digest = await digestOf(env.FILES, uuid)
  if (digest === undefined) throw new Error(`The file of export ${uuid} is gone`)
  const status = await settle(env, uuid, { status: 'Completed', rowsCount: rows, digest })
  if (status !== 'Completed') await deleteFiles(env.FILES, [uuid])
  await discardUnfinished(env.FILES, uuid)
}

/** Gives an export up, and leaves nothing of it behind. One that is complete after all stays so. */
export async function fail(env: Env, uuid: string): Promise<void> {
  const complete = (await statusOf(env, uuid)) === 'Completed'
  await discardUnfinished(env.FILES, uuid)
  if (complete) return
  await deleteFiles(env.FILES, [uuid])
  await settle(env, uuid, { status: 'Failed' })
}

const statusQuery = (uuid: string) =>
  toStatement(query.select({ status: cdrExport.status }).from(cdrExport).where(eq(cdrExport.uuid, uuid)))

async function statusOf(env: Env, uuid: string): Promise<Cell | undefined> {
  const [row] = await databaseOf(env).rows(statusQuery(uuid))
  return row?.[0]
}

/** Ends the waiting of an export, if it still waits; tells its status then. */
async function settle(env: Env, uuid: string, values: Partial<typeof cdrExport.$inferInsert>): Promise<Cell | undefined> {
  const update = query
    .update(cdrExport)
    .set({ ...values, updatedAt: Date.now() * 1000 })
    .where(and(eq(cdrExport.uuid, uuid), isPending))
  const [, settled] = await databaseOf(env).write([toStatement(update), statusQuery(uuid)])
  return settled?.rows[0]?.['status']
}
