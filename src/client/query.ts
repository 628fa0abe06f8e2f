// A query becomes the search part of a URL.

/** The members of a query, whatever the resource. */
export interface AnyQuery {
  filter?: Readonly<Record<string, unknown>>
  sort?: readonly string[]
  fields?: Readonly<Record<string, readonly string[] | undefined>>
  include?: readonly string[]
  page?: { number?: number | undefined; size?: number | undefined }
}

/** The search part of a URL, with its `?`; empty for an empty query. */
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
    params.set(`filter[${name}]`, toCsv(value))
  } else if (value.length > 0) {
    params.set(`filter[${name}]`, value.map(toCsv).join(','))
  } else if (!name.endsWith('_not_in')) {
    // To the API an empty filter says nothing, and all objects would come; an empty list of ids is what none of them is in.
    params.set('filter[id]', '')
  }
}

/** One value of CSV, as filters are written. */
function toCsv(value: unknown): string {
  const text = value instanceof Date ? value.toISOString() : String(value)
  return /[,"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
