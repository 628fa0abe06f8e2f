// Old CDRs are deleted by going through all of them by id, a slice at a time: there is no index by time alone, and each index is paid for
// with every CDR. Where a run ends the next one goes on; after the last CDR it is the turn of the first again.
import { Database } from '../db/database.ts'
import { toJsonArray, type Statement } from '../db/statement.ts'
import { DAY_MILLISECONDS } from '../db/time.ts'
import { addUp, allCounters, countsOf } from './counters.ts'

const SLICE_ROWS = 5000
const SLICES = 40

/** Deletes CDRs that began more than so many days ago, and with them what they counted; 0 keeps all. */
export async function deleteOldCdrs(env: Env, days: number, nowMilliseconds: number): Promise<void> {
  if (days === 0) return
  const before = Math.floor(nowMilliseconds - days * DAY_MILLISECONDS) * 1000
  const database = new Database(env.DB, false)
  await database.write([{ sql: 'DELETE FROM rejected_cdrs WHERE rejected_at < ?1->>0', values: `[${before}]` }])
  for (let slice = 0; slice < SLICES; slice++) if (!(await deleteSlice(database, before))) return
}

const LOOK = [
  'SELECT CAST(min(id) AS TEXT) AS first, CAST(max(id) AS TEXT) AS last, coalesce(sum(time_start < ?1->>0), 0) AS old FROM',
  '(SELECT id, time_start FROM cdrs WHERE id >= coalesce((SELECT sweep_from FROM ingest_state), -9223372036854775808) ORDER BY id LIMIT (?1->>1))',
].join(' ')

const OLD = 'id BETWEEN ?1->>0 AND ?1->>1 AND time_start < ?1->>2'

const DELETE = [
  ...allCounters.map((counters) => addUp(counters, countsOf(counters, `(SELECT * FROM cdrs WHERE ${OLD})`, '-'))),
  [
    `UPDATE ingest_state SET cdrs = cdrs - (SELECT count(*) FROM cdrs WHERE ${OLD}),`,
    'recount_spoiled = recount_spoiled OR coalesce(?1->>0 < recount_from, 0)',
  ].join(' '),
  `DELETE FROM cut_cdrs WHERE id IN (SELECT id FROM cdrs WHERE ${OLD})`,
  `DELETE FROM cdrs WHERE ${OLD}`,
]

/** Counters that have come down to nothing. */
const DROP_EMPTY = allCounters.map(({ table }) => `DELETE FROM ${table} WHERE n = 0 AND ?1 IS NOT NULL`)

/** Deletes what is old in the next slice; false after the last. */
async function deleteSlice(database: Database, before: number): Promise<boolean> {
  const [found = []] = await database.rows({ sql: LOOK, values: toJsonArray([before, SLICE_ROWS]) })
  const [first, last, old] = found
  if (typeof first !== 'string' || typeof last !== 'string') {
    await database.write(
      [...DROP_EMPTY, 'UPDATE ingest_state SET sweep_from = NULL WHERE ?1 IS NOT NULL'].map((sql) => ({ sql, values: '[]' })),
    )
    return false
  }
  const values = toJsonArray([BigInt(first), BigInt(last), before])
  const deletion: Statement[] = old === 0 ? [] : DELETE.map((sql) => ({ sql, values }))
  await database.write([...deletion, { sql: 'UPDATE ingest_state SET sweep_from = (?1->>0) + 1', values: toJsonArray([BigInt(last)]) }])
  return true
}
