import { readFileSync } from 'node:fs'
import { portsOf, startedBy } from '../bench/process.ts'

export interface Sample {
  /** Since the traffic began. */
  seconds: number
  bytes: number
}

/** The memory that the process which listens on the port holds, D1's and R2's stand-ins included; undefined where nobody tells. */
export const residentBytesOf = (port: number): (() => number | undefined) => {
  const id = startedBy(process.pid, 'workerd').find((started) => portsOf(started).includes(port))
  return () => {
    try {
      return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))![1]) * 1024
    } catch {
      return undefined
    }
  }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** The medians of the thirds of a run. */
export const thirdsOf = (samples: readonly Sample[]) => {
  const third = Math.ceil(samples.length / 3)
  return [0, 1, 2].map((at) => median(samples.slice(at * third, (at + 1) * third).map(({ bytes }) => bytes)))
}

/** The median of each minute. */
export const minutesOf = (samples: readonly Sample[]) =>
  [...Map.groupBy(samples, ({ seconds }) => Math.floor(seconds / 60)).values()].map((minute) => median(minute.map(({ bytes }) => bytes))!)
