// What Linux tells of a process, in /proc. Elsewhere all of these know nothing.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** CPU time is counted in these: USER_HZ, which is 100 on every Linux. */
const TICK_MICROSECONDS = 10_000

const read = <Result>(reading: () => Result, otherwise: Result): Result => {
  try {
    return reading()
  } catch {
    return otherwise
  }
}

const statOf = (id: number) => read(() => readFileSync(`/proc/${id}/stat`, 'utf8'), '')

/** The fields of a stat from the third on: a name in parentheses, which may hold anything, stands before them. */
const fieldsOf = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')

/** The processes with this name that a process has started, or those that it started. */
export const startedBy = (id: number, name: string): number[] => {
  const stats = read(() => readdirSync('/proc'), [])
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => [Number(entry), statOf(Number(entry))] as const)
  const parents = new Map(stats.map(([child, stat]) => [child, Number(fieldsOf(stat)[1])]))
  const isUnder = (child: number | undefined): boolean => child !== undefined && (child === id || isUnder(parents.get(child)))
  return stats.filter(([child, stat]) => stat.includes(`(${name})`) && isUnder(child)).map(([child]) => child)
}

/** The CPU time that a process has used, its own and the kernel's for it. */
export const cpuMicroseconds = (id: number): number => {
  const fields = fieldsOf(statOf(id))
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS
}

/** The ports of 127.0.0.1 that a process listens on. */
export const portsOf = (id: number): number[] => {
  const sockets = read(() => readdirSync(`/proc/${id}/fd`), []).map((file) => read(() => readlinkSync(`/proc/${id}/fd/${file}`), ''))
  const lines = read(() => readFileSync(`/proc/${id}/net/tcp`, 'utf8'), '').split('\n')
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
    return state === '0A' && sockets.includes(`socket:[${inode}]`) ? [Number.parseInt(local.split(':')[1]!, 16)] : []
  })
}
