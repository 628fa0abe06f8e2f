// Addresses are kept as text that sorts and equals as PostgreSQL's inet does: family (`4`, `6`), the network padded with zeros in hex,
// the prefix length as two hex digits, then the whole address if it is not the network's own.
//   10.0.0.1 = 40a00000120   10.0.0.0/8 = 40a00000008   10.1.2.3/8 = 40a000000080a010203

/** PostgreSQL takes zeros before an octet, and a point behind the last, but neither in the IPv4 end of an IPv6 address. */
const IPV4 = /^\d+(?:\.\d+){0,3}\.?$/
const EMBEDDED = /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){3}$/
const GROUP = /^[0-9a-f]{1,4}$/i

const hex = (value: number, width: number) => value.toString(16).padStart(width, '0')

/** Turns an IPv4 or IPv6 address or network into sortable text; undefined if PostgreSQL would not read it. */
export function encodeInet(text: string): string | undefined {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const mask = slash < 0 ? undefined : text.slice(slash + 1)
  const six = address.includes(':')
  if (mask !== undefined && !(six ? /^(?:0|[1-9]\d*)$/ : /^\d+$/).test(mask)) return undefined
  const whole = six ? readIpv6(address) : readIpv4(address, mask)
  if (whole === undefined) return undefined
  const bits = mask === undefined ? whole.length * 4 : Number(mask)
  if (bits > whole.length * 4) return undefined
  const network = cut(whole, bits)
  return (six ? '6' : '4') + network + hex(bits, 2) + (network === whole ? '' : whole)
}

const ZERO_BEFORE_OCTET = /^(?:\d+\.)*0\d/
const THREE_DIGITS_EACH = /^\d{3}(?:\.\d{3})*(?:\/|$)/

/**
 * Reads the address of a filter: as `encodeInet` does, but a zero before an octet only where all octets have three digits. Elsewhere an octal
 * number may be meant, and the reference refuses it.
 */
export const readInet = (text: string) => (ZERO_BEFORE_OCTET.test(text) && !THREE_DIGITS_EACH.test(text) ? undefined : encodeInet(text))

/** PostgreSQL's text of a stored address: the mask only when it is not a single host. */
export function decodeInet(stored: string): string {
  const six = stored[0] === '6'
  const width = six ? 32 : 8
  const bits = Number.parseInt(stored.slice(1 + width, 3 + width), 16)
  const whole = stored.slice(3 + width) || stored.slice(1, 1 + width)
  const address = six ? showIpv6(whole) : showIpv4(whole)
  return bits === width * 4 ? address : `${address}/${bits}`
}

/** An IPv4 address or network written as IPv6 (RFC 4291 2.5.5.2), stored. */
const MAPPED = /^60{20}ffff([\da-f]{8})([67][\da-f]|80)/

function unmap(stored: string): string {
  const [, address, bits] = MAPPED.exec(stored) ?? []
  return address === undefined || bits === undefined ? stored : `4${address}${hex(Number.parseInt(bits, 16) - 96, 2)}`
}

/** Whether a stored network holds a stored address. An IPv4 address is the same in either family's notation. */
export function holds(network: string, address: string): boolean {
  const outer = unmap(network)
  const inner = unmap(address)
  if (outer[0] !== inner[0]) return false
  const width = outer[0] === '6' ? 32 : 8
  const bits = Number.parseInt(outer.slice(1 + width, 3 + width), 16)
  return cut(inner.slice(1, 1 + width), bits) === outer.slice(1, 1 + width)
}

/** Octets left out are zero, but only where a mask says how many count: `10.1/16`. */
function readIpv4(address: string, mask: string | undefined): string | undefined {
  if (!IPV4.test(address)) return undefined
  const octets = address.replace(/\.$/, '').split('.').map(Number)
  if (octets.some((octet) => octet > 255)) return undefined
  if (octets.length < 4 && (mask === undefined || Math.floor(Number(mask) / 8) > octets.length)) return undefined
  return octets
    .map((octet) => hex(octet, 2))
    .join('')
    .padEnd(8, '0')
}

function readIpv6(address: string): string | undefined {
  const tail = /^(.*:)([\d.]+\.[\d.]+)$/.exec(address)
  let text = address
  if (tail) {
    const embedded = EMBEDDED.test(tail[2]!) ? readIpv4(tail[2]!, undefined) : undefined
    if (embedded === undefined) return undefined
    text = `${tail[1]}${embedded.slice(0, 4)}:${embedded.slice(4)}`
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const given = groups.flat()
  if (!given.every((group) => GROUP.test(group))) return undefined
  const missing = 8 - given.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const [head = [], rest = []] = groups
  return [...head, ...Array<string>(missing).fill('0'), ...rest].map((group) => group.toLowerCase().padStart(4, '0')).join('')
}

function cut(whole: string, bits: number): string {
  const full = bits >> 2
  const partial = bits & 3
  if (partial === 0) return whole.slice(0, full).padEnd(whole.length, '0')
  const digit = Number.parseInt(whole[full]!, 16) & (0xf << (4 - partial)) & 0xf
  return (whole.slice(0, full) + hex(digit, 1)).padEnd(whole.length, '0')
}

const showIpv4 = (whole: string) => (whole.match(/../g) ?? []).map((octet) => Number.parseInt(octet, 16)).join('.')

/** The longest run of two or more zero groups becomes `::`; mapped and compatible IPv4 addresses end in dotted form (RFC 5952, as PostgreSQL). */
function showIpv6(whole: string): string {
  const groups = (whole.match(/..../g) ?? []).map((group) => Number.parseInt(group, 16))
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
    start += length
  }
  const dotted = best.start === 0 && (best.length === 6 || (best.length === 5 && groups[5] === 0xffff))
  const shown = groups.map((group) => group.toString(16))
  if (dotted) shown.splice(6, 2, showIpv4(whole.slice(24)))
  if (best.start < 0) return shown.join(':')
  const end = Math.min(best.start + best.length, shown.length)
  return `${shown.slice(0, best.start).join(':')}::${shown.slice(end).join(':')}`
}
