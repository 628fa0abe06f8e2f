// What the operator may load: each kind's table, and the type of each of its columns. Rows come in the spelling of the columns; keys that
// are none are ignored, since Yeti sends every column it has.
import { getTableColumns, getTableName } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { account, apiAccess, cdr, cdrExport, customer, incomingVendor, profile, transportProtocol } from '../db/schema.ts'
import type { Value } from '../db/statement.ts'
import type { JsonObject } from '../jsonapi/json.ts'
import {
  bigint,
  boolean,
  decimal,
  digest,
  inet,
  integer,
  integers,
  jsonList,
  jsonObject,
  networks,
  oneOf,
  smallint,
  text,
  time,
  uuid,
  type Type,
} from './types.ts'

/** A column that may be loaded. */
export interface Column {
  name: string
  type: Type
  /** What an explicit null stores; undefined where the column must have a value. */
  whenNull: Value | undefined
  /** A new row must have it. */
  required: boolean
}

/** What may be loaded: a table, and how rows of it are told apart. */
export interface Kind {
  table: string
  columns: readonly Column[]
  /** The index of the column that a row is known by. */
  key: number
  /** The index of the internal id where rows are known by another column: it is given only as a wish. */
  wishedId: number | undefined
  /** The index of the digest where rows may come with a password instead. */
  digest: number | undefined
  /** The table keeps folded texts. */
  folded: boolean
  /** The indexes of the texts that are cut where they are long. */
  cut: readonly number[]
  /** Its rows are counted, and those that cannot be stored are set aside. */
  counted: boolean
  /** A column that the database fills in from another one: their names, and its value in SQL over the other's. */
  derived: Derived | undefined
  /** The index of the column that names a customer who may ask once the row is stored. */
  viewer: number | undefined
  /** By which of their columns the keys of its rows name exports whose customer may now be known: see `claim.ts`. */
  claims: string | undefined
  /** Whether the operator may delete a row of it. */
  deletable: boolean
}

interface Derived {
  name: string
  from: string
  toSql: (value: string) => string
}

/** The values of a row in the order of the kind's columns; undefined where the key is absent. */
export type Values<Item = Value> = (Item | undefined)[]

/** A password that is yet to be hashed. */
export class Password {
  readonly text: string

  constructor(given: string) {
    this.text = given
  }
}

type Types<Table extends SQLiteTable> = Record<Exclude<keyof Table['$inferSelect'] & string, 'folded' | 'digest' | 'isIncoming'>, Type>

const names = new CasingCache('snake_case')

function defineKind<Table extends SQLiteTable>(table: Table, types: Types<Table>, knownBy: 'id' | 'uuid' = 'id'): Kind {
  const tableColumns: Record<string, SQLiteColumn> = getTableColumns(table)
  const columns = Object.entries<Type>(types).map(([property, type]) => toColumn(tableColumns[property]!, type, knownBy))
  const place = (name: string) => {
    const index = columns.findIndex((column) => column.name === name)
    return index < 0 ? undefined : index
  }
  const isCdr = getTableName(table) === getTableName(cdr)
  return {
    table: getTableName(table),
    columns,
    key: place(knownBy)!,
    wishedId: knownBy === 'id' ? undefined : place('id'),
    digest: place('password_digest'),
    folded: 'folded' in tableColumns,
    cut: isCdr ? columns.flatMap(({ type }, place) => (type === text ? [place] : [])) : [],
    counted: isCdr,
    derived: 'isIncoming' in tableColumns ? isIncoming : undefined,
    viewer: place(viewers.get(table) ?? ''),
    claims: claims.get(table),
    deletable: deletable.has(table),
  }
}

/** Whether a vendor may ask for the CDR: see `incoming.ts`. */
const isIncoming: Derived = {
  name: 'is_incoming',
  from: 'vendor_id',
  toSql: (vendor) => `EXISTS (SELECT 1 FROM ${getTableName(incomingVendor)} AS known WHERE known.vendor_id = ${vendor})`,
}

/** What lets a customer ask: he himself (by a token that names him), or an access. */
const viewers = new Map<SQLiteTable, string>([
  [customer, 'id'],
  [apiAccess, 'customer_id'],
])

/** What may be deleted: nothing else names a row of these tables, so none is left behind. */
const deletable: ReadonlySet<SQLiteTable> = new Set([apiAccess])

const claims = new Map<SQLiteTable, string>([
  [account, 'customer_account_id'],
  [cdrExport, 'uuid'],
])

function toColumn(column: SQLiteColumn, type: Type, knownBy: string): Column {
  const name = names.getColumnCasing(column)
  const fallback = column.notNull ? (column.default as Value | undefined) : null
  return { name, type, whenNull: fallback, required: fallback === undefined && (name === knownBy || !column.primary) }
}

const { id: _id, name: _name, ...granted } = getTableColumns(profile)

const profileTypes = {
  id: integer,
  name: text,
  ...Object.fromEntries(Object.keys(granted).map((property) => [property, boolean])),
} as Types<typeof profile>

/** Every kind by its name in the path. */
export const kinds: ReadonlyMap<string, Kind> = new Map([
  ['customers', defineKind(customer, { id: integer, name: text, externalId: bigint })],
  [
    'accounts',
    defineKind(account, {
      id: integer,
      uuid,
      customerId: integer,
      name: text,
      balance: decimal,
      minBalance: decimal,
      maxBalance: decimal,
      balanceLowThreshold: decimal,
      balanceHighThreshold: decimal,
      destinationRateLimit: decimal,
      maxCallDuration: integer,
      externalId: bigint,
      originationCapacity: smallint,
      terminationCapacity: smallint,
      totalCapacity: smallint,
    }),
  ],
  [
    'api-accesses',
    defineKind(apiAccess, {
      id: integer,
      customerId: integer,
      login: text,
      passwordDigest: digest,
      accountIds: integers,
      allowedIps: networks,
      allowListenRecording: boolean,
      customerPortalAccessProfileId: integer,
    }),
  ],
  ['transport-protocols', defineKind(transportProtocol, { id: smallint, name: text })],
  ['profiles', defineKind(profile, profileTypes)],
  [
    'cdrs',
    defineKind(cdr, {
      id: bigint,
      customerId: integer,
      customerAccId: integer,
      vendorId: integer,
      vendorAccId: integer,
      isLastCdr: boolean,
      timeStart: time,
      timeConnect: time,
      timeEnd: time,
      duration: integer,
      success: boolean,
      destinationPrefix: text,
      destinationInitialInterval: integer,
      destinationInitialRate: decimal,
      destinationNextInterval: integer,
      destinationNextRate: decimal,
      destinationFee: decimal,
      destinationReverseBilling: boolean,
      customerAccVat: decimal,
      customerPrice: decimal,
      customerPriceNoVat: decimal,
      customerDuration: integer,
      dialpeerPrefix: text,
      dialpeerInitialInterval: integer,
      dialpeerInitialRate: decimal,
      dialpeerNextInterval: integer,
      dialpeerNextRate: decimal,
      dialpeerFee: decimal,
      dialpeerReverseBilling: boolean,
      vendorPrice: decimal,
      vendorDuration: integer,
      srcNameIn: text,
      srcPrefixIn: text,
      fromDomain: text,
      dstPrefixIn: text,
      toDomain: text,
      ruriDomain: text,
      diversionIn: text,
      srcNameOut: text,
      srcPrefixOut: text,
      dstPrefixOut: text,
      diversionOut: text,
      srcPrefixRouting: text,
      dstPrefixRouting: text,
      localTag: text,
      legaDisconnectCode: integer,
      legaDisconnectReason: text,
      legbDisconnectCode: integer,
      legbDisconnectReason: text,
      authOrigTransportProtocolId: smallint,
      authOrigIp: inet,
      authOrigPort: integer,
      signTermIp: text,
      signTermPort: integer,
      signTermTransportProtocolId: smallint,
      origCallId: text,
      termCallId: text,
      legaUserAgent: text,
      legbUserAgent: text,
      paiIn: text,
      ppiIn: text,
      privacyIn: text,
      rpidIn: text,
      rpidPrivacyIn: text,
      audioRecorded: boolean,
    }),
  ],
  [
    'cdr-exports',
    defineKind(
      cdrExport,
      {
        id: integer,
        uuid,
        customerId: integer,
        customerAccountId: integer,
        filters: jsonObject,
        fields: jsonList,
        status: oneOf('Pending', 'Completed', 'Failed', 'Deleted'),
        rowsCount: integer,
        timeFormat: oneOf('with_timezone', 'without_timezone', 'round_to_seconds'),
        timeZoneName: text,
        createdAt: time,
        updatedAt: time,
      },
      'uuid',
    ),
  ],
])

/** A row keeps well below the 2 MB that D1 takes, even if each character is escaped and folded. Texts that are cut do not count. */
const MOST_CHARACTERS = 100_000

/** Reads a row's values; a sentence where one cannot be read. */
export function readRow(kind: Kind, json: JsonObject): Values<Value | Password> | string {
  const values: Values<Value | Password> = []
  let characters = 0
  for (const [index, { name, type, whenNull }] of kind.columns.entries()) {
    const given = json[name]
    const value = given === null ? whenNull : given === undefined ? undefined : type.read(given)
    if (value === undefined && given !== undefined) {
      // A wished id that is null is no wish.
      if (given !== null) return `${name} is not ${type.name}.`
      if (index !== kind.wishedId) return `${name} must not be null.`
    }
    values.push(value)
    if (typeof value === 'string' && !kind.cut.includes(index)) characters += value.length
  }
  if (characters > MOST_CHARACTERS) return `The row has more than ${MOST_CHARACTERS} characters.`
  const { name: key } = kind.columns[kind.key]!
  if (values[kind.key] === undefined) return `${key} is missing.`
  const password = kind.digest === undefined ? undefined : json['password']
  if (password === undefined) return values
  if (password !== null && (typeof password !== 'string' || password === '')) return 'password is not a text, or empty.'
  values[kind.digest!] = password === null ? null : new Password(password)
  return values
}
