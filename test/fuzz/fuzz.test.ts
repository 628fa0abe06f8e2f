// The long run; `slice.test.ts` is the short one.
import { expect, inject, test } from 'vitest'
import { fuzz } from './fuzz.ts'

declare module 'vitest' {
  interface ProvidedContext {
    runs: number
    seed: number
  }
}

test('whatever is sent is answered, soon and well', async () => {
  const { requests, seconds, statuses, findings } = await fuzz(inject('runs'), inject('seed'))
  console.log(`seed ${inject('seed')}: ${requests} requests in ${seconds.toFixed(0)} s, ${JSON.stringify(statuses)}`)
  expect(findings).toEqual([])
})
