interface Env {
  DB: D1Database
  JWT_SECRET?: string
  OPERATOR_KEY?: string
  TOKEN_LIFETIME?: string
  OUTGOING_CDR_HIDE_FIELDS?: string
  INCOMING_CDR_HIDE_FIELDS?: string
  RECORDING_FORMAT?: string
  CORS_ORIGINS?: string
  SERVER_TIMING?: string
}
