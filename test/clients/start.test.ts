// What `npm start` says of settings that are wrong, before it serves anything.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { faultsOf } from '../../scripts/start/faults.ts'

const folder = mkdtempSync(join(tmpdir(), 'cdr-edge-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const secrets = { JWT_SECRET: 'secret', OPERATOR_KEY: 'key' }

test('settings that are wrong end it with a sentence for each', () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, ['scripts/start.ts', '--port', '0', '--no-demo', '--persist-to', folder], {
    encoding: 'utf8',
    env: { ...process.env, ...secrets, RECORDING_FORMAT: 'ogg', OUTGOING_CDR_HIDE_FIELDS: 'duratoin' },
  })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr.trim().split('\n')).toEqual([
    'The server does not start: a setting is wrong.',
    'OUTGOING_CDR_HIDE_FIELDS takes names of fields between commas: duratoin is none.',
    'RECORDING_FORMAT takes mp3 or wav.',
  ])
})

test.for<[string, Record<string, string>, string[]]>([
  ['nothing, of those in wrangler.toml', secrets, []],
  ['a secret that is empty', { ...secrets, JWT_SECRET: '' }, ['JWT_SECRET is not set: tokens can be neither signed nor checked.']],
  [
    'a value over that of wrangler.toml',
    { ...secrets, TOKEN_LIFETIME: '10m' },
    ['TOKEN_LIFETIME takes whole seconds above 0, or an empty text.'],
  ],
  [
    'a name that is misspelt',
    { ...secrets, TOKEN_LIFETYME: '60' },
    ['TOKEN_LIFETYME is no variable of this service; README.md lists them.'],
  ],
])('it finds %s', ([, settings, faults]) => {
  expect(faultsOf(settings)).toEqual(faults)
})
