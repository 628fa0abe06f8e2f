/// <reference types="vite/client" />

declare namespace Cloudflare {
  interface Env {
    DB: D1Database
    FILES: R2Bucket
    EXPORTS: Workflow
    ASSETS: Fetcher
    MIGRATIONS: { name: string; queries: string[] }[]
    JWT_SECRET: string
    OPERATOR_KEY: string
  }
}

declare module '*.gz?inline' {
  const dataUrl: string
  export default dataUrl
}
