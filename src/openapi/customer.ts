// The customer API as an OpenAPI 3.1 document, made of the resource definitions.
import { JSON_TYPE, MEDIA_TYPE } from '../jsonapi/document.ts'
import type { Relationship, Resource } from '../read/definition/resource.ts'
import { ROOT } from '../roots.ts'
import { accounts } from '../resources/accounts.ts'
import { cdrExports } from '../resources/cdr-exports.ts'
import { cdrs } from '../resources/cdrs.ts'
import { incomingCdrs } from '../resources/incoming-cdrs.ts'
import { profiles } from '../resources/profiles.ts'
import { transportProtocols } from '../resources/transport-protocols.ts'
import { exportOrder, signIn, toBody } from './bodies.ts'
import { componentName, linkageDocument, relatedDocument, resourceSchemas } from './documents.ts'
import { errorExamples, errorResponses, errorSchemas, type ProblemName } from './errors.ts'
import { documentParameters, fieldsParameter, listParameters, sharedParameters } from './parameters.ts'
import type { Schema } from './schema.ts'
import { describeResource } from './words.ts'

const description = `\
The calls of a VoIP operator's customer: CDRs, accounts, exports, recordings. [JSON:API](https://jsonapi.org/format/1.0/), wire-compatible with the
customer portal API v1 of the YETI switch.

**Signing in.** \`POST ${ROOT}/auth\` gives a token; send it as \`Authorization: Bearer TOKEN\`. Or let it come in a cookie.

**Filters.** Every filter is a parameter of its own. All must hold. A filter may be spelled \`duration_gteq\`, \`duration-gteq\` or
\`durationGteq\`; names in \`sort\` likewise. A value is one line of CSV: commas separate the values of filters that take several; a value with a
comma or a double quote in it goes into double quotes. Rows that have no value in a field match none of its filters. Text is searched without
regard to letter case. A time is a date, or a date and time; without an offset it is UTC. Encode a \`+\` as \`%2B\`.

**Errors** are JSON:API error documents on every path. A path that does not exist is 404, a method that it does not have is 405 with \`Allow\`.`

/** Resources with a list, in the order in which they are told. */
const listed = [cdrs, incomingCdrs, cdrExports, accounts]

const LIST_ERRORS = [
  'filterNotAllowed',
  'filterValueInvalid',
  'filtersInvalid',
  'sortInvalid',
  'pageInvalid',
] as const satisfies ProblemName[]

/** Refusals of a list that may have to look at every row of its range. */
const SEARCH_ERRORS = ['searchTooLarge', 'tooManySearches'] as const satisfies ProblemName[]

/** What may befall whoever has to be signed in. */
const SIGNED_IN = ['unauthorized', 'tooManyRequests'] as const satisfies ProblemName[]

const FIELD_ERRORS = [...SIGNED_IN, 'notAcceptable', 'resourceInvalid', 'fieldInvalid', 'fieldsWithoutType'] as const

const includeErrors = ({ relationships }: Resource): ProblemName[] => (relationships.size > 0 ? ['relationshipInvalid'] : [])

/** An object is not found by an id that there is not; an id that is none is refused, or is no path of ours. */
const idErrors = ({ definition: { id } }: Resource): ProblemName[] =>
  id.form === 'integer' ? ['fieldValueInvalid', 'recordNotFound'] : ['recordNotFound', 'routeNotFound']

const requestId: Schema = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } }
const tagged: Schema = { ...requestId, ETag: { $ref: '#/components/headers/ETag' } }

const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

const answer = (description: string, schema: Schema, mediaType = MEDIA_TYPE): Schema => ({
  description,
  headers: tagged,
  content: { [mediaType.split(';', 1)[0]!]: { schema } },
})

const NOT_MODIFIED: Schema = { $ref: '#/components/responses/NotModified' }
const IF_NONE_MATCH: Schema = { $ref: '#/components/parameters/IfNoneMatch' }

/** An operation that reads: it may be asked whether anything changed. */
const reading = (name: string, tag: string, summary: string, parameters: readonly Schema[], success: Schema, errors: ProblemName[]) => ({
  operationId: name,
  tags: [tag],
  summary,
  parameters: [...parameters, IF_NONE_MATCH],
  responses: { 200: success, 304: NOT_MODIFIED, ...errorResponses(errors) },
})

const idParameter = ({ definition: { id } }: Resource): Schema => ({
  name: 'id',
  in: 'path',
  required: true,
  schema: id.form === 'uuid' ? { type: 'string', format: 'uuid' } : { type: 'integer' },
})

function resourcePaths(resource: Resource): Schema {
  const { type } = resource
  const name = componentName(type)
  const path = `${ROOT}/${type}`
  const list = reading(
    `list${name}`,
    type,
    `List ${type}`,
    listParameters(resource),
    answer(`${describeResource(type)}.`, refTo(`${name}List`)),
    [...LIST_ERRORS, ...(resource.counted ? SEARCH_ERRORS : []), ...FIELD_ERRORS, ...includeErrors(resource)],
  )
  const show = reading(
    `show${name}`,
    type,
    `Show one of ${type}`,
    documentParameters(resource),
    answer('The object.', refTo(`${name}Document`)),
    [...FIELD_ERRORS, ...includeErrors(resource), ...idErrors(resource)],
  )
  return {
    [path]: { get: list },
    [`${path}/{id}`]: { parameters: [idParameter(resource)], get: show },
    ...Object.fromEntries([...resource.relationships.values()].flatMap((one) => relationshipPaths(resource, one))),
  }
}

function relationshipPaths(resource: Resource, relationship: Relationship): [string, Schema][] {
  const { type } = resource
  const { name, to } = relationship
  const operation = componentName(type) + componentName(name)
  const related = reading(
    `show${operation}`,
    type,
    `Show the ${name} of one of ${type}`,
    [fieldsParameter(to)],
    answer('The linked object, or null.', relatedDocument(relationship)),
    [...FIELD_ERRORS, ...idErrors(resource)],
  )
  const linkage = reading(
    `link${operation}`,
    type,
    `Show the link from one of ${type} to its ${name}`,
    [],
    answer('The link.', linkageDocument(relationship)),
    [...SIGNED_IN, 'notAcceptable', ...idErrors(resource)],
  )
  const parameters = [idParameter(resource)]
  return [
    [`${ROOT}/${type}/{id}/${name}`, { parameters, get: related }],
    [`${ROOT}/${type}/{id}/relationships/${name}`, { parameters, get: linkage }],
  ]
}

/** A path that sends a file, whole or in part. */
function filePath(resource: Resource, { name, summary, mediaTypes }: { name: string; summary: string; mediaTypes: string[] }): Schema {
  const content = Object.fromEntries(mediaTypes.map((type) => [type, { schema: { contentMediaType: type } }]))
  const errors = errorResponses([...SIGNED_IN, ...idErrors(resource), 'preconditionFailed', 'rangeNotSatisfiable'])
  const missing = errors['404'] as { description: string }
  return {
    [`${ROOT}/${resource.type}/{id}/${name}`]: {
      parameters: [idParameter(resource)],
      get: {
        operationId: `${name === 'rec' ? 'play' : name}${componentName(resource.type)}`,
        tags: [resource.type],
        summary,
        parameters: [{ $ref: '#/components/parameters/Range' }, IF_NONE_MATCH],
        responses: {
          200: { description: 'The file.', headers: tagged, content },
          206: { description: 'The part of the file that was asked for.', headers: tagged, content },
          304: NOT_MODIFIED,
          ...errors,
          404: { ...missing, description: `${missing.description}; with an empty body where there is no file` },
        },
      },
    },
  }
}

const createExport = {
  operationId: 'createCdrExports',
  tags: [cdrExports.type],
  summary: 'Order an export',
  description:
    'The file is made in the background: ask for the export until its `status` is `Completed`, then download it. An order like one that is ' +
    'pending is answered with that one.',
  parameters: documentParameters(cdrExports),
  requestBody: { required: true, content: { [MEDIA_TYPE]: { schema: refTo('ExportOrder') } } },
  responses: {
    201: {
      ...answer('The export, pending.', refTo('CdrExportsDocument')),
      headers: { ...tagged, Location: { description: 'Where the export is found.', schema: { type: 'string', format: 'uri' } } },
    },
    ...errorResponses([
      ...FIELD_ERRORS,
      'relationshipInvalid',
      'crossSite',
      'mediaTypeUnsupported',
      'bodyTooLarge',
      'parameterMissing',
      'dataInvalid',
      'parameterNotAllowed',
      'linkageInvalid',
      'typeMismatch',
      'fieldValueInvalid',
      'orderInvalid',
      'tooManyExports',
    ]),
  },
}

const profilePath: Schema = {
  [`${ROOT}/profiles`]: {
    get: reading(
      'showProfiles',
      'profiles',
      'Show your profile',
      [fieldsParameter(profiles)],
      answer('Your profile.', refTo('ProfilesDocument')),
      [...FIELD_ERRORS],
    ),
  },
}

const authPath: Schema = {
  [`${ROOT}/auth`]: {
    post: {
      operationId: 'signIn',
      tags: ['auth'],
      summary: 'Sign in',
      description: 'Forms (`auth[login]=…&auth[password]=…`, or `multipart/form-data`) are taken too.',
      security: [],
      requestBody: { required: true, content: { 'application/json': { schema: refTo('SignIn') } } },
      responses: {
        201: {
          description: 'A token; or no body and a cookie, if `cookie_auth` is true.',
          headers: { ...requestId, 'Set-Cookie': { schema: { type: 'string' } } },
          content: { 'application/json': { schema: refTo('Token') } },
        },
        ...errorResponses(['loginIncorrect', 'crossSite', 'tooManyLogins', 'bodyTooLarge'], JSON_TYPE),
      },
    },
    get: {
      operationId: 'showSession',
      tags: ['auth'],
      summary: 'Ask what the session may do',
      parameters: [IF_NONE_MATCH],
      responses: {
        200: answer('What the session may do.', refTo('Session'), JSON_TYPE),
        304: NOT_MODIFIED,
        ...errorResponses(SIGNED_IN, JSON_TYPE),
      },
    },
    delete: {
      operationId: 'signOut',
      tags: ['auth'],
      summary: 'Sign out: remove the cookie',
      description: 'Tokens stay valid until they expire.',
      security: [],
      responses: {
        204: { description: 'The cookie is removed.', headers: { ...requestId, 'Set-Cookie': { schema: { type: 'string' } } } },
        ...errorResponses([], JSON_TYPE),
      },
    },
  },
}

const object = (properties: Schema): Schema => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
})

/** The customer API. */
export function customerDocument(): Schema {
  const paths = Object.assign({}, authPath, ...listed.map(resourcePaths), profilePath) as Record<string, Record<string, unknown>>
  paths[`${ROOT}/${cdrExports.type}`]!['post'] = createExport
  const sound = { name: 'rec', summary: 'Hear the recording of a call', mediaTypes: ['audio/mpeg', 'audio/wav'] }
  const file = { name: 'download', summary: 'Download the file of a complete export', mediaTypes: ['application/gzip'] }
  return {
    openapi: '3.1.1',
    info: { title: 'Customer API', version: '1', description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    tags: [
      { name: 'auth', description: 'Signing in and out.' },
      ...[...listed, profiles].map(({ type }) => ({ name: type, description: `${describeResource(type)}.` })),
    ],
    security: [{ token: [] }, { session: [] }],
    paths: { ...paths, ...filePath(cdrs, sound), ...filePath(incomingCdrs, sound), ...filePath(cdrExports, file) },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: `The token that \`POST ${ROOT}/auth\` gives.` },
        session: { type: 'apiKey', in: 'cookie', name: '_yeti_customer_v1_session', description: 'The token in a cookie, for browsers.' },
      },
      parameters: sharedParameters,
      headers: sharedHeaders,
      responses: { NotModified: { description: 'Nothing changed.', headers: tagged } },
      schemas: {
        SignIn: toBody(signIn),
        Token: object({ jwt: { type: 'string', description: 'A JSON Web Token.' } }),
        Session: object({ 'allow-rec': { type: 'boolean', description: 'Whether you may hear recordings.' } }),
        ...Object.assign({}, ...[...listed, profiles, transportProtocols].map(resourceSchemas)),
        ExportOrder: toBody(exportOrder),
        ...errorSchemas,
      },
      examples: errorExamples(),
    },
  }
}

/** For `components/headers`. */
export const sharedHeaders: Schema = {
  RequestId: { description: 'Names this request in the logs; your own `X-Request-Id`, if you sent one.', schema: { type: 'string' } },
  ETag: { description: 'Names this state of the answer, for `If-None-Match`.', schema: { type: 'string' } },
}
