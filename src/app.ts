import type { Database } from './db/database.ts'
import type { Query } from './jsonapi/parse.ts'

/** Whom a token speaks for: an API access (its id, decimal), to be looked up with every request. */
export interface Subject {
  accessId: string
}

/** What every handler finds in its context. */
export interface App {
  Bindings: Env
  Variables: {
    database: Database
    requestId: string
    query: Query
    subject: Subject
  }
}
