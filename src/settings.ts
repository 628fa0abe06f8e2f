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
const given = z.pipe(
  z.optional(z.union([z.string(), z.number(), z.boolean()], 'takes a text.')),
  z.transform((value) => (value === undefined ? undefined : String(value).trim())),
)

/** A variable as the documents tell it. */
interface Description {
  /** Secrets are set with `wrangler secret put`; local variables are for servers that no customer reaches. */
  kind: 'secret' | 'variable' | 'local'
  /** The text that is read where the variable is absent. */
  missing: string
  meaning: string
}

const descriptions = z.registry<Description>()

/** Reads a variable, or the text that stands for it where it is absent. An empty text means its absence, unless it has a meaning of its own. */
function describe<T extends z.core.$ZodType<unknown, string>>(
  { emptyHasMeaning = false, ...description }: Description & { emptyHasMeaning?: boolean },
  schema: T,
) {
  const { missing } = description
  const described = z.pipe(
    z.pipe(
      given,
      z.transform((text) => (emptyHasMeaning ? (text ?? missing) : text || missing)),
    ),
    schema,
  )
  descriptions.add(described, description)
  return described
}

const secret = <T extends z.core.$ZodType<unknown, string>>(schema: T, meaning: string) =>
  describe({ kind: 'secret', missing: '', meaning }, schema)

const variable = <T extends z.core.$ZodType<unknown, string>>(missing: string, schema: T, meaning: string) =>
  describe({ kind: 'variable', missing, meaning }, schema)

const flag = z.pipe(
  z.enum(['0', '1'], 'takes 1 (on) or 0 (off).'),
  z.transform((text) => text === '1'),
)

const number = (pattern: RegExp, sentence: string) => z.pipe(z.string().check(z.regex(pattern, sentence)), z.transform(Number))

const countAboveZero = number(/^0*[1-9]\d{0,14}$/, 'takes a whole number above 0.')
const days = number(/^\d{1,6}(?:\.\d+)?$/, 'takes a number of days, or 0 to keep for ever.')

const lifetime = z.pipe(
  z.string().check(z.regex(/^(?:0*[1-9]\d{0,9})?$/, 'takes whole seconds above 0, or an empty text.')),
  z.transform((text) => (text === '' ? undefined : Number(text))),
)

const pieces = z.pipe(
  z.string(),
  z.transform((text) => text.split(',').flatMap((piece) => piece.trim() || [])),
)

const origins = z.pipe(
  pieces,
  z.array(
    z.string().check(
      z.refine((origin) => origin === '*' || isOrigin(origin), {
        error: ({ input }) => `takes origins like https://portal.example.com, or *, between commas: ${String(input)} is none.`,
      }),
    ),
  ),
)

/** RFC 6454 6.2: scheme, host and a port that is not the default one, and nothing after it. A star stands for no part of one, though URLs may have it. */
function isOrigin(text: string): boolean {
  return !text.includes('*') && URL.canParse(text) && new URL(text).origin === text
}

const namesOf = (fields: ReadonlySet<string>) =>
  z.pipe(
    z.pipe(
      pieces,
      z.transform((names) => names.map((name) => name.replaceAll('-', '_'))),
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

/** Every variable: what stands for it where it is absent, how it is read, what it means. */
const variables = (hideable: HideableFields) =>
  z.object({
    JWT_SECRET: secret(
      z.string().check(z.minLength(1, 'is not set: tokens can be neither signed nor checked.')),
      "the HS256 key of tokens: Yeti's `secret_key_base`, so that tokens which Yeti issued stay valid. Has to be set",
    ),
    OPERATOR_KEY: secret(
      z.string(),
      'opens `/api/operator/v1`: as `Authorization: Bearer`, as the password of Basic authentication, or as `X-Api-Key`',
    ),
    OPERATOR_KEY_PREVIOUS: secret(z.string(), 'opens it as well, while keys are changed'),
    TOKEN_LIFETIME: describe(
      {
        kind: 'variable',
        missing: '600',
        // A choice of its own (contract Q).
        emptyHasMeaning: true,
        meaning: 'seconds that a token lives; empty: tokens do not expire',
      },
      lifetime,
    ),
    // Longer than bcrypt takes at the highest cost that is accepted; several accesses of one login may take longer.
    LOGIN_REFUSAL_MILLISECONDS: variable(
      '750',
      number(/^\d{1,5}$/, 'takes milliseconds, at most 99999.'),
      'when a refused login is answered, counted from its arrival',
    ),
    OUTGOING_CDR_HIDE_FIELDS: variable(
      '',
      namesOf(hideable.OUTGOING_CDR_HIDE_FIELDS),
      'comma list of fields of `cdrs` that nobody may read, filter or sort by',
    ),
    INCOMING_CDR_HIDE_FIELDS: variable('', namesOf(hideable.INCOMING_CDR_HIDE_FIELDS), 'the same for `incoming-cdrs`'),
    RECORDING_FORMAT: variable('mp3', z.enum(['mp3', 'wav'], 'takes mp3 or wav.'), 'the format of recordings: `mp3` or `wav`'),
    SEARCH_BUDGET: variable(
      '10000000',
      countAboveZero,
      'comparisons of a call with a value that one search may take ([what it means](docs/operators-guide.md#what-a-search-may-cost))',
    ),
    EXPORTS_PENDING_MOST: variable('5', countAboveZero, 'exports of a customer that may be pending at once'),
    EXPORT_RETENTION_DAYS: variable('30', days, 'days that exports are kept; 0: for ever'),
    CDR_RETENTION_DAYS: variable('0', days, 'days that CDRs are kept; 0: for ever'),
    CORS_ORIGINS: variable('', origins, 'comma list of origins whose pages may read the answers, or `*`'),
    SERVER_TIMING: variable('0', flag, '`1` adds `Server-Timing` with round trips, rows read and milliseconds'),
    REQUEST_LOG: variable('1', flag, '`0` turns off the line that each request writes to the log'),
    RATE_LIMITS: describe({ kind: 'local', missing: '1', meaning: '`0` turns off the limits of requests' }, flag),
  })

/** The name of a variable or secret. */
export type SettingName = keyof ReturnType<typeof variables>['shape']

/** Every variable and secret as the documents tell it. */
export const describeSettings = (): readonly ({ name: SettingName } & Description)[] => {
  const { shape } = variables({ OUTGOING_CDR_HIDE_FIELDS: new Set(), INCOMING_CDR_HIDE_FIELDS: new Set() })
  return Object.entries(shape).map(([name, schema]) => ({ name: name as SettingName, ...descriptions.get(schema)! }))
}

const toSettings = (read: z.infer<ReturnType<typeof variables>>): Settings => ({
  jwtSecret: read.JWT_SECRET,
  operatorKeys: [read.OPERATOR_KEY, read.OPERATOR_KEY_PREVIOUS].filter((key) => key !== ''),
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
