import { setTimeout } from 'node:timers/promises'

/** D1 as it is, with every call to it written down: the SQL of each statement that made the trip. */
export function recorded(d1: D1Database): { d1: D1Database; trips: string[][] } {
  const trips: string[][] = []
  const sqlOf = new WeakMap<object, string>()
  const watch = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const watched = new Proxy(statement, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          if (name !== 'bind') trips.push([sql])
          const result = Reflect.apply(member, target, args) as unknown
          return name === 'bind' ? watch(result as D1PreparedStatement, sql) : result
        }
      },
    })
    sqlOf.set(watched, sql)
    originals.set(watched, statement)
    return watched
  }
  const originals = new WeakMap<object, D1PreparedStatement>()
  const watchAll = <Target extends D1Database | D1DatabaseSession>(whole: Target): Target =>
    new Proxy(whole, {
      get(target, name) {
        if (name === 'prepare') return (sql: string) => watch(target.prepare(sql), sql)
        if (name === 'withSession') return (start: string) => watchAll((target as D1Database).withSession(start))
        if (name === 'batch') {
          return (statements: D1PreparedStatement[]) => {
            trips.push(statements.map((statement) => sqlOf.get(statement) ?? ''))
            return target.batch(statements.map((statement) => originals.get(statement) ?? statement))
          }
        }
        const member = Reflect.get(target, name) as unknown
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      },
    })
  return { d1: watchAll(d1), trips }
}

/** D1 that fails as the real one does: every call is refused. */
export function failing(d1: D1Database): D1Database {
  const refuse = () => Promise.reject(new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.'))
  const broken = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (target, name) => (name === 'bind' ? (...values: unknown[]) => broken(target.bind(...values)) : refuse),
    })
  const breakAll = <Target extends D1Database | D1DatabaseSession>(whole: Target): Target =>
    new Proxy(whole, {
      get(target, name) {
        if (name === 'prepare') return (sql: string) => broken(target.prepare(sql))
        if (name === 'withSession') return (start: string) => breakAll((target as D1Database).withSession(start))
        return name === 'getBookmark' ? () => null : refuse
      },
    })
  return breakAll(d1)
}

/** D1 that takes so long for each of its answers. */
export function late(d1: D1Database, milliseconds: number): D1Database {
  const slow = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(whole, name) {
        const member = Reflect.get(whole, name) as unknown
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          const result = Reflect.apply(member, whole, args) as unknown
          if (result instanceof Promise) return result.finally(() => setTimeout(milliseconds))
          return typeof result === 'object' && result !== null ? slow(result) : result
        }
      },
    })
  return slow(d1)
}
