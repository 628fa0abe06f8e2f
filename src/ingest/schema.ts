// What the operator may load: each kind's table, and the type of each of its columns. Rows come in the spelling of the columns; keys that
// are none are ignored, since Yeti sends every column it has.
import { getTableColumns, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { nameOf, type Value } from '../db/statement.ts'
import { account, apiAccess, cdr, cdrExport, customer, incomingVendor, profile, transportProtocol } from '../db/schema.ts'
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
  column: SQLiteColumn
  type: Type
  /** What an explicit null stores; undefined where the column must have a value. */
  whenNull: Value | undefined
  /** A new row must have it. */
  required: boolean
}

/** What a kind has beside its columns. Columns are named as in `db/schema.ts`. */
interface Traits<Name extends string = string> {
  /** How rows are told apart. */
  knownBy: Name
  /** Where rows are known by another column, the internal id: it is given only as a wish. */
  wishedId?: Name
  /** The digest where rows may come with a password instead. */
  digest?: Name
  /** The column that keeps folded texts. */
  folded?: SQLiteColumn
  /** Its rows are counted, and those that cannot be stored are set aside. Long texts of them are cut. */
  counted?: boolean
  /** A column that the database fills in. */
  derived?: Derived
  /** The customer who may ask once the row is stored: by a token that names them, or by an access. */
  viewer?: Name
  /** By which of their columns the keys of its rows name exports whose customer may now be known: see `claim.ts`. */
  claims?: SQLiteColumn
  /** The operator may delete a row of it: nothing else names one, so none is left behind. */
  deletable?: boolean
}

/** A column that the database fills in from another one. */
interface Derived {
  column: SQLiteColumn
  from: SQLiteColumn
  /** Its value, from the other's. */
  toSql: (value: SQL) => SQL
}

/** What may be loaded: a table, and how rows of it are told apart. Columns that are named in `Traits` are indexes into `columns` here. */
export interface Kind extends Omit<Traits, 'knownBy' | 'wishedId' | 'digest' | 'viewer'> {
  table: SQLiteTable
  columns: readonly Column[]
  key: number
  wishedId: number | undefined
  digest: number | undefined
  viewer: number | undefined
  /** The texts that are cut where they are long. */
  cut: readonly number[]
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

/** Columns that loading keeps itself. */
type Kept = 'folded' | 'digest' | 'isIncoming'

type Names<Table extends SQLiteTable> = Exclude<keyof Table['$inferSelect'] & string, Kept>

function defineKind<Table extends SQLiteTable>(
  table: Table,
  types: Record<Names<Table>, Type>,
  { knownBy, wishedId, digest, viewer, ...traits }: Traits<Names<Table>>,
): Kind {
  const tableColumns: Record<string, SQLiteColumn> = getTableColumns(table)
  const properties = Object.keys(types) as Names<Table>[]
  const place = (name: Names<Table> | undefined) => (name === undefined ? undefined : properties.indexOf(name))
  return {
    ...traits,
    table,
    columns: properties.map((name) => toColumn(tableColumns[name]!, types[name], name === knownBy)),
    key: place(knownBy)!,
    wishedId: place(wishedId),
    digest: place(digest),
    viewer: place(viewer),
    cut: traits.counted ? properties.flatMap((name, at) => (types[name] === text ? [at] : [])) : [],
  }
}

function toColumn(column: SQLiteColumn, type: Type, isKey: boolean): Column {
  const whenNull = column.notNull ? (column.default as Value | undefined) : null
  return { name: nameOf(column), column, type, whenNull, required: whenNull === undefined && (isKey || !column.primary) }
}

/** Whether the vendor may ask for the CDR: see `incoming.ts`. */
const isIncoming: Derived = {
  column: cdr.isIncoming,
  from: cdr.vendorId,
  toSql: (vendor) => sql`exists (select 1 from ${incomingVendor} where ${incomingVendor.vendorId} = ${vendor})`,
}

const { id: _id, name: _name, ...granted } = getTableColumns(profile)

const profileTypes = {
  id: integer,
  name: text,
  ...Object.fromEntries(Object.keys(granted).map((property) => [property, boolean])),
} as Record<Names<typeof profile>, Type>

/** Every kind by its name in the path. */
export const kinds: ReadonlyMap<string, Kind> = new Map([
  ['customers', defineKind(customer, { id: integer, name: text, externalId: bigint }, { knownBy: 'id', viewer: 'id' })],
  [
    'accounts',
    defineKind(
      account,
      {
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
      },
      { knownBy: 'id', folded: account.folded, claims: cdrExport.customerAccountId },
    ),
  ],
  [
    'api-accesses',
    defineKind(
      apiAccess,
      {
        id: integer,
        customerId: integer,
        login: text,
        passwordDigest: digest,
        accountIds: integers,
        allowedIps: networks,
        allowListenRecording: boolean,
        customerPortalAccessProfileId: integer,
      },
      { knownBy: 'id', digest: 'passwordDigest', viewer: 'customerId', deletable: true },
    ),
  ],
  ['transport-protocols', defineKind(transportProtocol, { id: smallint, name: text }, { knownBy: 'id' })],
  ['profiles', defineKind(profile, profileTypes, { knownBy: 'id' })],
  [
    'cdrs',
    defineKind(
      cdr,
      {
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
      },
      { knownBy: 'id', counted: true, folded: cdr.folded, derived: isIncoming },
    ),
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
      { knownBy: 'uuid', wishedId: 'id', folded: cdrExport.folded, claims: cdrExport.uuid },
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
