import type { Statement } from './statement.ts'

/** The database did not answer, or refused. Nothing of the request was kept. */
export class DatabaseError extends Error {
  override name = 'DatabaseError'
}

/** A value as D1 returns it; this schema has no blobs. */
export type Cell = string | number | null

/** What a request cost so far: calls to D1, rows as D1 bills them, milliseconds waited. */
export interface Cost {
  trips: number
  /** Calls of which D1 told the rows: all writes, and reads if `measured`. Those of the other calls are missing in `rowsRead`. */
  told: number
  rowsRead: number
  rowsWritten: number
  milliseconds: number
  /** How many calls an export that it ordered will read. */
  ordered: number
  /** What of the operator's search budget it took, from 0 to 1. */
  searched: number
}

/** Where a request begins to read: at any replica, or at the primary; a bookmark is at least as new as what its bearer has seen. */
export type Start = { from: 'first-unconstrained' | 'first-primary' } | { from: 'bookmark'; bookmark: string }

const BOOKMARK = /^[\da-f]{8}-[\da-f]{8}-[\da-f]{8}-[\da-f]{32}$/

/** Whether a text has the form of D1's bookmarks: a client's is not passed on unseen. */
export const isBookmark = (text: string) => BOOKMARK.test(text)

/** D1 for one request: one session, counts what the request costs, and tells a failure of D1 from a fault in the code. */
export class Database {
  readonly cost: Cost = { trips: 0, told: 0, rowsRead: 0, rowsWritten: 0, milliseconds: 0, ordered: 0, searched: 0 }
  /** The size of the whole database, as the last answer told it. */
  bytes: number | null = null
  /** The customer of whoever asks, as the last answer told it (`viewer.ts`). */
  customerId: string | undefined
  readonly #d1: D1Database
  readonly #measured: boolean
  #start: Start
  #session: D1DatabaseSession | undefined

  constructor(d1: D1Database, measured: boolean, start: Start = { from: 'first-primary' }) {
    this.#d1 = d1
    this.#measured = measured
    this.#start = start
  }

  /** Makes the request read what was last written, wherever that was. To be said before the first statement. */
  readLatest(): void {
    this.#start = { from: 'first-primary' }
  }

  /** How new the answer is; null before the first statement, and where there are no replicas. */
  get bookmark(): string | null {
    return this.#session?.getBookmark() ?? null
  }

  get #open(): D1DatabaseSession {
    return (this.#session ??= this.#d1.withSession(this.#start.from === 'bookmark' ? this.#start.bookmark : this.#start.from))
  }

  /** D1 refuses values for which a statement has no place. */
  #prepare({ sql, values }: Statement): D1PreparedStatement {
    const statement = this.#open.prepare(sql)
    return sql.includes('?1') ? statement.bind(values) : statement
  }

  /** The rows of one SELECT, each an array of its columns. */
  async rows(query: Statement): Promise<Cell[][]> {
    const statement = this.#prepare(query)
    if (!this.#measured) return this.#timed(() => statement.raw<Cell[]>())
    // Only `all()` tells the rows read; its rows are objects, so every statement gives its columns distinct names.
    const result = await this.#timed(() => statement.all<Record<string, Cell>>())
    this.#count([result])
    return result.results.map((row) => Object.values(row))
  }

  /** Runs statements as one transaction; tells for each the rows that it changed and those that it returned. */
  async write(statements: readonly Statement[]): Promise<{ changes: number; rows: Record<string, Cell>[] }[]> {
    const prepared = statements.map((statement) => this.#prepare(statement))
    const results = await this.#timed(() => this.#open.batch<Record<string, Cell>>(prepared))
    this.#count(results)
    return results.map((result) => ({ changes: result.meta.changes, rows: result.results }))
  }

  async #timed<Result>(call: () => Promise<Result>): Promise<Result> {
    const start = performance.now()
    this.cost.trips++
    try {
      return await call()
    } catch (cause) {
      throw new DatabaseError('D1 failed', { cause })
    } finally {
      this.cost.milliseconds += performance.now() - start
    }
  }

  #count(results: readonly { meta: D1Meta }[]): void {
    this.cost.told++
    for (const { meta } of results) {
      this.bytes = meta.size_after
      this.cost.rowsRead += meta.rows_read
      this.cost.rowsWritten += meta.rows_written
    }
  }
}
