/** D1 as it is, counting what statements by themselves cost: those of a batch are not counted. */
export function metered(d1: D1Database): { d1: D1Database; meter: { trips: number; read: number; written: number } } {
  const meter = { trips: 0, read: 0, written: 0 }
  const count = async (statement: D1PreparedStatement) => {
    const result = await statement.all()
    meter.trips++
    meter.read += result.meta.rows_read
    meter.written += result.meta.rows_written
    return result
  }
  const watch = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(of, name) {
        switch (name) {
          case 'bind':
            return (...values: unknown[]) => watch(of.bind(...values))
          case 'raw':
            return async () => (await count(of)).results.map((row) => Object.values(row))
          case 'all':
          case 'run':
            return () => count(of)
          default:
            return Reflect.get(of, name) as unknown
        }
      },
    })
  const watchAll = <Target extends D1Database | D1DatabaseSession>(whole: Target): Target =>
    new Proxy(whole, {
      get(of, name) {
        if (name === 'prepare') return (sql: string) => watch(of.prepare(sql))
        if (name === 'withSession') return (start: string) => watchAll((of as D1Database).withSession(start))
        const member = Reflect.get(of, name) as unknown
        return typeof member === 'function' ? (member.bind(of) as unknown) : member
      },
    })
  return { d1: watchAll(d1), meter }
}

/** A Worker that tells its costs as the service does, where it is told to. */
export function withCosts<E extends { DB: D1Database; SERVER_TIMING?: string }>(
  fetch: (request: Request, env: E) => Promise<Response> | Response,
) {
  return {
    async fetch(request: Request, env: E): Promise<Response> {
      if (!env.SERVER_TIMING) return fetch(request, env)
      const { d1, meter } = metered(env.DB)
      const response = await fetch(request, { ...env, DB: d1 })
      response.headers.set('server-timing', `db;desc="trips=${meter.trips} read=${meter.read} written=${meter.written}"`)
      return response
    },
  }
}
