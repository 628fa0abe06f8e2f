/** The id of a request: the client's own `X-Request-Id` where it has usable characters, else a new one (contract L.1). */
export function requestId(given: string | undefined): string {
  return given?.replace(/[^A-Za-z0-9_@-]/g, '').slice(0, 255) || crypto.randomUUID()
}
