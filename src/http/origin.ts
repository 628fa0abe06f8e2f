/** Whether a page of somebody else may have made a browser send this. Programs send neither header; `*` is nobody's origin in particular. */
export function isCrossSite({ headers, url }: Request, allowed: readonly string[]): boolean {
  if (headers.get('sec-fetch-site') === 'cross-site') return true
  const origin = headers.get('origin')
  return origin !== null && origin !== new URL(url).origin && !allowed.includes(origin)
}
