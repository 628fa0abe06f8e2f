const MOST_COLUMNS = 240

/** JSON that a person can read and a diff can show: what fits is on one line. */
export function toJson(value: unknown, indent = ''): string {
  const short = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || indent.length + short.length <= MOST_COLUMNS) return short
  const deeper = `${indent}  `
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const members = Array.isArray(value)
    ? value.map((element) => toJson(element, deeper))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => `${JSON.stringify(name)}: ${toJson(member, deeper)}`)
  return `${open}\n${members.map((member) => deeper + member).join(',\n')}\n${indent}${close}`
}
