// An export is its customer's who ordered it (deviation 29). The switch does not tell who that was: it is the owner that the account has when the
// export comes, or that it gets first if the account comes later.
import { getTableName } from 'drizzle-orm'
import { account, cdrExport } from '../db/schema.ts'
import { toJsonArray, type Statement } from '../db/statement.ts'
import type { Kind, Values } from './schema.ts'

const [EXPORTS, ACCOUNTS] = [getTableName(cdrExport), getTableName(account)]

/** Gives exports that have no customer yet the one that can now be known. To be run after the rows are stored. */
export function claimStatements({ claims, key }: Kind, rows: readonly Values[]): Statement[] {
  if (claims === undefined || rows.length === 0) return []
  const sql = [
    `UPDATE ${EXPORTS} SET customer_id = ${ACCOUNTS}.customer_id FROM ${ACCOUNTS}`,
    `WHERE ${EXPORTS}.${claims} IN (SELECT value FROM json_each(?1)) AND ${EXPORTS}.customer_id IS NULL`,
    `AND ${ACCOUNTS}.id = ${EXPORTS}.customer_account_id AND ${ACCOUNTS}.customer_id IS NOT NULL`,
  ].join(' ')
  return [{ sql, values: toJsonArray(rows.map((row) => row[key]!)) }]
}
