/** What may befall a call to D1: it is refused, or done and the answer is lost. */
export type Fault = 'none' | 'refused' | 'lost'

/** D1 whose transactions meet, one after the other, what `next` says. */
export function withFaults(d1: D1Database, next: () => Fault): D1Database {
  const batch = (session: D1DatabaseSession) => async (statements: D1PreparedStatement[]) => {
    const fault = next()
    if (fault === 'refused') throw new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.')
    const results = await session.batch(statements)
    if (fault === 'lost') throw new Error('D1_ERROR: Network connection lost.')
    return results
  }
  const watch = (session: D1DatabaseSession) =>
    new Proxy(session, {
      get(target, name) {
        if (name === 'batch') return batch(target)
        const member = Reflect.get(target, name) as unknown
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      },
    })
  return new Proxy(d1, {
    get(target, name) {
      if (name === 'withSession') return (start: string) => watch(target.withSession(start))
      const member = Reflect.get(target, name) as unknown
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
