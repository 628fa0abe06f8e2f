import { ROOT } from '../../src/roots.ts'
import { demoRows } from '../demo.ts'
import { demoId } from '../demo/cast.ts'
import { kinds, operatorApi } from '../operator.ts'
import { signToken } from './token.ts'

const rowsPerRequest = 500

/** Loads the demo data if the database is empty, and says whether it was. */
export const loadDemo = async (url: string, key: string): Promise<boolean> => {
  const api = operatorApi(url, key)
  const { customers, cdrs } = await api.status()
  if (customers !== 0 || cdrs !== 0) return false

  const rows = demoRows(new Date())
  for (const kind of kinds) {
    const lines = (rows[kind] ?? []).map((row) => JSON.stringify(row))
    while (lines.length > 0) {
      const { rejected, errors } = await api.put(kind, Buffer.from(lines.splice(0, rowsPerRequest).join('\n')))
      if (rejected > 0) throw new Error(`The server refused demo rows (${kind}): ${errors[0]?.detail}`)
    }
  }
  return true
}

/** Whether the demo customer can sign in: an earlier start may have loaded it. */
export const hasDemo = async (url: string, secret: string): Promise<boolean> => {
  const headers = { accept: 'application/vnd.api+json', authorization: signToken(secret, demoId, new Date()) }
  const { status } = await fetch(`${url}${ROOT}/accounts?page%5Bsize%5D=1`, { headers })
  return status === 200
}
