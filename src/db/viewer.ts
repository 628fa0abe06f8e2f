import { eq, sql, type SQL } from 'drizzle-orm'
import type { Cell, Database } from './database.ts'
import { apiAccess, customer, profile } from './schema.ts'
import { defined, query, slot, toJson, toJsonArray, toText, type Statement, type Values } from './statement.ts'

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

/** The kinds of subjects: statements differ by them, not by who asks. */
export type SubjectKind = Subject['kind']

/**
 * Who asks, read anew with every statement. No row: the access is gone, or the customer or profile of a dynamic token does not exist (401).
 * `account_ids` is a JSON list, empty for all.
 */
const access = query.$with('viewer').as(
  query
    .select({
      customerId: apiAccess.customerId,
      accountIds: apiAccess.accountIds,
      allowListenRecording: apiAccess.allowListenRecording,
      profileId: sql<number>`${apiAccess.customerPortalAccessProfileId}`.as('profile_id'),
    })
    .from(apiAccess)
    .where(eq(apiAccess.id, slot('viewer'))),
)

const described = query.$with('viewer').as(
  query
    .select({
      customerId: sql<number>`${customer.id}`.as('customer_id'),
      accountIds: sql<string>`${slot('viewer.accounts')}`.as('account_ids'),
      allowListenRecording: sql<number>`${slot('viewer.listens')}`.as('allow_listen_recording'),
      profileId: sql<number>`${profile.id}`.as('profile_id'),
    })
    .from(customer)
    .innerJoin(profile, eq(profile.id, slot('viewer.profile')))
    .where(eq(customer.id, slot('viewer.customer'))),
)

/** The viewer as a table to select from, after `withViewer`. Both kinds have the same columns. */
export const viewer = access

/** Begins a SELECT with the viewer. */
export const withViewer = (kind: SubjectKind) => query.with(kind === 'access' ? access : described)

/** Begins any other statement with the viewer, and with tables that come after it. */
export const viewerTable = (kind: SubjectKind, ...tables: readonly SQL[]): SQL =>
  sql`with ${sql.join([defined(kind === 'access' ? access : described), ...tables], sql`, `)}`

/** The values of the viewer's slots. */
export function viewerValues(subject: Subject): Values {
  if (subject.kind === 'access') return { viewer: subject.id }
  const { customerId, profileId, accountIds, allowListenRecording } = subject.access
  return {
    'viewer.customer': customerId,
    'viewer.profile': profileId,
    'viewer.accounts': toJsonArray(accountIds.map(BigInt)),
    'viewer.listens': allowListenRecording ? 1 : 0,
  }
}

/** What a statement tells of the viewer, in the first cells of its first row. */
export const viewerCells = {
  listens: sql<number>`${viewer.allowListenRecording}`.as('listens'),
  customer: sql<string>`cast(${viewer.customerId} as text)`.as('customer'),
}

/** Reads the viewer in those cells. Whose customer it is, the database keeps: the log tells it, however the request ends. */
export function recognise(database: Database, [listens, customerId]: readonly Cell[]): { allowListenRecording: boolean } {
  database.customerId = customerId === null || customerId === undefined ? undefined : String(customerId)
  return { allowListenRecording: listens === 1 }
}

const texts = new Map<SubjectKind, string>()

/** One row, with those cells alone, if the access exists. */
export function viewerStatement(subject: Subject): Statement {
  let text = texts.get(subject.kind)
  if (text === undefined) texts.set(subject.kind, (text = toText(withViewer(subject.kind).select(viewerCells).from(viewer))))
  return { sql: text, values: toJson(viewerValues(subject)) }
}
