// A query becomes the search part of a URL.

/** The members of a query, whatever the resource. */
export interface AnyQuery {
  filter?: Readonly<Record<string, unknown>>
  sort?: readonly string[]
  fields?: Readonly<Record<string, readonly string[] | undefined>>
  include?: readonly string[]
  page?: { number?: number | undefined; size?: number | undefined }
}

/** The search part of a URL, with its `?`; empty for an empty query. Throws a `TypeError` if a filter's value is none. */
export function toSearch({ filter = {}, sort, fields = {}, include, page = {} }: AnyQuery): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) setFilter(params, name, value)
  for (const [type, names] of Object.entries(fields)) if (names) params.set(`fields[${type}]`, names.join(',') || ',')
  for (const [name, value] of Object.entries(page)) if (value !== undefined) params.set(`page[${name}]`, String(value))
  if (sort && sort.length > 0) params.set('sort', sort.join(','))
  if (include && include.length > 0) params.set('include', include.join(','))
  return params.size === 0 ? '' : `?${params.toString()}`
}

function setFilter(params: URLSearchParams, name: string, value: unknown): void {
  if (!Array.isArray(value)) {
    params.set(`filter[${name}]`, toCsv(name, value))
  } else if (value.length > 0) {
    params.set(`filter[${name}]`, value.map((one) => toCsv(name, one)).join(','))
  } else if (!name.endsWith('_not_in')) {
    // To the API an empty filter says nothing, and all objects would come; an empty list of ids is what none of them is in.
    params.set('filter[id]', '')
  }
}

/** One value of CSV, as filters are written. What comes of a mistake would find other objects than were meant, so it is not sent. */
function toCsv(name: string, value: unknown): string {
  if (!isValue(value)) throw new TypeError(`${name} cannot be ${value instanceof Date ? 'an invalid date' : describe(value)}.`)
  const text = value instanceof Date ? value.toISOString() : String(value)
  return /[,"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function isValue(value: unknown): boolean {
  if (value instanceof Date) return !Number.isNaN(value.getTime())
  return typeof value === 'number' ? Number.isFinite(value) : ['string', 'bigint', 'boolean'].includes(typeof value)
}

const describe = (value: unknown) => (value === null || typeof value === 'number' ? String(value) : `of type ${typeof value}`)
