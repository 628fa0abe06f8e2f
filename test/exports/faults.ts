// The Worker's bindings as they are, with every call to what the Worker depends on seen by a watcher.
const BINDINGS = ['DB', 'FILES', 'EXPORTS', 'API_LIMIT', 'LOGIN_LIMIT'] as const
export type Binding = (typeof BINDINGS)[number]

/**
 * Sees a call before it is made and after. What it throws, the call throws; what it waits for, the call waits for. If it says `twice` before a
 * call, the call is made twice, one after the other, and the second answers. `number` counts the calls of a request from 0, also those that are made at
 * the same time.
 */
export type Watch = (call: string, when: 'before' | 'after', binding: Binding, number: number) => void | 'twice' | Promise<void>

const CALLS = new Set(
  'raw all first run batch get put head delete list createMultipartUpload uploadPart complete abort createBatch status terminate limit'.split(
    ' ',
  ),
)
/** These return another object whose calls count, but are none themselves. */
const OPENINGS = new Set(['prepare', 'bind', 'withSession', 'resumeMultipartUpload'])

const originals = new WeakMap<object, object>()
const originalOf = (value: unknown): unknown => originals.get(value as object) ?? value

function watched<Target extends object>(target: Target, binding: Binding, watch: Watch, count: () => number): Target {
  const proxy = new Proxy(target, {
    get(of, name) {
      const member = Reflect.get(of, name) as unknown
      const call = String(name)
      if (typeof member !== 'function') return member
      if (OPENINGS.has(call)) return (...args: unknown[]) => watched(Reflect.apply(member, of, args) as object, binding, watch, count)
      if (!CALLS.has(call)) return member.bind(of) as unknown
      return async (...args: unknown[]) => {
        const number = count()
        const again = await watch(call, 'before', binding, number)
        const given = call === 'batch' ? [(args[0] as unknown[]).map(originalOf)] : args
        if (again === 'twice') await Reflect.apply(member, of, given)
        const result: unknown = await Reflect.apply(member, of, given)
        await watch(call, 'after', binding, number)
        return binding === 'EXPORTS' && call === 'get' ? watched(result as object, binding, watch, count) : result
      }
    },
  })
  originals.set(proxy, target)
  return proxy
}

/** An environment whose dependencies are watched. */
export function watchedBindings(env: Env, watch: Watch): Env {
  let calls = 0
  const count = () => calls++
  const seen = BINDINGS.flatMap((name) => (env[name] ? [[name, watched<object>(env[name], name, watch, count)]] : []))
  return { ...env, ...(Object.fromEntries(seen) as Partial<Env>) }
}
