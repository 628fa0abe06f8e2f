// The Worker that `export.ts` measures: it makes rows, and runs the steps of an export on D1 and R2 as they are.
import { begin, advance, close, publish } from '../../src/exports/job.ts'

const UUID = '00000000-0000-1000-8000-000000000001'
const START = Date.UTC(2026, 0, 1) * 1000

/** Makes rows like those of a busy account, some 320 bytes of CSV each, one every 2.6 seconds. */
const fill = (env: Env, from: number, to: number) =>
  env.DB.prepare(
    `INSERT INTO cdrs (id, customer_id, customer_acc_id, is_last_cdr, time_start, time_connect, time_end, duration, success, src_name_in,
       src_prefix_in, dst_prefix_in, from_domain, to_domain, ruri_domain, lega_disconnect_code, lega_disconnect_reason, auth_orig_ip,
       auth_orig_port, src_prefix_routing, dst_prefix_routing, destination_prefix, destination_initial_interval,
       destination_next_interval, destination_initial_rate, destination_next_rate, destination_fee, customer_price, customer_duration,
       orig_call_id, local_tag, lega_user_agent)
     WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})
     SELECT i, 1, 1, 1, ${START} + i * 2592017, iif(i % 3 = 0, NULL, ${START} + i * 2592017 + 7000123), ${START} + i * 2592017 + i % 600 * 1000000,
       i % 600, i % 3 <> 0, 'Caller ' || i % 977, '+38044' || (1000000 + i * 7919 % 8999999), '+49301' || (1000000 + i * 104729 % 8999999),
       'sip.example.com', 'gw' || i % 7 || '.example.net', 'gw.example.net', iif(i % 3 = 0, 486, 200), iif(i % 3 = 0, 'Busy Here', 'OK'),
       '40a0000' || printf('%02x', i % 200) || '20', 5060, '38044' || (1000000 + i * 7919 % 8999999), '49301' || (1000000 + i * 104729 % 8999999),
       '4930', 1, 1, '6A0' || (1 + i % 97), '6A0' || (1 + i % 97), '5', '6A' || (1 + i % 8999), i % 600,
       hex(randomblob(10)) || '@10.0.0.' || i % 200, 'EU-' || i, 'Asterisk PBX 18.2'
     FROM n`,
  ).run()

async function order(env: Env): Promise<void> {
  await env.DB.batch([
    env.DB.prepare("INSERT OR REPLACE INTO accounts (id, uuid, customer_id) VALUES (1, 'account', 1)"),
    env.DB.prepare('DELETE FROM cdr_exports'),
    env.DB.prepare(
      `INSERT INTO cdr_exports (uuid, customer_id, customer_account_id, filters, time_zone_name, created_at)
       VALUES (?, 1, 1, '{"time_start_gteq":"2025-01-01","time_start_lt":"2027-01-01"}', 'Europe/Kyiv', 1)`,
    ).bind(UUID),
  ])
  await env.FILES.delete(`exports/${UUID}.csv.gz`)
}

/** Exports everything; tells how many rows, in how many steps, how long it took, and how much CSV a page was at most. */
async function run(env: Env) {
  await order(env)
  const start = Date.now()
  let progress = await begin(env, UUID)
  let steps = 0
  for (; !progress.ended; steps++) progress = await advance(env, UUID, progress)
  await close(env, UUID, progress)
  await publish(env, UUID, progress)
  const state = JSON.stringify(progress).length
  return { rows: progress.rows, steps, state, csv: progress.file.member.length, milliseconds: Date.now() - start }
}

/** D1, counting the rows it bills and the largest of its answers. */
function metered(d1: D1Database) {
  const meter = { read: 0, queries: 0, largestAnswer: 0 }
  const watch = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(of, name) {
        if (name === 'bind') return (...values: unknown[]) => watch(of.bind(...values))
        if (name !== 'raw') return Reflect.get(of, name) as unknown
        return async () => {
          const { results, meta } = await of.all()
          const rows = results.map((row) => Object.values(row))
          meter.read += meta.rows_read
          meter.queries++
          meter.largestAnswer = Math.max(meter.largestAnswer, JSON.stringify(rows).length)
          return rows
        }
      },
    })
  const watchAll = <Target extends D1Database | D1DatabaseSession>(whole: Target): Target =>
    new Proxy(whole, {
      get(of, name) {
        if (name === 'prepare') return (sql: string) => watch(of.prepare(sql))
        if (name === 'withSession') return (start: string) => watchAll((of as D1Database).withSession(start))
        const member = Reflect.get(of, name) as unknown
        return typeof member === 'function' ? (member.bind(of) as unknown) : member
      },
    })
  return { d1: watchAll(d1), meter }
}

async function answer(request: Request, env: Env): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  switch (pathname) {
    case '/fill':
      await fill(env, Number(searchParams.get('from')), Number(searchParams.get('to')))
      return Response.json({})
    case '/time':
      return Response.json(await run(env))
    case '/meter': {
      const { d1, meter } = metered(env.DB)
      const { steps } = await run({ ...env, DB: d1 })
      return Response.json({ ...meter, steps })
    }
    case '/file':
      return new Response((await env.FILES.get(`exports/${UUID}.csv.gz`))?.body ?? null)
    default:
      return new Response('ready')
  }
}

export default { fetch: answer }
