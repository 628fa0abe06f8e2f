/** How often it is looked whether a place is free. A timer of its own: a request may not wait for what another request does. */
const LOOK_MILLISECONDS = 20

/** Lets a few pieces of work of one key run at a time, in this isolate; further ones wait a while for a place. */
export class Turns {
  readonly #running = new Map<string, number>()
  readonly #most: number
  readonly #patienceMilliseconds: number

  constructor(most: number, patienceMilliseconds: number) {
    this.#most = most
    this.#patienceMilliseconds = patienceMilliseconds
  }

  /** Runs work in a place of its key; undefined if none has become free in time, and then it has not begun. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result | undefined> {
    const latest = performance.now() + this.#patienceMilliseconds
    while (this.#of(key) >= this.#most) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
      // Locally the database has the same thread: a timer comes when the work has ended, and what has waited so long would begin after all.
      if (performance.now() >= latest) return undefined
    }
    this.#running.set(key, this.#of(key) + 1)
    try {
      return await work()
    } finally {
      const left = this.#of(key) - 1
      if (left > 0) this.#running.set(key, left)
      else this.#running.delete(key)
    }
  }

  #of(key: string): number {
    return this.#running.get(key) ?? 0
  }
}
