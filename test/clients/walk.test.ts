// A newcomer's walk: the shell lines of the guides, run as they are written, against a server with the demo data.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoRows } from '../../scripts/demo.ts'
import { startServer, type Server } from '../support/server.ts'

const project = join(import.meta.dirname, '../..')
const run = promisify(execFile)
let server: Server

beforeAll(async () => {
  server = await startServer()
  await server.load(demoRows(new Date()))
})
afterAll(() => server.stop())

/** The blocks of a guide in a language, in their order. */
const blocksOf = (guide: string, language: string) =>
  [...readFileSync(join(project, guide), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, named]) => named === language)
    .map(([, , text]) => text!)

/** Lines that start, build or deploy something are not the walk's to run. */
const isRequest = (block: string) => block.includes('curl') && !/^(?:npm|npx|git) /m.test(block)

/** Runs shell lines in one shell; an answer of 400 and more fails them. */
async function walk(lines: string, variables: Record<string, string> = {}): Promise<string> {
  const script = `set -euo pipefail\ncurl() { command curl --fail-with-body --silent --show-error "$@"; }\n${lines.replaceAll('http://127.0.0.1:8787', server.origin)}`
  const { stdout } = await run('bash', ['-c', script], { env: { ...process.env, ...variables }, cwd: project })
  return stdout
}

const signIn = async (login: string) => {
  const response = await fetch(`${server.api}/auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { login, password: login } }),
  })
  const { jwt } = (await response.json()) as { jwt: string }
  return jwt
}

describe('a newcomer', () => {
  test('gets the answer that the README shows', async () => {
    const request = blocksOf('README.md', 'sh').find(isRequest)
    const shown = blocksOf('README.md', '').find((block) => block.startsWith('HTTP/1.1'))!
    const answer = await walk(request!, { TOKEN: await signIn('seed19') })
    for (const line of shown.split('\n').filter((one) => one.includes(': ') && !one.startsWith('{'))) expect(answer).toContain(line)
    const body = shown.split('\n').find((line) => line.startsWith('{'))!
    expect(answer).toContain(body.replace(/…$/, ''))
  })

  test('gets through the first five minutes', async () => {
    const answers = await walk(
      blocksOf('docs/getting-started.md', 'sh')
        .filter((block) => !block.startsWith('npm'))
        .join('\necho\n'),
    )
    const documents = answers
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { data: unknown[] })
    expect(documents.map(({ data }) => data.length)).toEqual([5, 50, 3])
  })

  test('signs in as the guide says', async () => {
    const [token, use, ...others] = blocksOf('docs/signing-in.md', 'sh').filter(isRequest)
    const answer = await walk(token!)
    expect(answer).toContain('HTTP/1.1 201 Created')
    const jwt = /"jwt":"([^"]+)"/.exec(answer)![1]!
    expect(await walk(use!, { JWT: jwt })).toContain('"data":[')
    for (const block of others) await walk(block, { JWT: jwt })
  })

  test('loads rows as the guide says, and reads what it shows', async () => {
    const request = blocksOf('docs/operator-api.md', 'sh').find(isRequest)
    const [shown] = blocksOf('docs/operator-api.md', 'json')
    expect(JSON.parse(await walk(request!, { OPERATOR_KEY: server.operatorKey }))).toEqual(JSON.parse(shown!))
  })

  test('orders an export as the guide says', async () => {
    const token = await signIn('demo')
    const accounts = (await (await fetch(`${server.api}/accounts`, { headers: { authorization: token } })).json()) as {
      data: { id: string }[]
    }
    const order = blocksOf('docs/exports.md', 'sh').find(isRequest)
    expect(await walk(order!, { URL: server.origin, TOKEN: token, ACCOUNT: accounts.data[0]!.id })).toContain('"status":"Pending"')
  })
})
