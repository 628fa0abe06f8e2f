import { env } from 'cloudflare:workers'
import { parse } from 'smol-toml'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import configuration from '../wrangler.toml?raw'
import worker from '../src/index.ts'
import { describeSettings, SettingsError, settingsReader } from '../src/settings.ts'
import { bodyOf, errorsOf, get, load, migrate, send } from './support/api.ts'

const settingsOf = settingsReader({
  OUTGOING_CDR_HIDE_FIELDS: new Set(['duration', 'src_prefix_in', 'account']),
  INCOMING_CDR_HIDE_FIELDS: new Set(['vendor_price']),
})

/** Variables as wrangler hands them over, over those that have to be there. */
const read = (variables: Record<string, unknown>) => settingsOf({ JWT_SECRET: 'secret', ...variables } as unknown as Env)

describe('a setting is read', () => {
  test('as its default where it is absent', () => {
    expect(read({})).toEqual({
      jwtSecret: 'secret',
      operatorKeys: [],
      tokenLifetimeSeconds: 600,
      loginRefusalMilliseconds: 750,
      hiddenFields: { OUTGOING_CDR_HIDE_FIELDS: new Set(), INCOMING_CDR_HIDE_FIELDS: new Set() },
      recordingFormat: 'mp3',
      exportRetentionDays: 30,
      exportsPendingMost: 5,
      cdrRetentionDays: 0,
      searchBudget: 10_000_000,
      corsOrigins: [],
      serverTiming: false,
      requestLog: true,
      rateLimits: true,
    })
  })

  test.for<[name: string, value: unknown, read: object]>([
    ['TOKEN_LIFETIME', '3600', { tokenLifetimeSeconds: 3600 }],
    ['TOKEN_LIFETIME', 3600, { tokenLifetimeSeconds: 3600 }],
    ['TOKEN_LIFETIME', ' 60 ', { tokenLifetimeSeconds: 60 }],
    ['TOKEN_LIFETIME', '', { tokenLifetimeSeconds: undefined }],
    ['TOKEN_LIFETIME', ' ', { tokenLifetimeSeconds: undefined }],
    ['LOGIN_REFUSAL_MILLISECONDS', '0', { loginRefusalMilliseconds: 0 }],
    ['LOGIN_REFUSAL_MILLISECONDS', '', { loginRefusalMilliseconds: 750 }],
    ['OPERATOR_KEY', 'new', { operatorKeys: ['new'] }],
    ['OPERATOR_KEY', ' ', { operatorKeys: [] }],
    [
      'OUTGOING_CDR_HIDE_FIELDS',
      'duration, src-prefix-in,,account,',
      {
        hiddenFields: { OUTGOING_CDR_HIDE_FIELDS: new Set(['duration', 'src_prefix_in', 'account']), INCOMING_CDR_HIDE_FIELDS: new Set() },
      },
    ],
    ['RECORDING_FORMAT', 'wav', { recordingFormat: 'wav' }],
    ['RECORDING_FORMAT', '', { recordingFormat: 'mp3' }],
    ['CDR_RETENTION_DAYS', '0.5', { cdrRetentionDays: 0.5 }],
    ['CDR_RETENTION_DAYS', 90, { cdrRetentionDays: 90 }],
    ['EXPORT_RETENTION_DAYS', '0', { exportRetentionDays: 0 }],
    ['EXPORTS_PENDING_MOST', '1', { exportsPendingMost: 1 }],
    ['SEARCH_BUDGET', '5000000', { searchBudget: 5_000_000 }],
    ['CORS_ORIGINS', 'https://a.example, http://localhost:3000', { corsOrigins: ['https://a.example', 'http://localhost:3000'] }],
    ['CORS_ORIGINS', '*', { corsOrigins: ['*'] }],
    ['SERVER_TIMING', '1', { serverTiming: true }],
    ['SERVER_TIMING', 1, { serverTiming: true }],
    ['REQUEST_LOG', '0', { requestLog: false }],
    ['RATE_LIMITS', '0', { rateLimits: false }],
  ])('%s=%j', ([name, value, expected]) => {
    expect(read({ [name]: value })).toMatchObject(expected)
  })

  const fallible = describeSettings().filter(({ name }) => name !== 'JWT_SECRET' && name !== 'TOKEN_LIFETIME')
  test.for(fallible)('as its default where it is empty: $name', ({ name }) => {
    expect(read({ [name]: '' })).toEqual(read({}))
  })

  test.for(describeSettings().filter(({ missing }) => missing !== ''))('as $missing where $name is absent', ({ name, missing }) => {
    expect(read({ [name]: missing })).toEqual(read({}))
  })

  test('once for an environment', () => {
    const bindings = { JWT_SECRET: 'secret' } as Env
    expect(settingsOf(bindings)).toBe(settingsOf(bindings))
  })
})

describe('a setting is refused', () => {
  test.for<[name: string, value: unknown, fault: string]>([
    ['JWT_SECRET', undefined, 'is not set: tokens can be neither signed nor checked.'],
    ['JWT_SECRET', ' ', 'is not set: tokens can be neither signed nor checked.'],
    ['TOKEN_LIFETIME', '10m', 'takes whole seconds above 0, or an empty text.'],
    ['TOKEN_LIFETIME', '0', 'takes whole seconds above 0, or an empty text.'],
    ['TOKEN_LIFETIME', -1, 'takes whole seconds above 0, or an empty text.'],
    ['TOKEN_LIFETIME', true, 'takes whole seconds above 0, or an empty text.'],
    ['LOGIN_REFUSAL_MILLISECONDS', '1s', 'takes milliseconds, at most 99999.'],
    ['OUTGOING_CDR_HIDE_FIELDS', 'src_prefx_in', 'takes names of fields between commas: src_prefx_in is none.'],
    ['OUTGOING_CDR_HIDE_FIELDS', 'duration;account', 'takes names of fields between commas: duration;account is none.'],
    ['OUTGOING_CDR_HIDE_FIELDS', 'vendor_price', 'takes names of fields between commas: vendor_price is none.'],
    ['INCOMING_CDR_HIDE_FIELDS', 'Vendor_Price', 'takes names of fields between commas: Vendor_Price is none.'],
    ['INCOMING_CDR_HIDE_FIELDS', 'constructor', 'takes names of fields between commas: constructor is none.'],
    ['RECORDING_FORMAT', 'WAV', 'takes mp3 or wav.'],
    ['CDR_RETENTION_DAYS', 'ninety', 'takes a number of days, or 0 to keep for ever.'],
    ['CDR_RETENTION_DAYS', '-1', 'takes a number of days, or 0 to keep for ever.'],
    ['CDR_RETENTION_DAYS', '1e3', 'takes a number of days, or 0 to keep for ever.'],
    ['EXPORT_RETENTION_DAYS', '30d', 'takes a number of days, or 0 to keep for ever.'],
    ['EXPORTS_PENDING_MOST', '0', 'takes a whole number above 0.'],
    ['SEARCH_BUDGET', '10M', 'takes a whole number above 0.'],
    [
      'CORS_ORIGINS',
      'https://a.example/',
      'takes origins like https://portal.example.com, or *, between commas: https://a.example/ is none.',
    ],
    [
      'CORS_ORIGINS',
      'https://*.example',
      'takes origins like https://portal.example.com, or *, between commas: https://*.example is none.',
    ],
    ['CORS_ORIGINS', 'a.example', 'takes origins like https://portal.example.com, or *, between commas: a.example is none.'],
    [
      'CORS_ORIGINS',
      'https://a.example https://b.example',
      'takes origins like https://portal.example.com, or *, between commas: https://a.example https://b.example is none.',
    ],
    ['SERVER_TIMING', 'true', 'takes 1 (on) or 0 (off).'],
    ['REQUEST_LOG', 'off', 'takes 1 (on) or 0 (off).'],
    ['RATE_LIMITS', { limit: 1 }, 'takes a text.'],
  ])('%s=%j', ([name, value, fault]) => {
    const settings = read({ [name]: value })
    expect(settings).toBeInstanceOf(SettingsError)
    expect((settings as SettingsError).faults).toEqual([`${name} ${fault}`])
  })

  test('together with every other one that is wrong', () => {
    expect((read({ RECORDING_FORMAT: 'ogg', TOKEN_LIFETIME: 'x', OUTGOING_CDR_HIDE_FIELDS: 'a,b' }) as SettingsError).faults).toHaveLength(
      4,
    )
  })
})

describe('wrangler.toml', () => {
  const { vars } = parse(configuration) as unknown as { vars: Record<string, string> }

  test('sets variables that there are, each to what stands for it where it is absent', () => {
    const known = new Set<string>(describeSettings().map(({ name }) => name))
    expect(Object.keys(vars).filter((name) => !known.has(name))).toEqual([])
    expect(read(vars)).toEqual(read({}))
  })
})

describe('a service with a wrong setting', () => {
  const WRONG = { OUTGOING_CDR_HIDE_FIELDS: 'duratoin' }
  const SENTENCE = 'OUTGOING_CDR_HIDE_FIELDS takes names of fields between commas: duratoin is none.'

  beforeAll(async () => {
    await migrate()
    await load('api-accesses', ['{"id":1,"customer_id":1}'])
  })

  /** What is logged as an error meanwhile. */
  async function errorsWhile(act: () => Promise<unknown>): Promise<unknown[]> {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    // Whether requests are logged is a setting as well.
    vi.spyOn(console, 'log').mockImplementation(() => {})
    await act()
    const lines = log.mock.calls.map(([line]) => line as unknown)
    vi.restoreAllMocks()
    return lines
  }

  test('answers 503 to customers and to the operator, without saying which it is', async () => {
    await errorsWhile(async () => {
      for (const response of [
        await get('/cdrs', 1, WRONG),
        await send('/api/operator/v1/status', { headers: { authorization: `Bearer ${env.OPERATOR_KEY}` } }, WRONG),
      ]) {
        expect(response.status).toBe(503)
        expect(response.headers.get('retry-after')).toBe('60')
        expect(await errorsOf(response)).toEqual([['503', 'A setting of this service is wrong. The operator is told in the log.']])
      }
    })
  })

  test('names it at /readyz', async () => {
    await errorsWhile(async () => {
      const response = await send('/readyz', {}, WRONG)
      expect(response.status).toBe(503)
      expect((await bodyOf<{ errors: { detail: string }[] }>(response)).errors[0]!.detail).toContain(SENTENCE)
    })
  })

  test('names it in one line of the log, however many requests come', async () => {
    const bindings = { ...env, ...WRONG }
    const lines = await errorsWhile(async () => {
      for (const path of ['/api/rest/customer/v1/cdrs', '/readyz', '/']) await worker.request(path, {}, bindings)
    })
    expect(lines).toEqual([expect.stringContaining(SENTENCE)])
  })

  test('deletes nothing by its cron', async () => {
    await expect(worker.scheduled({} as ScheduledController, { ...env, CDR_RETENTION_DAYS: 'ninety' })).rejects.toThrow(
      'CDR_RETENTION_DAYS',
    )
  })
})
