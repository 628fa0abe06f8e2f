import { OperatorApiError } from '../operator.ts'
import type { Kind, OperatorApi, Stored } from '../operator.ts'
import type { BadRow, GoodRow } from './rows.ts'

/** The server takes the form of a body from its first line; one that is no row by itself must not decide for the others. */
const isRow = (json: string): boolean => {
  try {
    const row = JSON.parse(json) as { data?: unknown } | null
    return typeof row === 'object' && !Array.isArray(row?.data)
  } catch {
    return false
  }
}

/** Stores rows in one request; `bad` names the rejected ones by their line in the file. */
export const send = async (api: OperatorApi, kind: Kind, rows: GoodRow[]): Promise<Omit<Stored, 'errors'> & { bad: BadRow[] }> => {
  const start = rows.findIndex(({ json }) => isRow(json.toString()))
  if (start !== 0) return sendRest(api, kind, rows, start)
  const { errors, ...counts } = await put(api, kind, rows)
  const bad = errors.map(({ line, detail }) => ({ line: rows[line - 1]?.line ?? line, detail }))
  const lastNamed = errors.at(-1)?.line ?? rows.length
  // The server names only so many bad rows of a request. Sending what comes after them again stores nothing, and names more.
  const unnamed = counts.rejected > errors.length ? rows.slice(lastNamed) : []
  if (unnamed.length > 0) bad.push(...(await send(api, kind, unnamed)).bad)
  return { ...counts, bad }
}

const sendRest = async (api: OperatorApi, kind: Kind, rows: GoodRow[], start: number): ReturnType<typeof send> => {
  const bad = rows.slice(0, start < 0 ? rows.length : start).map(({ line }) => ({ line, detail: 'This is no row of JSON.' }))
  const { received, rejected, ...rest } =
    start < 0 ? { received: 0, stored: 0, unchanged: 0, rejected: 0, bad: [] } : await send(api, kind, rows.slice(start))
  return { ...rest, received: received + bad.length, rejected: rejected + bad.length, bad: [...bad, ...rest.bad] }
}

/** A lone row is a whole document to the server, which refuses it as one; it is still only a bad row. */
const put = async (api: OperatorApi, kind: Kind, rows: GoodRow[]): Promise<Stored> => {
  try {
    return await api.put(kind, Buffer.concat(rows.flatMap(({ json }) => [json, newline])))
  } catch (error) {
    if (!(error instanceof OperatorApiError) || rows.length > 1 || !rowRefusals.includes(error.status)) throw error
    return { received: 1, stored: 0, unchanged: 0, rejected: 1, errors: [{ line: 1, detail: error.message }] }
  }
}

const newline = Buffer.from('\n')
const rowRefusals = [400, 413, 422]
