// What `npm start` says of settings that are wrong, before it serves, and how it serves then.
import { expect, test } from 'vitest'
import { faultsOf } from '../../scripts/start/faults.ts'
import { startServer } from '../support/server.ts'

const secrets = { JWT_SECRET: 'secret', OPERATOR_KEY: 'key' }

test('settings that are wrong are said first, and by /readyz', { timeout: 60_000 }, async () => {
  const server = await startServer({ RECORDING_FORMAT: 'ogg', OUTGOING_CDR_HIDE_FIELDS: 'duratoin' })
  try {
    const sentences = [
      'OUTGOING_CDR_HIDE_FIELDS takes names of fields between commas: duratoin is none.',
      'RECORDING_FORMAT takes mp3 or wav.',
    ]
    expect(server.said.slice(0, 3)).toEqual(['A setting is wrong; until it is mended every answer is 503.', ...sentences])
    const ready = await fetch(`${server.origin}/readyz`)
    expect(ready.status).toBe(503)
    const text = await ready.text()
    for (const sentence of sentences) expect(text).toContain(sentence)
    expect((await fetch(`${server.api}/cdrs`)).status).toBe(503)
  } finally {
    await server.stop()
  }
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
