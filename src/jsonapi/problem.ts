// What can be wrong with a request, in one list: the contract's error catalogue (section K), each with its code, status and wording.

/** One error object of JSON:API. */
export interface ErrorObject {
  title: string
  detail: string
  code: string
  source?: { pointer: string }
  status: string
}

/** A request that is refused: what the client is told, in full. */
export class Problem extends Error {
  override name = 'Problem'
  readonly errors: readonly ErrorObject[]
  readonly headers: Readonly<Record<string, string>>

  constructor(errors: readonly ErrorObject[], headers: Readonly<Record<string, string>> = {}) {
    super(errors.map((error) => error.detail).join(' '))
    this.errors = errors
    this.headers = headers
  }

  /** The HTTP status: that of the first error. */
  get status(): number {
    return Number(this.errors[0]?.status ?? 500)
  }
}

const problem = (status: number, title: string, detail: string, code: string, headers?: Record<string, string>) =>
  new Problem([{ title, detail, code, status: String(status) }], headers)

/** Requests a minute that an access may make: the limit of `API_LIMIT` in wrangler.toml, which a binding does not tell. A test holds them equal. */
const API_QUOTA = 1200

/** Every refusal by name. */
export const problems = {
  resourceInvalid: (name: string) => problem(400, 'Invalid resource', `${name} is not a valid resource.`, '101'),
  filterNotAllowed: (name: string) => problem(400, 'Filter not allowed', `${name} is not allowed.`, '102'),
  fieldValueInvalid: (value: string, name: string) =>
    problem(400, 'Invalid field value', `${value} is not a valid value for ${name}.`, '103'),
  fieldInvalid: (name: string, type: string) => problem(400, 'Invalid field', `${name} is not a valid field for ${type}.`, '104'),
  parameterNotAllowed: (name: string) => problem(400, 'Param not allowed', `${name} is not allowed.`, '105'),
  parameterMissing: (name: string) => problem(400, 'Missing Parameter', `The required parameter, ${name}, is missing.`, '106'),
  filterValueInvalid: (value: string, name: string) =>
    problem(400, 'Invalid filter value', `${value} is not a valid value for ${name}.`, '107'),
  relationshipInvalid: (name: string, type: string) =>
    problem(400, 'Invalid field', `${name} is not a valid relationship of ${type}`, '112'),
  sortInvalid: (name: string, type: string) =>
    problem(400, 'Invalid sort criteria', `${name} is not a valid sort criteria for ${type}`, '114'),
  linkageInvalid: () => problem(400, 'Invalid Links Object', 'Data is not a valid Links Object.', '115'),
  typeMismatch: (type: string) => problem(400, 'Type Mismatch', `${type} is not a valid type for this operation.`, '116'),
  pageInvalid: (detail: string) => problem(400, 'Invalid page value', detail, '118'),
  fieldsWithoutType: () => problem(400, 'Invalid field format', 'Fields must specify a type.', '119'),
  filtersInvalid: (value: string) => problem(400, 'Invalid filters syntax', `${value} is not a valid syntax for filtering.`, '120'),
  dataInvalid: (member: string) => problem(400, 'Invalid data format', `${member} must be a hash.`, '122'),
  searchTooLarge: (work: number, budget: number) =>
    problem(
      400,
      'Search too large',
      `This search would take ${Math.ceil(work)} comparisons, more than the ${budget} that are allowed. Narrow the range of time, or search for fewer values.`,
      '400',
    ),
  badRequest: (detail: string) => problem(400, 'Bad Request', detail, '400'),
  unauthorized: () => problem(401, 'Authorization failed', 'Authorization token expired or incorrect.', '401'),
  loginIncorrect: () => problem(401, 'Authentication failed', 'Incorrect login or password.', '401'),
  operatorKeyWrong: () => problem(401, 'Authorization failed', 'The operator key is missing or wrong.', '401'),
  crossSite: () =>
    problem(
      403,
      'Cross-site request',
      'A page of another site sent this with the cookie of a session. Send the token in the Authorization header.',
      '403',
    ),
  recordNotFound: (id: string) => problem(404, 'Record not found', `The record identified by ${id} could not be found.`, '404'),
  routeNotFound: () => problem(404, 'Not found', 'There is nothing at this path.', '404'),
  methodNotAllowed: (allowed: readonly string[]) =>
    problem(405, 'Method not allowed', `This path answers ${allowed.join(', ')}.`, '405', { allow: allowed.join(', ') }),
  notAcceptable: (accept: string) =>
    problem(
      406,
      'Not acceptable',
      `All requests must use the 'application/vnd.api+json' Accept without media type parameters. This request specified '${accept}'.`,
      '406',
    ),
  mediaTypeUnsupported: (type: string) =>
    problem(
      415,
      'Unsupported media type',
      `All requests that create or update must use the 'application/vnd.api+json' Content-Type. This request specified '${type}'.`,
      '415',
    ),
  bodyTooLarge: (bytes: number) => problem(413, 'Content too large', `The body of this request may have ${bytes} bytes.`, '413'),
  urlTooLong: (bytes: number) => problem(414, 'URI too long', `A URL may have ${bytes} bytes.`, '414'),
  mediaTypeUnreadable: (header: string) => problem(406, 'Not acceptable', `The ${header} header is not a list of media types.`, '406'),
  tooManyLogins: () =>
    problem(429, 'Too many requests', 'Too many attempts to sign in. Try again in a minute.', '429', { 'retry-after': '60' }),
  tooManyRequests: () =>
    problem(429, 'Too many requests', `More than ${API_QUOTA} requests in a minute. Try again in a minute.`, '429', {
      'retry-after': '60',
      'ratelimit-policy': `"api";q=${API_QUOTA};w=60`,
      ratelimit: '"api";r=0;t=60',
    }),
  tooManyExports: (most: number) =>
    problem(429, 'Too many requests', `${most} exports wait to be made. Order again when one of them is complete.`, '429', {
      'retry-after': '60',
    }),
  tooManySearches: () =>
    problem(429, 'Too many requests', 'Two searches of this access are under way. Try again when they have been answered.', '429', {
      'retry-after': '1',
    }),
  preconditionFailed: () => problem(412, 'Precondition failed', 'The file is not the one that If-Match names.', '412'),
  rangeNotSatisfiable: (size: number) =>
    problem(416, 'Range not satisfiable', `The file has ${size} bytes; the range begins beyond them.`, '416', {
      'content-range': `bytes */${size}`,
    }),
  unavailable: (what: string, kept = 'Nothing was changed') =>
    problem(503, 'Service unavailable', `${what} did not answer. ${kept}; try again.`, '503', { 'retry-after': '5' }),
  misconfigured: (faults = 'The operator is told in the log.') =>
    problem(503, 'Service unavailable', `A setting of this service is wrong. ${faults}`, '503', { 'retry-after': '60' }),
  internal: () => problem(500, 'Internal Server Error', 'Internal Server Error', '500'),
}

/** Several problems told in one answer, in the order they were found. */
export const together = (found: readonly Problem[]) => new Problem(found.flatMap((one) => one.errors))
