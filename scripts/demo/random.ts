/** Chance with a seed (mulberry32): the same calls come out wherever the demo is loaded. */
export function seededRandom(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const upTo = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    upTo,
    digits: (count: number) => String(upTo(10 ** count)).padStart(count, '0'),
    hex: (count: number) => Array.from({ length: count }, () => upTo(16).toString(16)).join(''),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: <T extends { weight: number }>(items: readonly T[]): T => {
      let left = next() * items.reduce((sum, { weight }) => sum + weight, 0)
      return items.find(({ weight }) => (left -= weight) < 0) ?? items[0]!
    },
  }
}

export type Random = ReturnType<typeof seededRandom>
