// What becomes of exports afterwards: retention, deletion, and those whose job has died.
import { env } from 'cloudflare:workers'
import { introspectWorkflowInstance } from 'cloudflare:test'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { advance, begin, publish } from '../../src/exports/job.ts'
import { tidyExports } from '../../src/exports/retention.ts'
import { startExport } from '../../src/exports/start.ts'
import { migrate, send } from '../support/api.ts'
import { takeLog } from '../support/log.ts'
import { ACCOUNT, CUSTOMER, exported, keys, order, run, settled, worker } from './support.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 5, 15)
const daysAgo = (days: number) => (NOW - days * DAY) * 1000

beforeAll(async () => {
  await migrate()
  await env.DB.prepare(`INSERT INTO accounts (id, uuid, customer_id) VALUES (${ACCOUNT}, 'a', ${CUSTOMER})`).run()
})

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM cdr_exports').run()
  await env.FILES.delete(await keys())
})

const complete = async (createdAt: number | null): Promise<string> => {
  const uuid = await order({ createdAt })
  await run(uuid)
  return uuid
}

const statusOf = async (uuid: string) => (await exported(uuid)).status

describe('the cron', () => {
  test('deletes exports that are older than thirty days, with their files', async () => {
    const [old, young] = [await complete(daysAgo(30.01)), await complete(daysAgo(29.99))]
    await tidyExports(worker, 30, NOW)
    expect([await statusOf(old), await statusOf(young)]).toEqual(['Deleted', 'Completed'])
    expect(await keys()).toEqual([`exports/${young}.csv.gz`])
  })

  test.for([
    [7, 8, 'Deleted'],
    [7, 6, 'Completed'],
    [0.5, 1, 'Deleted'],
    [0, 4000, 'Completed'],
  ] as const)('keeps them for %d days (0: for ever)', async ([days, age, status]) => {
    const uuid = await complete(daysAgo(age))
    await tidyExports(worker, days, NOW)
    expect(await statusOf(uuid)).toBe(status)
  })

  test.for([
    ['of yesterday', daysAgo(1)],
    ['of tomorrow', daysAgo(-1)],
    ['without a time', null],
  ] as const)('starts an export %s that never was', async ([, createdAt]) => {
    const uuid = await order({ createdAt })
    await tidyExports(worker, 30, NOW)
    expect(await settled(uuid)).toMatchObject({ status: 'Completed', rows_count: 0 })
  })

  test('deletes an export without a time by that of its completion', async () => {
    const uuid = await complete(null)
    await tidyExports(worker, 30, Date.now() + 29 * DAY)
    expect(await statusOf(uuid)).toBe('Completed')
    await tidyExports(worker, 30, Date.now() + 31 * DAY)
    expect(await statusOf(uuid)).toBe('Deleted')
  })

  test('leaves a new export to those who created it', async () => {
    const uuid = await order({ createdAt: NOW * 1000 - 60_000_000 })
    await tidyExports(worker, 30, NOW)
    await expect(env.EXPORTS.get(uuid)).rejects.toThrow('not_found')
  })

  test('gives up an export whose job has died', async () => {
    const uuid = await order({ createdAt: daysAgo(1) })
    await using instance = await introspectWorkflowInstance(env.EXPORTS, uuid)
    await instance.modify(async (workflow) => {
      await workflow.disableRetryDelays()
      for (const name of ['rows from 0', 'fail']) await workflow.mockStepError({ name }, new Error('Network connection lost.'))
    })
    await startExport(worker, uuid)
    expect(await settled(uuid)).toMatchObject({ status: 'Pending' })
    expect(await keys()).toEqual([`unfinished/${uuid}/upload`])
    await tidyExports(worker, 30, NOW)
    expect([await statusOf(uuid), await keys()]).toEqual(['Failed', []])
    expect(takeLog().at(-1)).toBe(`{"export":"${uuid}","failed":"Its job has ended without a result"}`)
  })

  test('clears away what a job has left of an export that no longer waits, and nothing else', async () => {
    const [gone, running] = [await order({ createdAt: NOW * 1000 }), await order({ createdAt: NOW * 1000 })]
    for (const uuid of [gone, running]) await advance(worker, uuid, await begin(worker, uuid))
    await env.DB.prepare("UPDATE cdr_exports SET status = 'Failed' WHERE uuid = ?").bind(gone).run()
    await tidyExports(worker, 30, NOW)
    expect(await keys()).toEqual([`unfinished/${running}/upload`, `unfinished/${running}/waiting-0`])
  })
})

describe('the operator deletes an export', () => {
  const remove = (uuid: string, headers: Record<string, string> = { 'x-api-key': env.OPERATOR_KEY }, method = 'DELETE') =>
    send(`/api/operator/v1/cdr-exports/${uuid}`, { method, headers })

  test('that is complete, once and again', async () => {
    const uuid = await complete(daysAgo(1))
    expect((await remove(uuid)).status).toBe(204)
    expect([await statusOf(uuid), await keys()]).toEqual(['Deleted', []])
    const { updated_at } = await exported(uuid)
    expect((await remove(uuid.toUpperCase())).status).toBe(204)
    expect((await exported(uuid)).updated_at).toBe(updated_at)
  })

  test('that is being made: it stays deleted, and leaves nothing', async () => {
    const uuid = await order()
    const progress = await advance(worker, uuid, await begin(worker, uuid))
    expect((await remove(uuid)).status).toBe(204)
    expect([await statusOf(uuid), await keys()]).toEqual(['Deleted', []])
    await expect(publish(worker, uuid, progress)).rejects.toThrow('gone')
  })

  test.for<[what: string, headers: Record<string, string>, method: string, status: number]>([
    ['unknown', { 'x-api-key': env.OPERATOR_KEY }, 'DELETE', 404],
    ['not to be read here', { 'x-api-key': env.OPERATOR_KEY }, 'GET', 405],
    ['not his', { 'x-api-key': 'guessed' }, 'DELETE', 401],
  ])('%s', async ([, headers, method, status]) => {
    expect((await remove(crypto.randomUUID(), headers, method)).status).toBe(status)
  })

  test('by nothing but a uuid', async () => expect((await remove('abc')).status).toBe(404))
})
