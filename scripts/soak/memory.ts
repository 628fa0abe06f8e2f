// The process holds the stand-ins of D1, R2 and Workflows too, and V8 leaves garbage lying while memory is plenty: what the process holds is for
// information. What our Worker holds on to is what is left in its isolate after a collection.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { portsOf, startedBy } from '../bench/process.ts'
import { collect, isolatesOf } from './isolates.ts'
import type { Collected } from './isolates.ts'

export interface Sample {
  /** Since the traffic began. */
  seconds: number
  bytes: number
}

/** One look at a moment of the run, in bytes. */
export interface Look {
  /** What our Worker holds on to. */
  held: number
  /** What the process holds before the garbage of all isolates is collected, and after. */
  before: number | undefined
  after: number | undefined
  isolates: Collected[]
}

export const mebibytes = (bytes: number, digits = 0) => (bytes / 2 ** 20).toFixed(digits)

const ours = 'core:user:cdr-edge'
const sampleMilliseconds = 2000
const settlingMilliseconds = 3000
/** Requests under way are in use as well, and only add: the least of several is nearest to what stays. */
const collections = 5
const collectionMilliseconds = 1000

/** The memory of the process that listens on the port. `enter` sends a request to the Worker. */
export const openMemory = async (port: number, enter: () => Promise<unknown>) => {
  const id = startedBy(process.pid, 'workerd').find((started) => portsOf(started).includes(port))
  const isolates = id === undefined ? [] : await isolatesOf(id)
  const worker = isolates.filter((isolate) => isolate.id === ours)

  const leastHeld = async (): Promise<number> => {
    let least = Infinity
    for (let at = 0; at < collections; at++) {
      const [collected] = await Promise.all([collect(worker, enter), sleep(collectionMilliseconds)])
      least = Math.min(least, ...collected.map(({ after }) => after))
    }
    return least
  }

  return {
    /** Samples of the process, until `stop`. */
    watch: () => {
      const samples: Sample[] = []
      const start = performance.now()
      const timer = setInterval(() => {
        const bytes = residentBytesOf(id)
        if (bytes !== undefined) samples.push({ seconds: (performance.now() - start) / 1000, bytes })
      }, sampleMilliseconds)
      return { samples, stop: () => clearInterval(timer) }
    },
    /** Looks a third of the way, at two thirds, and at the end; not at all where nobody tells. */
    lookAtThirds: async (milliseconds: number): Promise<Look[]> => {
      const looks: Look[] = []
      const start = performance.now()
      for (const third of worker.length > 0 ? [1, 2, 3] : []) {
        await sleep(Math.max(0, start + (third * milliseconds) / 3 - collections * collectionMilliseconds - performance.now()))
        const before = residentBytesOf(id)
        const held = await leastHeld()
        const collected = await collect(isolates, enter)
        await sleep(settlingMilliseconds)
        looks.push({ held, before, after: residentBytesOf(id), isolates: collected })
      }
      return looks
    },
  }
}

/** Undefined where nobody tells. */
const residentBytesOf = (id: number | undefined): number | undefined => {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))![1]) * 1024
  } catch {
    return undefined
  }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** The median of each minute. */
export const minutesOf = (samples: readonly Sample[]) =>
  [...Map.groupBy(samples, ({ seconds }) => Math.floor(seconds / 60)).values()].map((minute) => median(minute.map(({ bytes }) => bytes))!)
