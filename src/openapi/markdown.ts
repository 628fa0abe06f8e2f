// Tables in the guides, padded as the formatter would.
export const code = (text: string) => `\`${text}\``

/** Rows as a table in Markdown; the first is its head. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

/** A guide with a table put in, between the comments that bear its name. */
export const withTable = (guide: string, name: string, table: string): string =>
  guide.replace(
    new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`),
    (_, start: string, end: string) => `${start}\n${table}\n${end}`,
  )
