// Every refusal there is, with an example: what the documents say of errors.
import { MEDIA_TYPE } from '../jsonapi/document.ts'
import { Problem, problems } from '../jsonapi/problem.ts'
import type { Schema } from './schema.ts'

/** The name of a refusal; `orderInvalid` is the one that is made of what an export's order says (contract J.3). */
export type ProblemName = keyof typeof problems | 'orderInvalid'

const examples: Readonly<Record<ProblemName, Problem>> = {
  resourceInvalid: problems.resourceInvalid('calls'),
  filterNotAllowed: problems.filterNotAllowed('duration_above'),
  fieldValueInvalid: problems.fieldValueInvalid('abc', 'id'),
  fieldInvalid: problems.fieldInvalid('time_start', 'cdrs'),
  parameterNotAllowed: problems.parameterNotAllowed('time_format'),
  parameterMissing: problems.parameterMissing('data'),
  filterValueInvalid: problems.filterValueInvalid('abc', 'duration_gteq'),
  relationshipInvalid: problems.relationshipInvalid('customer', 'cdrs'),
  sortInvalid: problems.sortInvalid('price', 'cdrs'),
  linkageInvalid: problems.linkageInvalid(),
  typeMismatch: problems.typeMismatch('customers'),
  pageInvalid: problems.pageInvalid('size exceeds maximum page size of 1000.'),
  fieldsWithoutType: problems.fieldsWithoutType(),
  filtersInvalid: problems.filtersInvalid('abc'),
  dataInvalid: problems.dataInvalid('Data'),
  searchTooLarge: problems.searchTooLarge(64_000_000, 10_000_000),
  badRequest: problems.badRequest('The query is not valid percent-encoded UTF-8.'),
  unauthorized: problems.unauthorized(),
  loginIncorrect: problems.loginIncorrect(),
  operatorKeyWrong: problems.operatorKeyWrong(),
  crossSite: problems.crossSite(),
  recordNotFound: problems.recordNotFound('8'),
  routeNotFound: problems.routeNotFound(),
  methodNotAllowed: problems.methodNotAllowed(['GET', 'HEAD']),
  notAcceptable: problems.notAcceptable('text/html'),
  mediaTypeUnsupported: problems.mediaTypeUnsupported('text/plain'),
  bodyTooLarge: problems.bodyTooLarge(65_536),
  urlTooLong: problems.urlTooLong(16_384),
  mediaTypeUnreadable: problems.mediaTypeUnreadable('Accept'),
  tooManyLogins: problems.tooManyLogins(),
  tooManyRequests: problems.tooManyRequests(),
  tooManyExports: problems.tooManyExports(5),
  tooManySearches: problems.tooManySearches(),
  preconditionFailed: problems.preconditionFailed(),
  rangeNotSatisfiable: problems.rangeNotSatisfiable(1_048_576),
  unavailable: problems.unavailable('The database'),
  misconfigured: problems.misconfigured(),
  internal: problems.internal(),
  orderInvalid: new Problem([
    {
      title: "can't be blank",
      detail: "filters - can't be blank",
      code: '100',
      source: { pointer: '/data/attributes/filters' },
      status: '422',
    },
  ]),
}

/** What may befall any request. */
const ALWAYS = ['badRequest', 'urlTooLong', 'mediaTypeUnreadable', 'internal', 'unavailable', 'misconfigured'] as const

const documentOf = ({ errors }: Problem) => ({ errors })

/** An example of each error, for `components/examples`. */
export const errorExamples = (): Schema =>
  Object.fromEntries(
    Object.entries(examples).map(([name, problem]) => [
      name,
      { summary: `${problem.errors[0]!.code}: ${problem.errors[0]!.title}`, value: documentOf(problem) },
    ]),
  )

/** Schema of an error document, for `components/schemas`. */
export const errorSchemas: Schema = {
  Errors: {
    description: 'What is wrong, in the order in which it was found. The status of the answer is that of the first error.',
    type: 'object',
    required: ['errors'],
    additionalProperties: false,
    properties: { errors: { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/Error' } } },
  },
  Error: {
    type: 'object',
    required: ['title', 'detail', 'code', 'status'],
    additionalProperties: false,
    properties: {
      title: { type: 'string', description: 'The kind of error.' },
      detail: { type: 'string', description: 'What is wrong with this request.' },
      code: { description: 'The kind of error, for programs.', enum: codes() },
      source: {
        type: 'object',
        description: 'What of the body is wrong.',
        additionalProperties: false,
        properties: { pointer: { type: 'string', format: 'json-pointer' } },
      },
      status: { type: 'string', pattern: String.raw`^[45]\d\d$` },
    },
  },
}

function codes(): string[] {
  return [...new Set(Object.values(examples).flatMap(({ errors }) => errors.map(({ code }) => code)))].sort()
}

/** The responses of an operation that may be refused in these ways, by status. */
export function errorResponses(names: readonly ProblemName[], mediaType = MEDIA_TYPE): Schema {
  const byStatus = Map.groupBy(new Set([...names, ...ALWAYS]), (name) => examples[name].status)
  return Object.fromEntries([...byStatus].map(([status, refusals]) => [status, errorResponse(refusals, mediaType)]))
}

const errorResponse = (names: readonly ProblemName[], mediaType: string): Schema => ({
  description: [...new Set(names.map((name) => examples[name].errors[0]!.title))].join(', '),
  headers: headersOf(names),
  content: {
    [mediaType.split(';', 1)[0]!]: {
      schema: { $ref: '#/components/schemas/Errors' },
      examples: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }])),
    },
  },
})

function headersOf(names: readonly ProblemName[]): Schema {
  const own = names.flatMap((name) => Object.keys(examples[name].headers))
  return {
    'X-Request-Id': { $ref: '#/components/headers/RequestId' },
    ...Object.fromEntries([...new Set(own)].map((name) => [titleCase(name), { schema: { type: 'string' } }])),
  }
}

const titleCase = (name: string) => name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase())
