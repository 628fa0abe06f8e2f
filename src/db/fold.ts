// Text search ignores case, for all of Unicode, one code point at a time. SQLite's lower() folds ASCII only, so a row keeps, in its column
// `folded`, a JSON object of just those texts that lower() would fold wrongly; for nearly every row that is NULL and costs nothing.
import { sql, type SQL } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'
import { getTableColumns } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'

// oxlint-disable-next-line no-control-regex -- ASCII is the range meant
const ASCII = /^[\u0000-\u007f]*$/

/** Lower case, code point by code point, one to one: İ is i, ẞ is ß, a final ς stays itself. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  let folded = ''
  for (const character of text) {
    const lower = character.toLowerCase()
    folded += lower.length > character.length ? String.fromCodePoint(lower.codePointAt(0)!) : lower
  }
  return folded
}

/** What SQLite's lower() makes of a text. */
const lowerAscii = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** The `folded` object of a row: its texts that lower() folds wrongly, by column name; null if there is none. */
export function foldedTexts(texts: Iterable<readonly [column: string, text: string]>): Record<string, string> | null {
  let wrong: Record<string, string> | null = null
  for (const [column, text] of texts) {
    if (ASCII.test(text)) continue
    const folded = fold(text)
    if (folded !== lowerAscii(text)) (wrong ??= {})[column] = folded
  }
  return wrong
}

const names = new CasingCache('snake_case')

/** The folded text of a column, in SQL. The column's table has a column `folded`. */
export function foldedColumn(column: SQLiteColumn): SQL {
  const folded = getTableColumns(column.table)['folded']
  return sql`coalesce(${folded}->>${sql.raw(`'${names.getColumnCasing(column)}'`)}, lower(${column}))`
}
