/** What a kind of traffic has come to. Latencies are of its requests, in milliseconds. */
export interface Tally {
  latencies: number[]
  errors: number
}

/** How often something failed in one way, and how first. */
export interface Failure {
  count: number
  example: string
}

/** An answer that breaks a promise. `detail` is what only this one has. */
export class Broken extends Error {
  readonly detail: string

  constructor(message: string, detail: unknown = '') {
    super(message)
    this.detail = String(detail)
  }
}

export function openRecord() {
  const tallies = new Map<string, Tally>()
  const failures = new Map<string, Failure>()
  const tallyOf = (name: string): Tally => {
    const tally = tallies.get(name) ?? { latencies: [], errors: 0 }
    tallies.set(name, tally)
    return tally
  }
  return {
    tallies,
    failures,
    counts: {
      rowsSent: 0,
      rowsAgain: 0,
      rowsCorrected: 0,
      exports: 0,
      exportedRows: 0,
      exactExports: 0,
      notModified: 0,
      planned: 0,
      skipped: 0,
    },
    took: (name: string, milliseconds: number) => void tallyOf(name).latencies.push(milliseconds),
    failed: (name: string, error: unknown) => {
      tallyOf(name).errors++
      const { message, cause } = error as Error
      const kind = `${name}: ${message}`
      const failure = failures.get(kind) ?? {
        count: 0,
        example: error instanceof Broken ? error.detail : ((cause as Error | undefined)?.message ?? ''),
      }
      failures.set(kind, { ...failure, count: failure.count + 1 })
    },
  }
}

export type RunRecord = ReturnType<typeof openRecord>
