// An export belongs to the customer who ordered it (deviation 29). The switch does not tell who that was: it is the owner that the account has when
// the export comes, or the first one that the account gets if it comes later.
import { and, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { among, fixedFor, type Typed } from '../db/query.ts'
import { query, toJsonArray } from '../db/statement.ts'
import { account, cdrExport } from '../db/schema.ts'
import type { Kind, Values } from './schema.ts'

const CLAIM = fixedFor((named: SQLiteColumn) =>
  query
    .update(cdrExport)
    .set({ customerId: account.customerId })
    .from(account)
    .where(
      and(
        inArray(named, among()),
        isNull(cdrExport.customerId),
        eq(account.id, cdrExport.customerAccountId),
        isNotNull(account.customerId),
      ),
    ),
)

/** Gives exports that have no customer yet the one that can now be known. To be run after the rows are stored. */
export const claimStatements = ({ claims, key }: Kind, rows: readonly Values[]): Typed<unknown>[] =>
  claims === undefined || rows.length === 0 ? [] : [CLAIM(claims)(toJsonArray(rows.map((row) => row[key]!)))]
