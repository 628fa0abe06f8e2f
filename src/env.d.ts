import type { SettingName } from './settings.ts'

declare global {
  /** What wrangler.toml binds, and the variables and secrets of `settings.ts` as texts. */
  interface Env extends Partial<Record<SettingName, string>> {
    DB: D1Database
    FILES: R2Bucket
    ASSETS: Fetcher
    EXPORTS: Workflow
    LOGIN_LIMIT?: RateLimit
    API_LIMIT?: RateLimit
    ANALYTICS?: AnalyticsEngineDataset
  }
}
