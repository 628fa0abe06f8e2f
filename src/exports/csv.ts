// CSV as PostgreSQL's COPY writes it: the header bare, every value in quotes, null as nothing at all.
import type { Cell } from '../db/database.ts'
import type { Column } from './columns.ts'

/** The line of the headers. */
export const csvHeader = (columns: readonly Column[]) => `${columns.map(({ header }) => header).join(',')}\n`

/** The line of a row, whose first cells are the columns' values. */
export function csvLine(columns: readonly Column[], row: readonly Cell[]): string {
  let line = ''
  for (let at = 0; at < columns.length; at++) {
    const stored = row[at] ?? null
    if (at > 0) line += ','
    if (stored !== null) line += quote(columns[at]!.write(stored))
  }
  return `${line}\n`
}

const quote = (text: string) => (text.includes('"') ? `"${text.replaceAll('"', '""')}"` : `"${text}"`)
