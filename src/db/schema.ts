// The tables. Names are snake_case in the database, by Drizzle's casing; what a column's text or number means is in this folder:
// times are microseconds UTC (`time.ts`), decimals and addresses are order-preserving text (`decimal.ts`, `inet.ts`), `folded` holds what a
// text search cannot get from `lower()` (`fold.ts`), booleans are 0 and 1. There are no foreign keys: CDRs name accounts that do not exist.
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const customer = sqliteTable('customers', {
  id: integer().primaryKey(),
  name: text(),
  externalId: integer(),
})

export const account = sqliteTable(
  'accounts',
  {
    id: integer().primaryKey(),
    uuid: text().notNull(),
    customerId: integer(),
    name: text(),
    balance: text(),
    minBalance: text(),
    maxBalance: text(),
    balanceLowThreshold: text(),
    balanceHighThreshold: text(),
    destinationRateLimit: text(),
    maxCallDuration: integer(),
    externalId: integer(),
    originationCapacity: integer(),
    terminationCapacity: integer(),
    totalCapacity: integer(),
    folded: text(),
  },
  (t) => [index('accounts_uuid').on(t.uuid), index('accounts_customer').on(t.customerId, t.uuid)],
)

export const apiAccess = sqliteTable(
  'api_accesses',
  {
    id: integer().primaryKey(),
    customerId: integer(),
    login: text(),
    /** A hash that names its own scheme and cost; never the password. */
    passwordDigest: text(),
    /** JSON list of internal account ids; `[]` means every account of the customer. */
    accountIds: text().notNull().default('[]'),
    /** JSON list of CIDR networks that may sign in. */
    allowedIps: text().notNull().default('["0.0.0.0/0","::/0"]'),
    allowListenRecording: integer().notNull().default(0),
    customerPortalAccessProfileId: integer().notNull().default(1),
  },
  (t) => [index('api_accesses_login').on(t.login)],
)

export const transportProtocol = sqliteTable('transport_protocols', {
  id: integer().primaryKey(),
  name: text(),
})

const granted = () => integer().notNull().default(1)

/** Portal profiles: which parts of a customer's portal are shown (contract D.5). */
export const profile = sqliteTable('profiles', {
  id: integer().primaryKey(),
  name: text(),
  account: granted(),
  outgoingRateplans: granted(),
  outgoingCdrs: granted(),
  outgoingCdrExports: granted(),
  outgoingStatistics: granted(),
  outgoingStatisticsActiveCalls: granted(),
  outgoingStatisticsAcd: granted(),
  outgoingStatisticsAsr: granted(),
  outgoingStatisticsFailedCalls: granted(),
  outgoingStatisticsSuccessfulCalls: granted(),
  outgoingStatisticsTotalCalls: granted(),
  outgoingStatisticsTotalDuration: granted(),
  outgoingStatisticsTotalPrice: granted(),
  outgoingStatisticsAcdValue: granted(),
  outgoingStatisticsAsrValue: granted(),
  outgoingStatisticsFailedCallsValue: granted(),
  outgoingStatisticsSuccessfulCallsValue: granted(),
  outgoingStatisticsTotalCallsValue: granted(),
  outgoingStatisticsTotalDurationValue: granted(),
  outgoingStatisticsTotalPriceValue: granted(),
  outgoingActiveCalls: granted(),
  outgoingNumberlists: granted(),
  incomingCdrs: granted(),
  incomingStatistics: granted(),
  incomingStatisticsActiveCalls: granted(),
  incomingStatisticsAcd: granted(),
  incomingStatisticsAsr: granted(),
  incomingStatisticsFailedCalls: granted(),
  incomingStatisticsSuccessfulCalls: granted(),
  incomingStatisticsTotalCalls: granted(),
  incomingStatisticsTotalDuration: granted(),
  incomingStatisticsTotalPrice: granted(),
  incomingStatisticsAcdValue: granted(),
  incomingStatisticsAsrValue: granted(),
  incomingStatisticsFailedCallsValue: granted(),
  incomingStatisticsSuccessfulCallsValue: granted(),
  incomingStatisticsTotalCallsValue: granted(),
  incomingStatisticsTotalDurationValue: granted(),
  incomingStatisticsTotalPriceValue: granted(),
  invoices: granted(),
  payments: granted(),
  paymentsCryptomus: granted(),
  services: granted(),
  transactions: granted(),
})

/** One attempt of a call. Names, types and meaning are those of Yeti's `cdr.cdr`. */
export const cdr = sqliteTable(
  'cdrs',
  {
    id: integer().primaryKey(),
    customerId: integer(),
    customerAccId: integer(),
    vendorId: integer(),
    vendorAccId: integer(),
    isLastCdr: integer(),
    timeStart: integer().notNull(),
    timeConnect: integer(),
    timeEnd: integer(),
    duration: integer(),
    success: integer(),
    destinationPrefix: text(),
    destinationInitialInterval: integer(),
    destinationInitialRate: text(),
    destinationNextInterval: integer(),
    destinationNextRate: text(),
    destinationFee: text(),
    destinationReverseBilling: integer(),
    customerAccVat: text(),
    customerPrice: text(),
    customerPriceNoVat: text(),
    customerDuration: integer(),
    dialpeerPrefix: text(),
    dialpeerInitialInterval: integer(),
    dialpeerInitialRate: text(),
    dialpeerNextInterval: integer(),
    dialpeerNextRate: text(),
    dialpeerFee: text(),
    dialpeerReverseBilling: integer(),
    vendorPrice: text(),
    vendorDuration: integer(),
    srcNameIn: text(),
    srcPrefixIn: text(),
    fromDomain: text(),
    dstPrefixIn: text(),
    toDomain: text(),
    ruriDomain: text(),
    diversionIn: text(),
    srcNameOut: text(),
    srcPrefixOut: text(),
    dstPrefixOut: text(),
    diversionOut: text(),
    srcPrefixRouting: text(),
    dstPrefixRouting: text(),
    localTag: text(),
    legaDisconnectCode: integer(),
    legaDisconnectReason: text(),
    legbDisconnectCode: integer(),
    legbDisconnectReason: text(),
    authOrigTransportProtocolId: integer(),
    authOrigIp: text(),
    authOrigPort: integer(),
    signTermIp: text(),
    signTermPort: integer(),
    signTermTransportProtocolId: integer(),
    origCallId: text(),
    termCallId: text(),
    legaUserAgent: text(),
    legbUserAgent: text(),
    paiIn: text(),
    ppiIn: text(),
    privacyIn: text(),
    rpidIn: text(),
    rpidPrivacyIn: text(),
    audioRecorded: integer(),
    folded: text(),
    /** Whether the vendor is one of `incoming_vendors`: an index row is written only where somebody may read by it. */
    isIncoming: integer().notNull().default(0),
  },
  (t) => [
    index('cdrs_customer_time')
      .on(t.customerId, t.timeStart)
      .where(sql`is_last_cdr = 1`),
    index('cdrs_account_time')
      .on(t.customerAccId, t.timeStart)
      .where(sql`is_last_cdr = 1`),
    index('cdrs_vendor_time')
      .on(t.vendorId, t.timeStart)
      .where(sql`is_incoming = 1`),
  ],
)

export const cdrExport = sqliteTable(
  'cdr_exports',
  {
    id: integer().primaryKey(),
    uuid: text().notNull(),
    customerAccountId: integer(),
    /** JSON object, underscored keys (contract J.2). */
    filters: text(),
    /** JSON list: the columns of the CSV. */
    fields: text(),
    status: text().notNull().default('Pending'),
    rowsCount: integer(),
    timeFormat: text().notNull().default('with_timezone'),
    timeZoneName: text(),
    createdAt: integer(),
    updatedAt: integer(),
    folded: text(),
    /** SHA-256 of the file, base64. */
    digest: text(),
    /** Who ordered it. Null only while the account is not there, or has no owner. */
    customerId: integer(),
  },
  (t) => [
    uniqueIndex('cdr_exports_uuid').on(t.uuid),
    index('cdr_exports_customer').on(t.customerId),
    index('cdr_exports_account').on(t.customerAccountId),
    // Partial ones, which a list filtered by status cannot be tempted to start from.
    index('cdr_exports_pending')
      .on(t.customerId, t.createdAt)
      .where(sql`status = 'Pending'`),
    index('cdr_exports_completed')
      .on(t.createdAt)
      .where(sql`status = 'Completed'`),
  ],
)

/** How many CDRs there are of an owner, by whole hours and days (contract C says whose a CDR is). Kept by the statements that store CDRs. */
export const ownerCounter = sqliteTable(
  'owner_counters',
  {
    /** 0: calls made, the last attempt of each, by customer. 1: calls received, every attempt, by vendor. 2 and 3: the same, being recounted. */
    side: integer().notNull(),
    ownerId: integer().notNull(),
    /** 0: hours, 1: days. */
    unit: integer().notNull(),
    /** Whole hours or days since 1970. */
    start: integer().notNull(),
    n: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.side, t.ownerId, t.unit, t.start] })],
)

/** The same, by the owner's account as the CDR names it. */
export const accountCounter = sqliteTable(
  'account_counters',
  {
    side: integer().notNull(),
    ownerId: integer().notNull(),
    accountId: integer().notNull(),
    unit: integer().notNull(),
    start: integer().notNull(),
    n: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.side, t.ownerId, t.accountId, t.unit, t.start] })],
)

/** Contractors who may ask for the calls that they received as vendors: all that were ever loaded as a customer, or with an access. */
export const incomingVendor = sqliteTable('incoming_vendors', {
  vendorId: integer().primaryKey(),
  /** Of the CDRs that were there before him, those from this id on may not be marked yet; null once all are. */
  unmarkedFrom: integer(),
})

/** CDRs that could not be taken, for the operator to look at: the newest ten thousand. */
export const rejectedCdr = sqliteTable(
  'rejected_cdrs',
  {
    id: integer().primaryKey(),
    /** Of reason and row: a row that is sent again is rejected once. */
    digest: text().notNull(),
    rejectedAt: integer().notNull(),
    detail: text().notNull(),
    /** The beginning of the row as it came, without secrets. */
    given: text().notNull(),
  },
  (t) => [uniqueIndex('rejected_cdrs_digest').on(t.digest)],
)

/** CDRs of which a text was too long to be stored whole. */
export const cutCdr = sqliteTable('cut_cdrs', { id: integer().primaryKey() })

/** A single row: what is known of all CDRs together, and how far the work that goes through them in slices has come. */
export const ingestState = sqliteTable('ingest_state', {
  id: integer().primaryKey(),
  cdrs: integer().notNull().default(0),
  /** The last batch that brought new CDRs: when it came, how many they were, its number in Yeti. */
  lastBatchAt: integer(),
  lastBatchCdrs: integer(),
  lastBatchId: integer(),
  /** CDRs with lower ids have been looked at by the deletion of old ones. */
  sweepFrom: integer(),
  /** CDRs with lower ids have been recounted, into the counters of side 2 and 3; null while no recount is under way. */
  recountFrom: integer(),
  recounted: integer().notNull().default(0),
  /** A CDR that had been recounted may have changed since. */
  recountSpoiled: integer().notNull().default(0),
  /** The recount sets wrong marks of CDRs right as it goes, and how many it has found so far (`isIncoming`). */
  recountRepairs: integer().notNull().default(0),
  recountWrongMarks: integer().notNull().default(0),
})
