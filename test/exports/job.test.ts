// The steps of an export, stopped wherever they can be stopped.
import { createHash } from 'node:crypto'
import { env } from 'cloudflare:workers'
import { introspectWorkflowInstance } from 'cloudflare:test'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { advance, begin, close, fail, publish, type Progress, type Stride } from '../../src/exports/job.ts'
import { startExport } from '../../src/exports/start.ts'
import { metered } from '../bench/meter.ts'
import { migrate } from '../support/api.ts'
import { takeLog } from '../support/log.ts'
import { watchedBindings, type Watch } from './faults.ts'
import { ACCOUNT, bytesOf, csvOf, CUSTOMER, exportCsv, exported, keys, order, run, settled, worker } from './support.ts'

const START = Date.UTC(2026, 0, 1) * 1000
const FIELDS = ['time_start', 'src_name_in', 'local_tag']

interface Call {
  id: number | string
  time: number | string
  account?: number
  customer?: number
  last?: 0 | 1
  success?: 0 | 1 | null
  tag?: string
}

async function insert(calls: readonly Call[]): Promise<void> {
  for (let at = 0; at < calls.length; at += 1000) {
    await env.DB.prepare(
      `INSERT INTO cdrs (id, customer_id, customer_acc_id, is_last_cdr, time_start, success, src_name_in, local_tag)
       SELECT CAST(value->>'id' AS INTEGER), coalesce(value->>'customer', ${CUSTOMER}), coalesce(value->>'account', ${ACCOUNT}),
         coalesce(value->>'last', 1), CAST(value->>'time' AS INTEGER), value->>'success', 'call ' || (value->>'id'), value->>'tag'
       FROM json_each(?)`,
    )
      .bind(JSON.stringify(calls.slice(at, at + 1000)))
      .run()
  }
}

beforeAll(async () => {
  await migrate()
  await env.DB.prepare(`INSERT INTO accounts (id, uuid, customer_id) VALUES (${ACCOUNT}, 'a', ${CUSTOMER})`).run()
})

beforeEach(async () => {
  await env.DB.batch(['cdrs', 'cdr_exports'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
  await env.FILES.delete(await keys())
})

const numbersOf = (csv: string) => Array.from(csv.matchAll(/call (\d+)/g), ([, id]) => Number(id))
const times = <Value>(count: number, of: (at: number) => Value) => Array.from({ length: count }, (_, at) => of(at))

describe('the rows of an export', () => {
  test('are those of its account that the owner may see, newest first, by id where times are equal', async () => {
    await insert([
      { id: 1, time: START },
      { id: 2, time: START + 1 },
      { id: 3, time: START + 1 },
      { id: 4, time: START, account: ACCOUNT + 1 },
      { id: 5, time: START, customer: CUSTOMER + 1 },
      { id: 6, time: START, last: 0 },
    ])
    expect(numbersOf(await exportCsv({ fields: FIELDS }))).toEqual([3, 2, 1])
  })

  test('are within its times, to the millisecond', async () => {
    await insert(times(5, (at) => ({ id: at + 1, time: START + at * 1000 })))
    const filters = { time_start_gteq: '2026-01-01T00:00:00.001Z', time_start_lt: '2026-01-01T00:00:00.003999Z' }
    expect(numbersOf(await exportCsv({ fields: FIELDS, filters }))).toEqual([3, 2])
  })

  test('are filtered without a page of none ending it', async () => {
    await insert(times(40, (at) => ({ id: at + 1, time: START + at, success: at === 3 || at === 38 ? 1 : at % 2 ? 0 : null })))
    const uuid = await order({ fields: FIELDS, filters: { success_eq: true } })
    await run(uuid, { pages: 3, pageRows: 4 })
    expect(numbersOf(await csvOf(uuid))).toEqual([39, 4])
    expect(await exported(uuid)).toMatchObject({ status: 'Completed', rows_count: 2 })
  })

  test('keep ids and times beyond what a double holds', async () => {
    const ids = ['9223372036854775807', '9223372036854775806', '9007199254740993', '9007199254740992']
    await insert(ids.map((id) => ({ id, time: '10413792000000001' })))
    const uuid = await order({ fields: FIELDS })
    await run(uuid, { pages: 1, pageRows: 1 })
    const lines = ids.map((id) => `"2300-01-01 00:00:00.000001+00","call ${id}",\n`)
    expect(await csvOf(uuid)).toBe(`Time Start,Src Name In,Local Tag\n${lines.join('')}`)
  })

  test('may be none', async () => {
    expect(await exportCsv({ fields: FIELDS })).toBe('Time Start,Src Name In,Local Tag\n')
  })

  test('cost one row read each, whatever others there are', async () => {
    await insert(times(20_000, (at) => ({ id: at + 1, time: START + Math.floor(at / 3) * 1000, account: ACCOUNT + (at % 2) })))
    const uuid = await order({ fields: FIELDS, filters: { time_start_gteq: '2026-01-01', time_start_lt: '2026-02-01' } })
    const { d1, meter } = metered(worker.DB)
    await run(uuid, undefined, { ...worker, DB: d1 })
    expect((await exported(uuid)).rows_count).toBe(10_000)
    expect(meter.read).toBeLessThan(10_000 * 1.01)
  })

  test('are as many in a step where none is exported as where all are', async () => {
    await insert(times(1950, (at) => ({ id: at + 1, time: START + at, success: 0 })))
    for (const [success, exportedRows] of [
      [true, 0],
      [false, 1950],
    ] as const) {
      const uuid = await order({ fields: FIELDS, filters: { success_eq: success } })
      const read: number[] = []
      let progress = await begin(worker, uuid)
      while (!progress.ended) {
        progress = await advance(worker, uuid, progress, { pages: 2, pageRows: 1000 })
        read.push(progress.read!.rows)
      }
      // The first page has 250, before it is known how long rows are.
      expect(read).toEqual([1250, 1950])
      expect(progress.rows).toBe(exportedRows)
    }
  })

  test('are fewer in a page where they are long, exported or not', async () => {
    await insert(times(700, (at) => ({ id: at + 1, time: START + at, success: 0 })))
    await env.DB.prepare("UPDATE cdrs SET local_tag = printf('%.*c', 40000, 'x')").run()
    const uuid = await order({ fields: ['local_tag'], filters: { success_eq: true } })
    const read: number[] = []
    let progress = await begin(worker, uuid)
    while (!progress.ended) {
      progress = await advance(worker, uuid, progress, { pages: 1, pageRows: 5000 })
      read.push(progress.read!.rows)
    }
    // Four mebibytes are 105 such rows.
    expect(read).toEqual([250, 355, 460, 565, 670, 700])
  })

  test('that arrive while it runs break nothing, and none comes twice', async () => {
    await insert(times(30, (at) => ({ id: at + 1, time: START + at * 10 })))
    const uuid = await order({ fields: FIELDS })
    let progress = await begin(worker, uuid)
    for (let id = 100; !progress.ended; id += 10) {
      progress = await advance(worker, uuid, progress, { pages: 1, pageRows: 4 })
      await insert([
        { id, time: START + 1000 + id },
        { id: id + 1, time: Number(progress.after?.time ?? START) + 1 },
        { id: id + 2, time: START + 15 },
      ])
    }
    await close(worker, uuid, progress)
    await publish(worker, uuid, progress)
    const numbers = numbersOf(await csvOf(uuid))
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers.filter((number) => number < 100)).toEqual(times(30, (at) => 30 - at))
    expect((await exported(uuid)).rows_count).toBe(numbers.length)
  })
})

/** Runs a step until it works, as the engine would, from what was kept of the step before. */
async function insist<Result>(step: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await step()
    } catch (error) {
      if (attempt === 100) throw error
    }
  }
}

const kept = (progress: Progress) => JSON.parse(JSON.stringify(progress)) as Progress

/** Runs an export whose steps fail and are run again, each `repeats` times more than needed. */
async function runInsisting(uuid: string, stride: Stride, watch: Watch, repeats = 0): Promise<void> {
  const bindings = watchedBindings(worker, watch)
  const insistOn = async <Result>(step: () => Promise<Result>) => {
    for (let repeat = 0; repeat < repeats; repeat++) await insist(step)
    return insist(step)
  }
  let progress = await insistOn(() => begin(bindings, uuid))
  while (!progress.ended) {
    const from = kept(progress)
    progress = await insistOn(() => advance(bindings, uuid, from, stride))
  }
  await insistOn(() => close(bindings, uuid, kept(progress)))
  await insistOn(() => publish(bindings, uuid, kept(progress)))
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64')

/** Throws at one moment of a job, counted from its first call: twice as many as there are calls. */
function failingAt(moment: number): Watch {
  let passed = 0
  return (call, when) => {
    if (passed++ === moment) throw new Error(`Stopped ${when} ${call}`)
  }
}

async function momentsOf(uuid: string, stride: Stride): Promise<number> {
  let moments = 0
  await runInsisting(uuid, stride, () => void moments++)
  return moments
}

describe('a job that is stopped and run again makes the same file', () => {
  const STRIDE = { pages: 2, pageRows: 8 }
  beforeEach(() => insert(times(60, (at) => ({ id: at + 1, time: START + at, tag: 'x'.repeat(at) }))))

  test('wherever it is stopped, before a call or after', { timeout: 60_000 }, async () => {
    const first = await order({ fields: FIELDS })
    const moments = await momentsOf(first, STRIDE)
    const digest = sha256(await bytesOf(first))
    expect(moments).toBeGreaterThan(40)
    for (let moment = 0; moment < moments; moment++) {
      const uuid = await order({ fields: FIELDS })
      await runInsisting(uuid, STRIDE, failingAt(moment))
      expect([moment, sha256(await bytesOf(uuid))]).toEqual([moment, digest])
      expect(await exported(uuid)).toMatchObject({ status: 'Completed', rows_count: 60, digest })
      await env.FILES.delete(`exports/${uuid}.csv.gz`)
    }
    expect(await keys()).toEqual([`exports/${first}.csv.gz`])
  })

  test('whatever call is done twice', { timeout: 60_000 }, async () => {
    const first = await order({ fields: FIELDS })
    const calls = (await momentsOf(first, STRIDE)) / 2
    const digest = sha256(await bytesOf(first))
    for (let number = 0; number < calls; number++) {
      const uuid = await order({ fields: FIELDS })
      let passed = 0
      await runInsisting(uuid, STRIDE, (_, when) => (when === 'before' && passed++ === number ? 'twice' : undefined))
      expect([number, sha256(await bytesOf(uuid))]).toEqual([number, digest])
      expect(await exported(uuid)).toMatchObject({ status: 'Completed', rows_count: 60, digest })
      await env.FILES.delete(`exports/${uuid}.csv.gz`)
    }
    expect(await keys()).toEqual([`exports/${first}.csv.gz`])
  })

  test('when every step is run twice', async () => {
    const [once, twice] = [await order({ fields: FIELDS }), await order({ fields: FIELDS })]
    await run(once, STRIDE)
    await runInsisting(twice, STRIDE, () => {}, 1)
    expect(sha256(await bytesOf(twice))).toBe(sha256(await bytesOf(once)))
  })

  test('leaves nothing when it is given up, wherever that is', { timeout: 60_000 }, async () => {
    const moments = await momentsOf(await order({ fields: FIELDS }), STRIDE)
    await env.FILES.delete(await keys())
    for (let moment = 0; moment < moments; moment++) {
      const uuid = await order({ fields: FIELDS })
      const uploads = { open: 0 }
      const stop = failingAt(moment)
      const count: Watch = (call, when, binding, number) => {
        if (when === 'after' && call === 'createMultipartUpload') uploads.open++
        if (when === 'after' && (call === 'complete' || call === 'abort')) uploads.open--
        return stop(call, when, binding, number)
      }
      await expect(run(uuid, STRIDE, watchedBindings(worker, count))).rejects.toThrow()
      await fail(watchedBindings(worker, count), uuid)
      const { status, rows_count } = await exported(uuid)
      if (status === 'Completed') await env.FILES.delete(`exports/${uuid}.csv.gz`)
      else expect([status, rows_count]).toEqual(['Failed', null])
      expect([moment, await keys()]).toEqual([moment, []])
    }
  })
})

test('parts are cut at five mebibytes, whatever fails on the way', { timeout: 60_000 }, async () => {
  // Random text of 64 letters packs to three quarters: 12 MB make two parts and a rest.
  const random = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(6000))))
  await insert(times(2000, (at) => ({ id: at + 1, time: START + at, tag: random() })))
  const [smooth, rough] = [await order({ fields: FIELDS }), await order({ fields: FIELDS })]
  const stride = { pages: 4, pageRows: 100 }
  await run(smooth, stride)
  let moments = 0
  await runInsisting(rough, stride, (call) => {
    if (++moments % 23 === 0) throw new Error(`Stopped at ${call}`)
  })
  const bytes = await bytesOf(rough)
  expect(bytes.length).toBeGreaterThan(11 * 1024 * 1024)
  expect(sha256(bytes)).toBe(sha256(await bytesOf(smooth)))
  expect(numbersOf(await csvOf(rough))).toEqual(times(2000, (at) => 2000 - at))
})

describe('an export that the staff ordered in the switch', () => {
  const instant = (at: number) => new Date((START + at) / 1000).toISOString()
  beforeEach(async () => {
    await insert(times(8, (at) => ({ id: at, time: START + at * 1_000_000, success: at % 2 ? 1 : 0, tag: `Tag ${at % 3}` })))
    await env.DB.prepare(
      `UPDATE cdrs SET src_prefix_in = '38' || (id % 4), dst_prefix_out = 'Out' || id, vendor_id = id % 3, vendor_acc_id = 7, duration = id * 10,
         auth_orig_ip = iif(id = 5, '40a00000120', NULL), customer_price = iif(id = 6, '6A15', '5')`,
    ).run()
  })

  test.for<[filters: Record<string, unknown>, ids: number[]]>([
    [{ src_prefix_in_eq: '382' }, [6, 2]],
    [{ src_prefix_in_eq: 382 }, [6, 2]],
    [{ src_prefix_in_contains: '83' }, [7, 3]],
    [{ src_prefix_in_not_eq: '380', duration_gt: 40 }, [7, 6, 5]],
    [{ src_prefix_in_in: ['381', '383'], success_eq: true }, [7, 5, 3, 1]],
    [{ src_prefix_in_in: ['381', '', null] }, [5, 1]],
    [{ src_prefix_in_in: [], duration_lteq: '10' }, [1, 0]],
    [{ src_country_iso_in: [], dst_country_iso_in: [''], customer_auth_id_eq: null, vendor_external_id_eq: ' ', id_in: [1] }, [1]],
    [{ dst_prefix_out_eq: 'Out4' }, [4]],
    [{ dst_prefix_out_contains: 'UT5' }, [5]],
    [{ dst_prefix_out_starts_with: 'out', dst_prefix_out_ends_with: '1' }, [1]],
    [{ local_tag_cont_any: ['G 1', 'g 2'] }, [7, 5, 4, 2, 1]],
    [{ vendor_id_eq: 1 }, [7, 4, 1]],
    [{ vendor_id_in: ['1', 2], vendor_acc_id_eq: '7' }, [7, 5, 4, 2, 1]],
    [{ vendor_acc_id_eq: 8 }, []],
    [{ auth_orig_ip_eq: '10.0.0.1' }, [5]],
    [{ customer_price_eq: 0.0 }, [7, 5, 4, 3, 2, 1, 0]],
    [{ success_eq: 'f', duration_eq: null, src_prefix_routing_eq: ' ' }, [6, 4, 2, 0]],
    [{ time_start_gteq: instant(2_000_000), time_start_lteq: instant(4_000_000) }, [4, 3, 2]],
    [{ time_start_gt: instant(2_000_000), time_start_lt: instant(7_000_000), time_start_lteq: instant(4_000_000) }, [4, 3]],
    [{ time_start_lteq: '2026-01-01T00:00:00.999999Z' }, [0]],
    [{ time_start_eq: instant(3_000_000) }, [3]],
    [{ time_start_in: [instant(3_000_000), instant(5_000_000)] }, [5, 3]],
    [{ time_start_not_eq: instant(3_000_000), time_start_lt: '2026-01-01 00:00:05' }, [4, 2, 1, 0]],
    [{ customer_id_eq: CUSTOMER, customer_acc_id_eq: String(ACCOUNT), is_last_cdr_eq: true, duration_eq: 0 }, [0]],
    [{ is_last_cdr_eq: 't', id_in: [7, 6] }, [7, 6]],
    [{ duration_lteq: JSON.rawJSON('99999999999999999999') }, [7, 6, 5, 4, 3, 2, 1, 0]],
    [{ duration_lteq: JSON.rawJSON('9'.repeat(400)), duration_gteq: '60' }, [7, 6]],
    [{ duration_eq: JSON.rawJSON('9'.repeat(400)) }, []],
  ])('has the rows that it asks for: %j', async ([filters, ids]) => {
    const uuid = await order({ fields: FIELDS, filters })
    await run(uuid, { pages: 2, pageRows: 2 })
    expect(numbersOf(await csvOf(uuid))).toEqual(ids)
  })

  test.for<[filters: Record<string, unknown>]>([
    [{ customer_auth_id_eq: 1 }],
    [{ src_country_iso_in: ['UA'] }],
    [{ routing_tag_ids_include: 5 }],
    [{ toString: 1 }],
    [{ src_prefix_in_matches: '38%' }],
    [{ src_prefix_in: '382' }],
    [{ customer_id_eq: CUSTOMER + 1 }],
    [{ customer_acc_id_eq: ACCOUNT + 1 }],
    [{ customer_acc_id_eq: [ACCOUNT] }],
    [{ is_last_cdr_eq: false }],
    [{ duration_eq: 'abc' }],
    [{ duration_eq: true }],
    [{ duration_eq: [1] }],
    [{ duration_eq: { a: 1 } }],
    [{ success_eq: 'abc' }],
    [{ time_start_gteq: 'infinity' }],
    [{ time_start_lteq: 1_767_225_600 }],
    [{ time_start_gteq: '2026-02-30' }],
    [{ src_prefix_in_eq: ['382'] }],
    [{ src_prefix_in_eq: true }],
    [{ src_prefix_in_in: '381,383' }],
    [{ src_prefix_in_in: [['381']] }],
    [{ vendor_id_in: ['x'] }],
    [{ auth_orig_ip_eq: '10.0.0.300' }],
  ])('cannot be made with a filter that cannot be applied: %j', async ([filters]) => {
    const [name = ''] = Object.keys(filters)
    await expect(begin(worker, await order({ filters }))).rejects.toMatchObject({
      name: 'NonRetryableError',
      message: expect.stringContaining(name) as string,
    })
    expect(await keys()).toEqual([])
  })
})

describe('an export cannot be made', () => {
  test.for<[what: string, set: string, reason: string]>([
    ['for an account that there is not', 'customer_account_id = NULL', 'account is not'],
    ['for an account of another customer', `customer_id = ${CUSTOMER + 1}`, 'account is not'],
    ['in a zone that there is not', "time_zone_name = 'Привет'", 'There is no time zone Привет'],
    ['with filters that are no JSON', "filters = '{'", 'filters are not a JSON object'],
    ['with filters that are a list', "filters = '[1]'", 'filters are not a JSON object'],
    ['with fields that are no JSON', "fields = 'time_start'", 'fields are not a JSON list'],
    ['without a field', "fields = '[]'", 'None of its fields'],
    ['with none but unknown fields', `fields = '["vendor_price","toString"]'`, 'None of its fields'],
    ['where it no longer waits', "status = 'Deleted'", 'No pending export'],
  ])('%s', async ([, set, reason]) => {
    const uuid = await order()
    await env.DB.prepare(`UPDATE cdr_exports SET ${set}`).run()
    await expect(begin(worker, uuid)).rejects.toMatchObject({
      name: 'NonRetryableError',
      message: expect.stringContaining(reason) as string,
    })
  })
})

test.for<[string | null]>([[null], [''], [' '], ['\t\n'], ['\u00a0\u3000'], ['\u0085'], ['UTC'], ['Factory']])(
  'the zone %j is UTC',
  async ([timeZone]) => {
    await insert([{ id: 1, time: START }])
    expect(await exportCsv({ fields: ['time_start'], timeZone })).toBe('Time Start\n"2026-01-01 00:00:00+00"\n')
  },
)

describe('the workflow', () => {
  beforeEach(() => insert(times(10, (at) => ({ id: at + 1, time: START + at }))))

  test('is started once, however often it is asked to', async () => {
    const uuid = await order({ fields: FIELDS })
    await Promise.all([startExport(worker, uuid), startExport(worker, uuid)])
    await startExport(worker, uuid)
    expect(await settled(uuid)).toMatchObject({ status: 'Completed', rows_count: 10 })
  })

  test.for(['begin', 'rows from 0', 'close', 'publish'])('tries "%s" again', async (name) => {
    const uuid = await order({ fields: FIELDS })
    await using instance = await introspectWorkflowInstance(env.EXPORTS, uuid)
    await instance.modify(async (workflow) => {
      await workflow.disableRetryDelays()
      await workflow.mockStepError({ name }, new Error('Network connection lost.'), 3)
    })
    await startExport(worker, uuid)
    expect(await settled(uuid)).toMatchObject({ status: 'Completed', rows_count: 10 })
  })

  test.for(['begin', 'rows from 0', 'close', 'publish'])('gives up for good when "%s" always fails', async (name) => {
    const uuid = await order({ fields: FIELDS })
    await using instance = await introspectWorkflowInstance(env.EXPORTS, uuid)
    await instance.modify(async (workflow) => {
      await workflow.disableRetryDelays()
      await workflow.mockStepError({ name }, new Error('Network connection lost.'))
    })
    await startExport(worker, uuid)
    expect(await settled(uuid)).toMatchObject({ status: 'Failed', rows_count: null, digest: null })
    expect(await keys()).toEqual([])
    expect(takeLog().map((line) => JSON.parse(line) as unknown)).toEqual([{ export: uuid, failed: 'Network connection lost.' }])
  })

  test('fails at once where no file can be made', async () => {
    const uuid = await order({ filters: { routing_tag_ids_include: 5 } })
    await startExport(worker, uuid)
    expect(await settled(uuid)).toMatchObject({ status: 'Failed', rows_count: null })
    expect(await keys()).toEqual([])
    expect(takeLog()).toEqual([expect.stringContaining('There is no way to filter its calls by routing_tag_ids_include')])
  })
})
