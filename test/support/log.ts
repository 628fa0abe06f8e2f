// Keeps the tests silent. An error in the log fails the test that does not ask for it; a warning is of what clients do, and harms none.
import { afterEach, expect } from 'vitest'

let lines: { level: 'error' | 'warn'; line: string }[] = []

for (const level of ['error', 'warn'] as const) {
  console[level] = (...words: unknown[]) => void lines.push({ level, line: words.map(String).join(' ') })
}

/** The warnings and errors that were logged since they were last taken. */
export function takeLog(): string[] {
  const taken = lines.map(({ line }) => line)
  lines = []
  return taken
}

afterEach(() => {
  const errors = lines.filter(({ level }) => level === 'error').map(({ line }) => line)
  lines = []
  expect(errors, 'errors in the log that no test asks for').toEqual([])
})
