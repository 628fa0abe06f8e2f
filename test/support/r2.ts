type Operation = 'get' | 'head'

/** R2 as it is, with the name of every operation written down. */
export function watchedBucket(bucket: R2Bucket): { bucket: R2Bucket; operations: string[] } {
  const operations: string[] = []
  return { operations, bucket: intercepted(bucket, (name) => void operations.push(name)) }
}

/** R2 that fails as the real one does, at these operations. */
export const failingBucket = (bucket: R2Bucket, at: readonly Operation[] = ['get', 'head']) =>
  intercepted(bucket, (name) => {
    if (at.includes(name as Operation)) throw new Error(`${name}: We encountered an internal error. Please try again. (10001)`)
  })

const intercepted = (bucket: R2Bucket, before: (operation: string) => void) =>
  new Proxy(bucket, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as unknown
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        before(String(name))
        return Reflect.apply(member, target, args) as unknown
      }
    },
  })
