import { defineConfig } from 'vitest/config'
import tests from '../vitest.config.ts'

export default defineConfig({
  ...tests,
  test: {
    ...tests.test,
    include: ['test/fuzz/fuzz.test.ts'],
    exclude: [],
    testTimeout: 3_600_000,
    provide: { runs: Number(process.env['FUZZ_RUNS'] ?? 100_000), seed: Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31) },
  },
})
