import { setTimeout as sleep } from 'node:timers/promises'
import { acts, type Act, type Stage } from './acts.ts'
import { callerOf } from './caller.ts'

/** A server that falls behind is not buried: what would be more than this is left out, and counted. */
const MOST_UNDER_WAY = 48

/** Sends the traffic at its steady rate for so long, and ends when the last answer is there. */
export async function runTraffic(url: string, stage: Stage, milliseconds: number) {
  const { record, random } = stage
  const underWay = new Set<Promise<void>>()
  const start = performance.now()

  const repeat = async (act: Act) => {
    const caller = callerOf(url, act.name, record)
    const interval = 1000 / act.perSecond
    for (let due = random.next() * interval; due < milliseconds; due += interval) {
      await sleep(Math.max(0, start + due - performance.now()))
      record.counts.planned++
      if (underWay.size >= MOST_UNDER_WAY) {
        record.counts.skipped++
        continue
      }
      const run = act
        .run(caller, stage)
        .catch((error: unknown) => record.failed(act.name, error))
        .finally(() => underWay.delete(run))
      underWay.add(run)
    }
  }
  await Promise.all(acts.map(repeat))
  await Promise.all(underWay)
}
