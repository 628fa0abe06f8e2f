import type { Kind } from '../operator.ts'
import type { BadRow, FileRow, GoodRow } from './rows.ts'

const rowsPerRequest = 4_000
/** The server hashes each password, which takes it a while. */
const accessesPerRequest = 100
const bytesPerRequest = 8_000_000

/** Rows in portions of one request each; `broken` hears of the rest. Where the file breaks, what came before is still handed out. */
export async function* batches(kind: Kind, rows: AsyncIterable<FileRow>, broken: (row: BadRow) => void): AsyncGenerator<GoodRow[]> {
  const most = kind === 'api-accesses' ? accessesPerRequest : rowsPerRequest
  let batch: GoodRow[] = []
  let bytes = 0
  let failure: { error: unknown } | undefined
  try {
    for await (const row of rows) {
      if (!('json' in row)) {
        broken(row)
        continue
      }
      if (batch.length === most || (batch.length > 0 && bytes + row.json.length > bytesPerRequest)) {
        yield batch
        batch = []
        bytes = 0
      }
      batch.push(row)
      bytes += row.json.length + 1
    }
  } catch (error) {
    failure = { error }
  }
  if (batch.length > 0) yield batch
  if (failure) throw failure.error
}
