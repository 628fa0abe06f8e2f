// CSV as PostgreSQL's COPY writes it: the header bare, every value in quotes, null as nothing at all.
import type { Cell } from '../db/database.ts'
import type { Column } from './columns.ts'

/** The line of the headers. */
export const csvHeader = (columns: readonly Column[]) => `${columns.map(({ header }) => header).join(',')}\n`

/** The line of a row, whose first cells are the columns' values. */
export const csvLine = (columns: readonly Column[], row: readonly Cell[]) =>
  `${columns.map(({ write }, at) => writeCell(write, row[at] ?? null)).join(',')}\n`

const writeCell = (write: Column['write'], stored: Cell) => (stored === null ? '' : quote(write(stored)))

const quote = (text: string) => (text.includes('"') ? `"${text.replaceAll('"', '""')}"` : `"${text}"`)
