import type { Cell, Database } from '../db/database.ts'
import { countsOf, ownerCounters } from './counters.ts'
import { toIso } from './rejected.ts'

/** Tables of which nobody needs to know how many thousands of rows they have. */
const COUNTED = ['customers', 'accounts', 'api_accesses', 'transport_protocols', 'cdr_exports']
const MOST_COUNTED = 10_000

/** The customers that have visible CDRs, each found from the one before by the index, and of each his first and last. */
const BOUNDS = `
WITH RECURSIVE owners(id) AS (
  SELECT min(customer_id) FROM cdrs WHERE is_last_cdr = 1
  UNION ALL
  SELECT (SELECT min(customer_id) FROM cdrs WHERE is_last_cdr = 1 AND customer_id > owners.id) FROM owners WHERE owners.id IS NOT NULL
)
SELECT
  min((SELECT min(time_start) FROM cdrs WHERE is_last_cdr = 1 AND customer_id = owners.id)) AS oldest,
  max((SELECT max(time_start) FROM cdrs WHERE is_last_cdr = 1 AND customer_id = owners.id)) AS newest
FROM owners WHERE owners.id IS NOT NULL AND ?1 IS NOT NULL`

const COUNTS = `SELECT ${COUNTED.map((table) => `(SELECT count(*) FROM (SELECT 1 FROM ${table} LIMIT ${MOST_COUNTED})) AS ${table}`).join(', ')},
  (SELECT count(*) FROM (SELECT 1 FROM cdr_exports WHERE status = 'Pending' LIMIT ${MOST_COUNTED})) AS pending_exports,
  (SELECT count(*) FROM rejected_cdrs) AS rejected_cdrs,
  (SELECT count(*) FROM (SELECT 1 FROM cut_cdrs LIMIT ${MOST_COUNTED})) AS cut_cdrs,
  (SELECT max(rejected_at) FROM rejected_cdrs WHERE id = (SELECT max(id) FROM rejected_cdrs)) AS last_rejected_at
WHERE ?1 IS NOT NULL`

const FIRST_CDR = '(SELECT * FROM cdrs ORDER BY cdrs.id LIMIT 1)'

/** Whether the first CDR is counted: it is not if it came before there were counters. And whether all CDRs are marked for their vendors. */
const COMPLETE = `SELECT NOT EXISTS (
    SELECT 1 FROM (${countsOf(ownerCounters, FIRST_CDR)}) AS given LEFT JOIN owner_counters AS kept USING (${ownerCounters.names.join(', ')})
    WHERE coalesce(kept.n, 0) < given.n
  ) AS counters_complete,
  NOT EXISTS (SELECT 1 FROM incoming_vendors WHERE unmarked_from IS NOT NULL) AS marks_complete
WHERE ?1 IS NOT NULL`

const STATE = 'SELECT cdrs, last_batch_at, last_batch_cdrs, last_batch_id FROM ingest_state WHERE ?1 IS NOT NULL'

/** What an operator looks at first: how much there is, and whether CDRs still come in. Reads no more as CDRs become more. */
export async function readStatus(database: Database): Promise<Record<string, unknown>> {
  const results = await database.write([COUNTS, STATE, BOUNDS, COMPLETE].map((sql) => ({ sql, values: '[]' })))
  const [counts = {}, state = {}, bounds = {}, complete = {}] = results.map(({ rows }) => rows[0])
  const { last_rejected_at: lastRejected = null, pending_exports: pending, rejected_cdrs: rejected, cut_cdrs: cut, ...tables } = counts
  return {
    ...tables,
    cdrs: state['cdrs'] ?? 0,
    oldest_cdr: time(bounds['oldest']),
    newest_cdr: time(bounds['newest']),
    last_batch: {
      at: time(state['last_batch_at']),
      cdrs: state['last_batch_cdrs'] ?? null,
      yeti_batch_id: state['last_batch_id'] ?? null,
    },
    rejected_cdrs: rejected,
    last_rejected_at: time(lastRejected),
    cut_cdrs: cut,
    counters_complete: complete['counters_complete'] === 1,
    marks_complete: complete['marks_complete'] === 1,
    pending_exports: pending,
    database_bytes: database.bytes,
  }
}

const time = (microseconds: Cell | undefined) => toIso(microseconds ?? null)
