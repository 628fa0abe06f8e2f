const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The entity tag of a body: weak, the first half of its SHA-256 (contract L.1). */
export async function entityTag(body: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
  let tag = 'W/"'
  for (let at = 0; at < 16; at++) tag += HEX[digest[at]!]!
  return `${tag}"`
}

/** Whether an If-None-Match names this tag, compared weakly (RFC 9110 8.8.3.2, 13.1.2). */
export function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  const opaque = tag.replace(/^W\//, '')
  return tagsOf(ifNoneMatch).some((one) => one.replace(/^W\//, '') === opaque)
}

/** Whether an If-Match names this strong tag (RFC 9110 13.1.1). */
export const matchesStrongly = (ifMatch: string, tag: string) => ifMatch.trim() === '*' || tagsOf(ifMatch).includes(tag)

const tagsOf = (header: string): string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? []
