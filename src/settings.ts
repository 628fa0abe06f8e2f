// What the operator sets, read and checked in one place. A wrong value fails closed: nothing is served until it is mended, since a
// misspelt field to hide would otherwise be published, and a misspelt time to keep calls would keep them for ever.
import * as z from 'zod/mini'

/** The variables that name fields which nobody may read, filter or sort by (contract Q). */
export type HidingVariable = 'OUTGOING_CDR_HIDE_FIELDS' | 'INCOMING_CDR_HIDE_FIELDS'

/** The names of the fields that each of those variables may hold, underscored. */
export type HideableFields = Readonly<Record<HidingVariable, ReadonlySet<string>>>

/** What is set, typed. Times say their unit; 0 days keep for ever. */
export interface Settings {
  jwtSecret: string
  /** The keys of the operator API; without any, nobody may use it. */
  operatorKeys: readonly string[]
  /** Undefined: tokens do not expire. */
  tokenLifetimeSeconds: number | undefined
  loginRefusalMilliseconds: number
  hiddenFields: Readonly<Record<HidingVariable, ReadonlySet<string>>>
  recordingFormat: 'mp3' | 'wav'
  exportRetentionDays: number
  exportsPendingMost: number
  cdrRetentionDays: number
  /** In comparisons of a row with a value (`read/plan/search.ts`). */
  searchBudget: number
  /** Origins, or `*`. */
  corsOrigins: readonly string[]
  serverTiming: boolean
  requestLog: boolean
  /** Off in local servers and tests only. */
  rateLimits: boolean
}

/** What is wrong with the settings, a sentence for each variable. */
export class SettingsError extends Error {
  override name = 'SettingsError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join(' '))
    this.faults = faults
  }
}

/** A variable as wrangler hands it over: a text, or a number or truth value that stands unquoted in wrangler.toml. */
const variable = z.pipe(
  z.optional(z.union([z.string(), z.number(), z.boolean()], 'takes a text.')),
  z.transform((value) => (value === undefined ? undefined : String(value).trim())),
)

/** A variable of which an empty text means what its absence means. */
const setting = z.pipe(
  variable,
  z.transform((text) => text || undefined),
)

const secret = (sentence: string) => z.pipe(setting, z.string(sentence))

const choice = <const Names extends readonly [string, ...string[]]>(names: Names, missing: Names[number]) =>
  z._default(z.pipe(setting, z.optional(z.enum(names, `takes ${names.join(' or ')}.`))), missing)

const flag = (missing: boolean) => {
  const sentence = 'takes 1 (on) or 0 (off).'
  return z.pipe(
    z.pipe(setting, z.optional(z.enum(['0', '1'], sentence))),
    z.transform((text) => (text === undefined ? missing : text === '1')),
  )
}

const number = (pattern: RegExp, sentence: string, missing: number) =>
  z.pipe(
    z.pipe(setting, z.optional(z.string().check(z.regex(pattern, sentence)))),
    z.transform((text) => (text === undefined ? missing : Number(text))),
  )

const countAboveZero = (missing: number) => number(/^0*[1-9]\d{0,14}$/, 'takes a whole number above 0.', missing)
const days = (missing: number) => number(/^\d{1,6}(?:\.\d+)?$/, 'takes a number of days, or 0 to keep for ever.', missing)

const splitAtCommas = (text: string | undefined) => (text ?? '').split(',').flatMap((piece) => piece.trim() || [])

const origins = z.pipe(
  z.pipe(setting, z.transform(splitAtCommas)),
  z.array(
    z.string().check(
      z.refine((origin) => origin === '*' || isOrigin(origin), {
        error: ({ input }) => `takes origins like https://portal.example.com, or *, between commas: ${String(input)} is none.`,
      }),
    ),
  ),
)

/** RFC 6454 6.2: scheme, host and a port that is not the default one, and nothing after it. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

const hiding = (fields: ReadonlySet<string>) =>
  z.pipe(
    z.pipe(
      setting,
      z.transform((text) => splitAtCommas(text).map((name) => name.replaceAll('-', '_'))),
    ),
    z.pipe(
      z.array(
        z.string().check(
          z.refine((name) => fields.has(name), {
            error: ({ input }) => `takes names of fields between commas: ${String(input)} is none.`,
          }),
        ),
      ),
      z.transform((names): ReadonlySet<string> => new Set(names)),
    ),
  )

const variables = (hideable: HideableFields) =>
  z.object({
    JWT_SECRET: secret('is not set: tokens can be neither signed nor checked.'),
    OPERATOR_KEY: setting,
    OPERATOR_KEY_PREVIOUS: setting,
    // An empty lifetime is a choice of its own: tokens do not expire (contract Q).
    TOKEN_LIFETIME: z.pipe(
      z.pipe(
        variable,
        z._default(z.string().check(z.regex(/^(?:0*[1-9]\d{0,9})?$/, 'takes whole seconds above 0, or an empty text.')), '600'),
      ),
      z.transform((text) => (text === '' ? undefined : Number(text))),
    ),
    // Longer than bcrypt takes at the highest cost that is accepted; several accesses of one login may take longer.
    LOGIN_REFUSAL_MILLISECONDS: number(/^\d{1,5}$/, 'takes milliseconds, at most 99999.', 750),
    OUTGOING_CDR_HIDE_FIELDS: hiding(hideable.OUTGOING_CDR_HIDE_FIELDS),
    INCOMING_CDR_HIDE_FIELDS: hiding(hideable.INCOMING_CDR_HIDE_FIELDS),
    RECORDING_FORMAT: choice(['mp3', 'wav'], 'mp3'),
    EXPORT_RETENTION_DAYS: days(30),
    EXPORTS_PENDING_MOST: countAboveZero(5),
    CDR_RETENTION_DAYS: days(0),
    SEARCH_BUDGET: countAboveZero(DEFAULT_SEARCH_BUDGET),
    CORS_ORIGINS: origins,
    SERVER_TIMING: flag(false),
    REQUEST_LOG: flag(true),
    RATE_LIMITS: flag(true),
  })

const DEFAULT_SEARCH_BUDGET = 12_000_000

const toSettings = (read: z.infer<ReturnType<typeof variables>>): Settings => ({
  jwtSecret: read.JWT_SECRET,
  operatorKeys: [read.OPERATOR_KEY, read.OPERATOR_KEY_PREVIOUS].flatMap((key) => key ?? []),
  tokenLifetimeSeconds: read.TOKEN_LIFETIME,
  loginRefusalMilliseconds: read.LOGIN_REFUSAL_MILLISECONDS,
  hiddenFields: {
    OUTGOING_CDR_HIDE_FIELDS: read.OUTGOING_CDR_HIDE_FIELDS,
    INCOMING_CDR_HIDE_FIELDS: read.INCOMING_CDR_HIDE_FIELDS,
  },
  recordingFormat: read.RECORDING_FORMAT,
  exportRetentionDays: read.EXPORT_RETENTION_DAYS,
  exportsPendingMost: read.EXPORTS_PENDING_MOST,
  cdrRetentionDays: read.CDR_RETENTION_DAYS,
  searchBudget: read.SEARCH_BUDGET,
  corsOrigins: read.CORS_ORIGINS,
  serverTiming: read.SERVER_TIMING,
  requestLog: read.REQUEST_LOG,
  rateLimits: read.RATE_LIMITS,
})

/** Makes the reader of settings for resources with these fields. It reads an environment once and then answers from memory. */
export function settingsReader(hideable: HideableFields): (env: Env) => Settings | SettingsError {
  const schema = variables(hideable)
  const known = new WeakMap<Env, Settings | SettingsError>()
  return (env) => {
    let settings = known.get(env)
    if (!settings) {
      const read = schema.safeParse(env)
      settings = read.success
        ? toSettings(read.data)
        : new SettingsError(read.error.issues.map(({ path: [name], message }) => `${String(name)} ${message}`))
      known.set(env, settings)
    }
    return settings
  }
}
