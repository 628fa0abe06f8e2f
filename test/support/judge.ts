// Compares an answer with a recorded one. What is compared depends on the kind of case:
//   exact    status, the headers that were recorded, the body byte for byte
//   ties     as exact, but rows with equal sort keys may stand in any order
//   errors   one of the statuses, with a JSON:API error document
//   status   one of the statuses
//   nocrash  any status below 500
//   volatile status, content type and the shape of the body
export interface Case {
  name: string
  method: string
  path: string
  headers: Record<string, string>
  body: string | null
  expect: {
    kind: 'exact' | 'ties' | 'errors' | 'status' | 'nocrash' | 'volatile'
    status: number | number[]
    headers?: Record<string, string>
    absent?: string[]
    body?: string
  }
}

interface Document {
  data?: { id: string; attributes?: Record<string, unknown> }[]
  meta?: { 'total-count': number }
  links?: unknown
  errors?: Record<string, string>[]
}

const parse = (text: string) => {
  try {
    return JSON.parse(text) as Document
  } catch {
    return undefined
  }
}

/** `as recorded`, or what differs. */
export async function judge({ method, path, expect }: Case, response: Response): Promise<string> {
  const body = await response.text()
  const statuses = [expect.status].flat()
  if (expect.kind === 'nocrash') return response.status < 500 ? 'as recorded' : `status ${response.status}`
  if (!statuses.includes(response.status)) return `status ${response.status}, not ${statuses.join(' or ')}: ${body.slice(0, 200)}`
  if (expect.kind === 'status') return 'as recorded'
  const hasBody = method !== 'HEAD' && response.status !== 204
  if (expect.kind === 'errors') {
    const errors = parse(body)?.errors ?? []
    const whole = errors.length > 0 && errors.every(({ title, detail, code, status }) => title && detail && code && status)
    return whole || !hasBody ? 'as recorded' : `not an error document: ${body.slice(0, 200)}`
  }
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    // The runtime never sends a length with a 304; nor does the contract (L.2), though the recordings do.
    if (name === 'content-length' && (method === 'HEAD' || response.status === 304)) continue
    if ((response.headers.get(name) ?? '') !== value) return `${name}: ${response.headers.get(name)}, not ${value}`
  }
  const extra = (expect.absent ?? []).find((name) => response.headers.has(name))
  if (extra) return `${extra}: ${response.headers.get(extra)}, not absent`
  if (expect.body === undefined || !hasBody) return 'as recorded'
  if (expect.kind === 'exact') return body === expect.body ? 'as recorded' : differenceOf(body, expect.body)
  const got = parse(body)
  const wanted = parse(expect.body)
  if (expect.kind === 'volatile') {
    return JSON.stringify(shapeOf(got)) === JSON.stringify(shapeOf(wanted)) ? 'as recorded' : `another shape: ${body.slice(0, 300)}`
  }
  return judgeTies(path, got, wanted)
}

function judgeTies(path: string, got: Document | undefined, wanted: Document | undefined): string {
  if (JSON.stringify([got?.meta, got?.links]) !== JSON.stringify([wanted?.meta, wanted?.links])) return 'meta or links differ'
  const rows = got?.data ?? []
  const wantedRows = wanted?.data ?? []
  if (rows.length !== wantedRows.length) return `${rows.length} rows, not ${wantedRows.length}`
  for (const key of sortKeysOf(path)) {
    const values = (list: NonNullable<Document['data']>) =>
      JSON.stringify(list.map((row) => (key === 'id' ? row.id : row.attributes?.[key])))
    if (values(rows) !== values(wantedRows)) return `the order by ${key} differs`
  }
  const sorted = (list: unknown[]) => JSON.stringify(list.map((row) => JSON.stringify(row)).sort())
  const complete = wanted?.meta?.['total-count'] === wantedRows.length
  return complete && sorted(rows) !== sorted(wantedRows) ? 'other rows' : 'as recorded'
}

function sortKeysOf(path: string): string[] {
  const sort = new URL(path, 'http://example.org').searchParams.get('sort')
  if (!sort) return [path.includes('/cdr-exports') ? 'created-at' : path.includes('/accounts') ? 'id' : 'time-start']
  return sort.split(',').map((key) =>
    key
      .replace(/^-/, '')
      .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
      .replaceAll('_', '-')
      .toLowerCase(),
  )
}

const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (value === null || typeof value !== 'object') return value === null ? null : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]))
}

function differenceOf(got: string, wanted: string): string {
  let at = 0
  while (got[at] === wanted[at]) at++
  return `differs at ${at}: …${got.slice(Math.max(0, at - 30), at + 80)}… not …${wanted.slice(Math.max(0, at - 30), at + 80)}…`
}
