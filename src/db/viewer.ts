import { sql, type SQL } from 'drizzle-orm'
import type { Cell, Database } from './database.ts'
import { apiAccess, customer, profile } from './schema.ts'
import { render, toJsonArray, type Statement, type Value } from './statement.ts'

/** What a dynamic token says of itself (contract B.2): no access stands behind it, only a customer and a profile. Ids are decimal texts. */
export interface DynamicAccess {
  customerId: string
  profileId: string
  accountIds: readonly string[]
  allowListenRecording: boolean
  numberlistIds: readonly string[]
  allowedIps: readonly string[]
  gatewayId: string | null
}

/** Whom a token speaks for: an API access by its id (decimal text), or one that the token itself describes. To be looked up with every request. */
export type Subject = { kind: 'access'; id: string } | { kind: 'dynamic'; access: DynamicAccess }

/** What requests are counted by: the access, or the customer whom a dynamic token is for. */
export const countedBy = (subject: Subject) =>
  subject.kind === 'access' ? `access ${subject.id}` : `customer ${subject.access.customerId}`

/** Whoever asks, as one row: `customer_id`, `account_ids` (JSON list, empty for all), `allow_listen_recording`, `profile_id`. No row: nobody. */
export function viewerOf(subject: Subject): SQL {
  if (subject.kind === 'access') {
    return sql`SELECT ${apiAccess.customerId}, ${apiAccess.accountIds}, ${apiAccess.allowListenRecording}, ${apiAccess.customerPortalAccessProfileId} AS profile_id FROM ${apiAccess} WHERE ${apiAccess.id} = ${subject.id}`
  }
  const { customerId, profileId, accountIds, allowListenRecording } = subject.access
  const granted: Value = allowListenRecording ? 1 : 0
  const limits = toJsonArray(accountIds.map(BigInt))
  return sql`SELECT ${customer.id} AS customer_id, ${limits} AS account_ids, ${granted} AS allow_listen_recording, ${profile.id} AS profile_id FROM ${customer} JOIN ${profile} ON ${profile.id} = ${profileId} WHERE ${customer.id} = ${customerId}`
}

/**
 * What a statement tells of the viewer in the first cell of its first row: whether he may listen, and his customer's id. One cell, so that
 * no statement grows wider by it.
 */
export const VIEWER = "viewer.allow_listen_recording || ' ' || ifnull(viewer.customer_id, '') AS c0"

/** Reads the viewer in that row. Whose customer he is, the database keeps: the log tells it, however the request ends. */
export function recognise(database: Database, [cell]: readonly Cell[]): { allowListenRecording: boolean } {
  const [granted, customerId] = String(cell).split(' ')
  database.customerId = customerId || undefined
  return { allowListenRecording: granted === '1' }
}

/** One row, with that cell alone, if the access exists. */
export function viewerStatement(subject: Subject): Statement {
  const { text, values } = render(viewerOf(subject))
  return { sql: `WITH viewer AS (${text}) SELECT ${VIEWER} FROM viewer`, values: toJsonArray(values) }
}
