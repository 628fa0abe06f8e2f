import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: { include: ['test/clients/**/*.test.ts'], hookTimeout: 90_000 },
})
