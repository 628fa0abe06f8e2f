import type { Param, Query } from './parse.ts'

/** Form encoding as the reference's links have it: blank is `+`, only letters, digits and `-_.~` stay (contract G). */
export function encodeForm(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function pairs(name: string, param: Param): string {
  if (param === null) return `${encodeForm(name)}=`
  if (typeof param === 'string') return `${encodeForm(name)}=${encodeForm(param)}`
  if (Array.isArray(param)) return param.map((element) => pairs(`${name}[]`, element)).join('&')
  return [...param]
    .filter(([, value]) => !(typeof value === 'object' && value !== null && sizeOf(value) === 0))
    .map(([key, value]) => pairs(`${name}[${key}]`, value))
    .sort(byBytes)
    .join('&')
}

const sizeOf = (param: Param[] | Map<string, Param>) => (Array.isArray(param) ? param.length : param.size)

/** Percent-encoded text is ASCII, where UTF-16 order is byte order. */
const byBytes = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Makes the links of a list: the query as it was sent, with another page number. */
export function pageLinks(address: string, query: Query, size: number): (number: bigint) => string {
  const echoed = (['fields', 'filter', 'include', 'sort'] as const)
    .map((name) => (query[name] === undefined ? '' : pairs(name, query[name])))
    .filter((pair) => pair !== '')
  return (number) => `${address}?${[...echoed, `page%5Bnumber%5D=${number}&page%5Bsize%5D=${size}`].sort(byBytes).join('&')}`
}
