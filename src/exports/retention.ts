// What keeps exports in order when nobody asks: run by the cron.
import { and, asc, inArray, ne, sql, type SQL } from 'drizzle-orm'
import { Database } from '../db/database.ts'
import { cdrExport } from '../db/schema.ts'
import { eachOf, query, toJsonArray, toStatement } from '../db/statement.ts'
import { DAY_MILLISECONDS } from '../db/time.ts'
import { deleteFiles, discardUnfinished, UNFINISHED, uuidOf } from './file.ts'
import { fail } from './job.ts'
import { isPending } from './rows.ts'
import { startExport } from './start.ts'

const MINUTE = 60_000

/** How long an export may wait for its job before it is looked at. */
const PATIENCE_MILLISECONDS = 5 * MINUTE

/** The most exports, or files, that one run of the cron takes on. */
const AT_ONCE = 100

/** Deletes what is older than `days` (0: nothing is), starts what was never started, gives up what has died, and clears away what that left. */
export async function tidyExports(env: Env, days: number, nowMilliseconds: number): Promise<void> {
  await expire(env, days, nowMilliseconds)
  await revive(env, nowMilliseconds)
  await sweep(env)
}

/** Deletes an export for good; false if there is none of this uuid. */
export async function deleteExport(env: Env, uuid: string): Promise<boolean> {
  // First, so that a job that is about to publish does not.
  await markDeleted(env, [uuid])
  if ((await uuidsOf(env, sql`${cdrExport.uuid} = ${uuid}`)).length === 0) return false
  await terminate(env, uuid)
  await discardUnfinished(env.FILES, uuid)
  await deleteFiles(env.FILES, [uuid])
  return true
}

/** Deletes the exports that are older than the operator keeps them. */
async function expire(env: Env, days: number, nowMilliseconds: number): Promise<void> {
  if (days === 0) return
  const oldest = (nowMilliseconds - days * DAY_MILLISECONDS) * 1000
  const { createdAt, updatedAt } = cdrExport
  // A loaded one may have no time of its order: then that of its completion counts.
  const isOld = sql`(${createdAt} < ${oldest} OR (${createdAt} IS NULL AND ${updatedAt} < ${oldest}))`
  const uuids = await uuidsOf(env, sql`${cdrExport.status} = 'Completed' AND ${isOld}`)
  if (uuids.length === 0) return
  // Files first: an export whose file is gone is found again, a file whose export is gone is not.
  await deleteFiles(env.FILES, uuids)
  await markDeleted(env, uuids)
}

/** Looks after exports that have waited long: one without a job gets it, one whose job has ended without result has failed. */
async function revive(env: Env, nowMilliseconds: number): Promise<void> {
  const now = nowMilliseconds * 1000
  const { createdAt } = cdrExport
  // Loaded ones may have no time, or one that is yet to come.
  const hasWaited = sql`(${createdAt} < ${now - PATIENCE_MILLISECONDS * 1000} OR ${createdAt} > ${now} OR ${createdAt} IS NULL)`
  for (const uuid of await uuidsOf(env, sql`${isPending} AND ${hasWaited}`)) {
    switch (await statusOf(env, uuid)) {
      case 'none':
        await startExport(env, uuid)
        break
      case 'complete':
      case 'errored':
      case 'terminated':
        console.error(JSON.stringify({ export: uuid, failed: 'Its job has ended without a result' }))
        await fail(env, uuid)
        break
      default:
    }
  }
}

/** Clears away the unfinished files of exports that no longer wait. */
async function sweep(env: Env): Promise<void> {
  const { objects } = await env.FILES.list({ prefix: UNFINISHED, limit: AT_ONCE })
  const uuids = [...new Set(objects.map(({ key }) => uuidOf(key)))]
  if (uuids.length === 0) return
  const pending = new Set(
    await uuidsOf(env, sql`${cdrExport.status} = 'Pending' AND ${cdrExport.uuid} IN ${eachOf(sql`${toJsonArray(uuids)}`)}`),
  )
  for (const uuid of uuids) if (!pending.has(uuid)) await discardUnfinished(env.FILES, uuid)
}

async function statusOf(env: Env, uuid: string): Promise<InstanceStatus['status'] | 'none'> {
  try {
    const instance = await env.EXPORTS.get(uuid)
    return (await instance.status()).status
  } catch (error) {
    if (String(error).includes('instance.not_found')) return 'none'
    throw error
  }
}

async function terminate(env: Env, uuid: string): Promise<void> {
  if (await hasEnded(env, uuid)) return
  const instance = await env.EXPORTS.get(uuid)
  try {
    await instance.terminate()
  } catch (failure) {
    // The engine refuses to end what has ended, if only since it was asked.
    if (!(await hasEnded(env, uuid))) throw failure
  }
}

const hasEnded = async (env: Env, uuid: string) => ['none', 'complete', 'errored', 'terminated'].includes(await statusOf(env, uuid))

const databaseOf = (env: Env) => new Database(env.DB, false)

/** The oldest exports that meet a condition. */
async function uuidsOf(env: Env, condition: SQL): Promise<string[]> {
  const { uuid, createdAt } = cdrExport
  const oldest = query.select({ uuid }).from(cdrExport).where(condition).orderBy(asc(createdAt)).limit(AT_ONCE)
  return (await databaseOf(env).rows(toStatement(oldest))).map(([uuid]) => String(uuid))
}

async function markDeleted(env: Env, uuids: readonly string[]): Promise<void> {
  const { uuid, status } = cdrExport
  const update = query
    .update(cdrExport)
    .set({ status: 'Deleted', updatedAt: Date.now() * 1000 })
    .where(and(inArray(uuid, eachOf(sql`${toJsonArray(uuids)}`)), ne(status, 'Deleted')))
  await databaseOf(env).write([toStatement(update)])
}
