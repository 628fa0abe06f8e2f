import { parseArgs } from 'node:util'
import type { ParseArgsConfig } from 'node:util'

/** Reads the options. `--help` is answered with the usage, a mistake with the usage and exit code 2. */
export const readCommandLine = <Config extends ParseArgsConfig>(usage: string, config: Config) => {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    console.log(usage)
    process.exit(0)
  }
  try {
    return parseArgs(config)
  } catch (error) {
    return misuse(usage, (error as Error).message.split('. ')[0]!)
  }
}

export const misuse: (usage: string, message: string) => never = (usage, message) => {
  console.error(`${message}\n\n${usage}`)
  process.exit(2)
}
