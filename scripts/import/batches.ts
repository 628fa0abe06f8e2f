import type { BadRow, FileRow, GoodRow } from './rows.ts'

const rowsPerRequest = 1_000
const bytesPerRequest = 1_000_000

/** Rows in portions of one request each; `broken` hears of the rest. */
export async function* batches(rows: AsyncIterable<FileRow>, broken: (row: BadRow) => void): AsyncGenerator<GoodRow[]> {
  let batch: GoodRow[] = []
  let bytes = 0
  for await (const row of rows) {
    if (!('json' in row)) {
      broken(row)
      continue
    }
    if (batch.length === rowsPerRequest || (batch.length > 0 && bytes + row.json.length > bytesPerRequest)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(row)
    bytes += row.json.length + 1
  }
  if (batch.length > 0) yield batch
}
