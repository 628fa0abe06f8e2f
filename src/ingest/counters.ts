// How many CDRs there are of each owner, by hours and days, is kept by statements that stand in the same transaction as the change itself, before
// it: what the rows count now is taken off, what they will count is added, one figure a cell. Where the two are the same nothing is written, so
// a row sent twice changes nothing, and neither the order of batches nor their repetition matters.
import { toJsonArray, type Statement, type Value } from '../db/statement.ts'
import { DAY_MICROSECONDS, HOUR_MICROSECONDS } from '../db/time.ts'
import type { Kind, Values } from './schema.ts'

/** The columns that decide where a CDR is counted. */
const COUNTED = ['customer_id', 'customer_acc_id', 'vendor_id', 'vendor_acc_id', 'is_last_cdr', 'time_start'] as const

/** A table of counters: the columns that make a cell, in SQL over a CDR and one of its four `cell`s. */
export interface Counters {
  table: string
  names: readonly string[]
  expressions: readonly string[]
}

// Division cuts towards zero; an hour before 1970 begins before it.
const START = 'time_start / span - (time_start % span < 0)'
const OWNER = 'iif(side = 0, customer_id, vendor_id)'
const ACCOUNT = 'iif(side = 0, customer_acc_id, vendor_acc_id)'

export const ownerCounters: Counters = {
  table: 'owner_counters',
  names: ['side', 'owner_id', 'unit', 'start'],
  expressions: ['side', OWNER, 'unit', START],
}

export const accountCounters: Counters = {
  table: 'account_counters',
  names: ['side', 'owner_id', 'account_id', 'unit', 'start'],
  expressions: ['side', OWNER, ACCOUNT, 'unit', START],
}

export const allCounters = [ownerCounters, accountCounters]

const CELLS = `(SELECT 0 AS side, 0 AS unit, ${HOUR_MICROSECONDS} AS span UNION ALL SELECT 0, 1, ${DAY_MICROSECONDS} UNION ALL SELECT 1, 0, ${HOUR_MICROSECONDS} UNION ALL SELECT 1, 1, ${DAY_MICROSECONDS})`

/** What rows count: a cell and its figure in each row. `rows` is a table, or a query in parentheses, that has the counted columns. */
export function countsOf({ names, expressions }: Counters, rows: string, sign: '' | '-' = ''): string {
  const columns = expressions.map((expression, at) => `${expression} AS ${names[at]}`)
  const places = names.map((_, at) => at + 1).join(', ')
  const owned = names.filter((name) => name.endsWith('_id')).map((name) => `${name} IS NOT NULL`)
  return [
    `SELECT ${columns.join(', ')}, ${sign}count(*) AS n FROM ${rows} AS counted CROSS JOIN ${CELLS} AS cell`,
    `WHERE side = 1 OR is_last_cdr = 1 GROUP BY ${places} HAVING ${owned.join(' AND ')}`,
  ].join(' ')
}

/** Adds figures to counters. `figures` is a query that has a cell and `n` in each row. */
export function addUp({ table, names }: Counters, figures: string): string {
  const cell = names.join(', ')
  return [
    `INSERT INTO ${table} (${cell}, n) SELECT ${cell}, sum(n) FROM (${figures}) GROUP BY ${cell} HAVING sum(n) <> 0`,
    `ON CONFLICT (${cell}) DO UPDATE SET n = n + excluded.n`,
  ].join(' ')
}

// The values of the statements below: the figures of whole rows, those of rows that leave out a counted column as objects, and all ids.
const FIGURES: ReadonlyMap<Counters, string> = new Map([
  [ownerCounters, '?1->0'],
  [accountCounters, '?1->1'],
])
const PATCHES = '?1->2'
const IDS = '?1->3'

const STORED = `(SELECT ${COUNTED.map((name) => `cdrs.${name}`).join(', ')} FROM json_each(${IDS}) AS given JOIN cdrs ON cdrs.id = given.value)`

const givenOrStored = (name: string) => `iif(json_type(given.value, '$.${name}') IS NULL, cdrs.${name}, given.value->>'${name}') AS ${name}`

const PATCHED = `(SELECT ${COUNTED.map(givenOrStored).join(', ')} FROM json_each(${PATCHES}) AS given LEFT JOIN cdrs ON cdrs.id = given.value->>'id')`

const RECOUNT = allCounters.map((counters) => {
  const figures = counters.names.map((name, at) => `value->>${at} AS ${name}`).join(', ')
  const added = `SELECT ${figures}, value->>${counters.names.length} AS n FROM json_each(${FIGURES.get(counters)})`
  const arms = [added, countsOf(counters, STORED, '-'), countsOf(counters, PATCHED)]
  return addUp(counters, arms.map((arm) => `SELECT * FROM (${arm})`).join(' UNION ALL '))
})

/** Counts all CDRs, remembers when the last new ones came, and tells a recount under way that it may have to begin again. */
const KEEP_STATE = [
  'UPDATE ingest_state SET cdrs = cdrs + fresh.n, last_batch_at = iif(fresh.n > 0, ?1->>1, last_batch_at),',
  'last_batch_id = iif(fresh.n > 0, ?1->>2, last_batch_id), last_batch_cdrs = iif(fresh.n > 0, fresh.n, last_batch_cdrs),',
  'recount_spoiled = recount_spoiled OR coalesce(?1->>3 < recount_from, 0)',
  "FROM (SELECT json_array_length(?1, '$[0]') - count(*) AS n FROM json_each(?1->0) AS given JOIN cdrs ON cdrs.id = given.value) AS fresh",
  'WHERE fresh.n > 0 OR (?1->>3 < recount_from AND NOT recount_spoiled)',
].join(' ')

/** When a batch came, in microseconds, and the number that Yeti gave it. */
export interface Batch {
  at: number
  id: number | null
}

/** The statements that keep the counters of CDRs which are about to be stored, no two with the same id. They stand before those that store. */
export function countStatements(kind: Kind, rows: readonly Values[], batch: Batch): Statement[] {
  const places = COUNTED.map((name) => kind.columns.findIndex((column) => column.name === name))
  const whole: Values[] = []
  const patches: string[] = []
  for (const row of rows) {
    if (places.every((place) => row[place] !== undefined)) whole.push(row)
    else patches.push(toPatch(kind, row, places))
  }
  const { owners, accounts } = tally(whole.map((row) => places.map((place) => row[place] as Value)))
  const ids = rows.map((row) => row[kind.key] as number | bigint)
  const lowest = ids.reduce((least, id) => (id < least ? id : least))
  const idList = toJsonArray(ids)
  const values = `[${toList(owners)},${toList(accounts)},[${patches.join(',')}],${idList}]`
  return [
    ...RECOUNT.map((sql) => ({ sql, values })),
    { sql: KEEP_STATE, values: `[${idList},${toJsonArray([batch.at, batch.id, lowest]).slice(1)}` },
  ]
}

function toPatch(kind: Kind, row: Values, places: readonly number[]): string {
  const members = [kind.key, ...places].flatMap((place) => {
    const value = row[place]
    return value === undefined ? [] : [`"${kind.columns[place]!.name}":${value === null ? 'null' : String(value)}`]
  })
  return `{${members.join(',')}}`
}

type Figures = ReadonlyMap<string, number>

const toList = (figures: Figures) => `[${[...figures].map(([cell, n]) => `[${cell},${n}]`).join(',')}]`

/** What whole rows count. First by account and hour, so that little is left to be added up to owners and days. */
function tally(rows: readonly (readonly Value[])[]): { owners: Figures; accounts: Figures } {
  const finest = new Map<string, { cell: [side: number, owner: Value, account: Value, hour: number]; n: number }>()
  const count = (side: number, owner: Value, account: Value, hour: number) => {
    if (owner === null) return
    const key = `${side},${String(owner)},${String(account)},${hour}`
    const found = finest.get(key)
    if (found) found.n++
    else finest.set(key, { cell: [side, owner, account, hour], n: 1 })
  }
  for (const [customer, customerAccount, vendor, vendorAccount, isLast, time] of rows) {
    const hour = hourOf(time as number | bigint)
    if (isLast === 1) count(0, customer!, customerAccount!, hour)
    count(1, vendor!, vendorAccount!, hour)
  }
  const owners = new Map<string, number>()
  const accounts = new Map<string, number>()
  const add = (figures: Map<string, number>, cell: string, n: number) => figures.set(cell, (figures.get(cell) ?? 0) + n)
  for (const {
    cell: [side, owner, account, hour],
    n,
  } of finest.values()) {
    for (const [unit, start] of [[0, hour] as const, [1, Math.floor(hour / 24)] as const]) {
      add(owners, `${side},${String(owner)},${unit},${start}`, n)
      if (account !== null) add(accounts, `${side},${String(owner)},${String(account)},${unit},${start}`, n)
    }
  }
  return { owners, accounts }
}

/** The hour since 1970 in which a time lies. The remainder is exact where a quotient would round up to the next hour. */
function hourOf(time: number | bigint): number {
  const rest = Number(typeof time === 'bigint' ? time % BigInt(HOUR_MICROSECONDS) : time % HOUR_MICROSECONDS)
  const whole = typeof time === 'bigint' ? Number((time - BigInt(rest)) / BigInt(HOUR_MICROSECONDS)) : (time - rest) / HOUR_MICROSECONDS
  return rest < 0 ? whole - 1 : whole
}
