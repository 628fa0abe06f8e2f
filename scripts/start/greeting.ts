import { relative } from 'node:path'
import { demoId } from '../demo/cast.ts'
import { defaultDataFolder } from './settings.ts'
import type { Settings } from './settings.ts'
import { signToken } from './token.ts'

interface Started {
  url: string
  folder: string
  settings: Settings
  /** The secrets that were made here, so nobody knows them yet. */
  made: string[]
  demo: boolean
  now: Date
}

/** What `npm start` says once the server answers. */
export const greeting = ({ url, folder, settings, made, demo, now }: Started): string => {
  const shownFolder = relative('', folder).startsWith('..') ? folder : relative('', folder)
  const lines = [
    `cdr-edge answers at ${url} (Ctrl-C ends it)`,
    `Data: ${shownFolder}`,
    ...made.map((name) => `${name}, made for local use: ${settings[name]}`),
    '',
  ]
  if (!demo) {
    const key = folder !== defaultDataFolder && made.includes('OPERATOR_KEY') ? ` --key ${settings['OPERATOR_KEY']}` : ''
    return [...lines, `Load data: npm run import -- --url ${url}${key} PATH...`].join('\n')
  }
  const token = (accessId: number) => signToken(settings['JWT_SECRET'] ?? '', accessId, now)
  const curl = (headers: string[], path: string) =>
    `curl -i ${headers.map((header) => `-H '${header}'`).join(' ')} ${path.includes('?') ? `'${url}${path}'` : url + path}`
  const accept = 'Accept: application/vnd.api+json'
  const documented = (accessId: number) => ['Host: example.org', accept, `Authorization: ${token(accessId)}`]
  const demoToken = token(demoId)
  return [
    ...lines,
    `Demo token (login demo): ${demoToken}`,
    '',
    curl(documented(19), '/api/rest/customer/v1/cdrs/8'),
    curl(documented(16), '/api/rest/customer/v1/cdr-exports'),
    curl([accept, `Authorization: ${demoToken}`], '/api/rest/customer/v1/cdrs?page%5Bsize%5D=5'),
  ].join('\n')
}
