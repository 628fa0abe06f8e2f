import { select } from './operator.ts'

type Cells = Record<string, number>
type Id = number | null

const HOUR = 3_600_000_000

/** What the counters say, by cell. */
export async function kept(): Promise<Cells> {
  const owners = await select(
    "SELECT side || '/' || owner_id || '//' || unit || '/' || start AS cell, n FROM owner_counters WHERE side < 2 AND n <> 0",
  )
  const accounts = await select(
    "SELECT side || '/' || owner_id || '/' || account_id || '/' || unit || '/' || start AS cell, n FROM account_counters WHERE side < 2 AND n <> 0",
  )
  return Object.fromEntries([...owners, ...accounts].map(({ cell, n }) => [String(cell), Number(n)]))
}

/** What the CDRs say, counted one by one. */
export async function counted(): Promise<Cells> {
  const cells: Cells = {}
  const count = (side: number, owner: Id, account: Id, time: number) => {
    if (owner === null) return
    for (const [unit, length] of [HOUR, 24 * HOUR].entries()) {
      const start = Math.floor(time / length)
      const names = [`${side}/${owner}//${unit}/${start}`]
      if (account !== null) names.push(`${side}/${owner}/${account}/${unit}/${start}`)
      for (const name of names) cells[name] = (cells[name] ?? 0) + 1
    }
  }
  const rows = await select('SELECT customer_id, customer_acc_id, vendor_id, vendor_acc_id, is_last_cdr, time_start FROM cdrs')
  for (const row of rows) {
    if (row['is_last_cdr'] === 1) count(0, row['customer_id'] as Id, row['customer_acc_id'] as Id, Number(row['time_start']))
    count(1, row['vendor_id'] as Id, row['vendor_acc_id'] as Id, Number(row['time_start']))
  }
  return cells
}

/** How many CDRs there are, as it is kept and as it is. */
export async function totals(): Promise<{ kept: unknown; counted: unknown }> {
  const [row] = await select('SELECT (SELECT cdrs FROM ingest_state) AS kept, (SELECT count(*) FROM cdrs) AS counted')
  return { kept: row!['kept'], counted: row!['counted'] }
}
