import type { Database } from './db/database.ts'
import type { Subject } from './db/viewer.ts'
import type { Query } from './jsonapi/parse.ts'
import type { Settings } from './settings.ts'

/** What every handler finds in its context. */
export interface App {
  Bindings: Env
  Variables: {
    database: Database
    requestId: string
    settings: Settings
    query: Query
    subject: Subject
  }
}
