// A slice of `npm run fuzz`, another one each time.
import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'

test('whatever is sent is answered, soon and well', async () => {
  const seed = Date.now() % 2 ** 31
  expect((await fuzz(300, seed)).findings, `seed ${seed}`).toEqual([])
})
