interface Env {
  DB: D1Database
  FILES: R2Bucket
  ASSETS: Fetcher
  EXPORTS: Workflow
  LOGIN_LIMIT?: RateLimit
  API_LIMIT?: RateLimit
  ANALYTICS?: AnalyticsEngineDataset
  JWT_SECRET?: string
  OPERATOR_KEY?: string
  OPERATOR_KEY_PREVIOUS?: string
  TOKEN_LIFETIME?: string
  LOGIN_REFUSAL_MILLISECONDS?: string
  OUTGOING_CDR_HIDE_FIELDS?: string
  INCOMING_CDR_HIDE_FIELDS?: string
  RECORDING_FORMAT?: string
  EXPORT_RETENTION_DAYS?: string
  EXPORTS_PENDING_MOST?: string
  SEARCH_BUDGET?: string
  CDR_RETENTION_DAYS?: string
  CORS_ORIGINS?: string
  SERVER_TIMING?: string
  RATE_LIMITS?: string
  REQUEST_LOG?: string
}
