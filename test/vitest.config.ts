import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

const root = new URL('..', import.meta.url).pathname
const migrations = await readD1Migrations(`${root}drizzle`)

export default defineConfig({
  root,
  assetsInclude: ['**/*.gz'],
  plugins: [
    cloudflareTest({
      // Of workflows that fail in tests, workerd would tell as well.
      verbose: false,
      wrangler: { configPath: `${root}wrangler.toml` },
      miniflare: {
        bindings: {
          MIGRATIONS: migrations,
          JWT_SECRET: 'oracle-test-secret-0123456789abcdef0123456789abcdef',
          OPERATOR_KEY: 'operator-key-for-tests',
          RATE_LIMITS: '0',
          EXPORTS_PENDING_MOST: '1000',
          LOGIN_REFUSAL_MILLISECONDS: '0',
          REQUEST_LOG: '0',
        },
      },
    }),
  ],
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/log.ts'],
    exclude: ['test/clients/**', 'test/browser/**', 'test/fuzz/fuzz.test.ts'],
    // Property tests make hundreds of requests, on machines that do other things too.
    testTimeout: 20_000,
    // Of two cores vitest would use one.
    maxWorkers: 2,
    reporters: process.env['TEST_REPORT'] ? ['default', 'json'] : ['default'],
    ...(process.env['TEST_REPORT'] ? { outputFile: { json: process.env['TEST_REPORT'] } } : {}),
  },
})
