// The operator API as an OpenAPI 3.1 document; the rows are made of the columns that may be loaded.
import { toJSONSchema, type ZodMiniObject } from 'zod/mini'
import { exportPath } from '../exports/requests.ts'
import { batchHeaders, rejectedPage, rowPath } from '../ingest/requests.ts'
import { kinds, type Column, type Kind } from '../ingest/schema.ts'
import * as columnTypes from '../ingest/types.ts'
import { OPERATOR_ROOT } from '../roots.ts'
import { sharedHeaders } from './customer.ts'
import { componentName } from './documents.ts'
import { errorExamples, errorResponses, errorSchemas } from './errors.ts'
import type { Schema } from './schema.ts'

const description = `\
Rows come in here: customers, accounts, accesses, CDRs. Every row is stored by its \`id\` (exports by \`uuid\`); a row that is sent twice changes
nothing. A key that is absent keeps what is stored, or is null in a new row; an explicit null overwrites; unknown keys are ignored.

Numbers and booleans may come as strings, as PostgreSQL's \`COPY\` writes them. Integers may have 64 bits, decimals any number of digits: nothing is
rounded.`

/** What a column takes besides strings, which every column takes. */
const taken = new Map<unknown, string[]>([
  [columnTypes.smallint, ['integer', 'string']],
  [columnTypes.integer, ['integer', 'string']],
  [columnTypes.bigint, ['integer', 'string']],
  [columnTypes.decimal, ['number', 'string']],
  [columnTypes.boolean, ['boolean', 'integer', 'string']],
  [columnTypes.text, ['string', 'number', 'boolean']],
  [columnTypes.integers, ['array', 'string']],
  [columnTypes.networks, ['array', 'string']],
  [columnTypes.jsonList, ['array', 'string']],
  [columnTypes.jsonObject, ['object', 'string']],
])

function columnSchema({ type, whenNull }: Column): Schema {
  const names = taken.get(type) ?? ['string']
  return {
    type: whenNull === undefined ? names : [...names, 'null'],
    description: `${capital(type.name)}.`,
  }
}

function rowSchema({ columns, key, digest }: Kind): Schema {
  const properties = Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)]))
  const password = { type: ['string', 'null'], minLength: 1, description: 'Hashed at once; only the hash is kept.', writeOnly: true }
  return {
    type: 'object',
    required: [columns[key]!.name],
    properties: digest === undefined ? properties : { ...properties, password },
  }
}

const requestId: Schema = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } }

const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

const answer = (text: string, schema: Schema): Schema => ({
  description: text,
  headers: requestId,
  content: { 'application/json': { schema } },
})

/** The parameters that a schema of `jsonapi/checked.ts` reads. */
function parametersOf(place: 'query' | 'path' | 'header', checks: ZodMiniObject): Schema[] {
  const { properties = {}, required = [] } = toJSONSchema(checks, { io: 'input' }) as JsonSchemaOfObject
  return Object.entries(properties).map(([name, { description: text, ...schema }]) => ({
    name,
    in: place,
    ...(required.includes(name) && { required: true }),
    ...(text !== undefined && { description: text }),
    schema,
  }))
}

interface JsonSchemaOfObject {
  properties?: Record<string, Schema>
  required?: string[]
}

function loadPath([kind, { counted }]: [string, Kind]): Schema {
  const row = refTo(`${componentName(kind)}Row`)
  const rows = { type: 'array', items: row }
  const operation = (method: string, summary: string) => ({
    operationId: `${method}${componentName(kind)}`,
    tags: [kind],
    summary,
    ...(counted && { parameters: parametersOf('header', batchHeaders) }),
    requestBody: {
      required: true,
      description:
        'The body tells its form, whatever its type: an object with a list `data`, a list, an object, or JSON in lines; also gzipped.',
      content: {
        'application/json': {
          schema: { anyOf: [{ type: 'object', required: ['data'], properties: { data: rows } }, rows, row] },
        },
        'application/x-ndjson': { schema: { type: 'string', description: 'A row in each line.' } },
      },
    },
    responses: { 200: answer('What became of the rows.', refTo('Outcome')), ...errorResponses(['operatorKeyWrong']) },
  })
  return {
    [`${OPERATOR_ROOT}/${kind}`]: {
      put: operation('put', `Store ${kind}`),
      post: operation('post', `Store ${kind}, as PUT does`),
      patch: operation('patch', `Store ${kind}, as PUT does`),
    },
  }
}

/** The path of one row, where it may be deleted. */
function deletePath([name, kind]: [string, Kind]): Schema {
  if (!kind.deletable) return {}
  return {
    [`${OPERATOR_ROOT}/${name}/{${kind.columns[kind.key]!.name}}`]: {
      parameters: parametersOf('path', rowPath(kind)),
      delete: {
        operationId: `delete${componentName(name)}`,
        tags: [name],
        summary: `Delete a row of ${name}`,
        description: 'The answer is the same if there is none.',
        responses: {
          204: { description: 'There is no such row any more.', headers: requestId },
          ...errorResponses(['operatorKeyWrong', 'recordNotFound']),
        },
      },
    },
  }
}

const capital = (text: string) => text.replace(/^./, (letter) => letter.toUpperCase())

const count: Schema = { type: 'integer', minimum: 0 }
const time: Schema = { type: ['string', 'null'], format: 'date-time' }

const object = (properties: Schema): Schema => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
})

const schemas: Schema = {
  Outcome: object({
    received: { ...count, description: 'Rows that came: the sum of the three below.' },
    stored: { ...count, description: 'New rows, and rows that changed.' },
    unchanged: { ...count, description: 'Rows that were stored already.' },
    rejected: { ...count, description: 'Rows that could not be stored.' },
    errors: {
      type: 'array',
      maxItems: 100,
      description: 'The first rejected rows.',
      items: object({ line: { ...count, description: 'The line, or the place in `data`, from 1.' }, detail: { type: 'string' } }),
    },
  }),
  Status: object({
    customers: { ...count, description: 'Rows of these tables; 10000 stands for as many or more.' },
    accounts: count,
    api_accesses: count,
    transport_protocols: count,
    cdr_exports: count,
    cdrs: { ...count, description: 'All CDRs.' },
    oldest_cdr: { ...time, description: 'When the oldest call began that a customer can see.' },
    newest_cdr: { ...time, description: 'When the newest call began that a customer can see.' },
    last_batch: {
      ...object({ at: time, cdrs: { type: ['integer', 'null'] }, yeti_batch_id: { type: ['integer', 'null'] } }),
      description: 'The last batch that brought new CDRs.',
    },
    rejected_cdrs: { ...count, description: 'CDRs that were set aside.' },
    last_rejected_at: time,
    cut_cdrs: { ...count, description: 'CDRs of which a text was too long to be stored whole; 10000 stands for as many or more.' },
    counters_complete: { type: 'boolean', description: 'Whether the CDR with the lowest id is counted. If not, repair the counters.' },
    marks_complete: {
      type: 'boolean',
      description: 'Whether all CDRs are marked for the vendors who may list them. If not, the cron is at it.',
    },
    pending_exports: count,
    database_bytes: { type: ['integer', 'null'], description: 'Size of the database.' },
  }),
  RejectedCdrs: object({
    rejected: {
      type: 'array',
      items: object({
        id: count,
        rejected_at: { type: 'string', format: 'date-time' },
        detail: { type: 'string', description: 'What is wrong with it.' },
        row: { type: 'string', description: 'The first 2000 characters as they came, without secrets.' },
      }),
    },
    next: { type: ['string', 'null'], description: 'The path of the next page.' },
  }),
  Recount: {
    oneOf: [
      object({ done: { const: false }, recounted: count, restarted: { type: 'boolean' } }),
      object({
        done: { const: true },
        recounted: count,
        wrong: { ...count, description: 'How many counters were wrong.' },
        wrong_marks: { ...count, description: 'How many CDRs their vendors could not find, or need not.' },
        repaired: { type: 'boolean' },
        examples: { type: 'array', items: { type: 'object' } },
      }),
    ],
  },
}

const recount = (id: string, summary: string): Schema => ({
  post: {
    operationId: id,
    tags: ['status'],
    summary,
    description: 'Goes on with a recount, or begins one. Send it again until `done` is true.',
    responses: { 200: answer('How far it is, and at its end what was found.', refTo('Recount')), ...errorResponses(['operatorKeyWrong']) },
  },
})

const otherPaths: Schema = {
  [`${OPERATOR_ROOT}/status`]: {
    get: {
      operationId: 'showStatus',
      tags: ['status'],
      summary: 'Show how much there is, and whether CDRs still come in',
      responses: { 200: answer('The state of the service.', refTo('Status')), ...errorResponses(['operatorKeyWrong']) },
    },
  },
  [`${OPERATOR_ROOT}/rejected-cdrs`]: {
    get: {
      operationId: 'listRejectedCdrs',
      tags: ['status'],
      summary: 'List the CDRs that could not be stored, the newest first',
      parameters: parametersOf('query', rejectedPage),
      responses: { 200: answer('The CDRs.', refTo('RejectedCdrs')), ...errorResponses(['operatorKeyWrong', 'parameterNotAllowed']) },
    },
  },
  [`${OPERATOR_ROOT}/counters/verify`]: recount('verifyCounters', 'Hold the counters against the CDRs'),
  [`${OPERATOR_ROOT}/counters/repair`]: recount('repairCounters', 'Set the counters right'),
  [`${OPERATOR_ROOT}/cdr-exports/{uuid}`]: {
    parameters: parametersOf('path', exportPath),
    delete: {
      operationId: 'deleteCdrExport',
      tags: ['cdr-exports'],
      summary: 'Delete the file of an export',
      description: 'The export stays in its list, with the status `Deleted`.',
      responses: { 204: { description: 'It is deleted.', headers: requestId }, ...errorResponses(['operatorKeyWrong', 'recordNotFound']) },
    },
  },
}

/** The operator API. */
export const operatorDocument = (): Schema => ({
  openapi: '3.1.1',
  info: { title: 'Operator API', version: '1', description, license: { name: 'MIT', identifier: 'MIT' } },
  servers: [{ url: '/' }],
  tags: [
    { name: 'status', description: 'Whether all is well.' },
    ...[...kinds.keys()].map((name) => ({ name, description: `Rows of ${name}.` })),
  ],
  security: [{ bearer: [] }, { basic: [] }, { header: [] }],
  paths: Object.assign({}, otherPaths, ...[...kinds].map(loadPath), ...[...kinds].map(deletePath)) as Schema,
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'The operator key.' },
      basic: { type: 'http', scheme: 'basic', description: 'The operator key as the password of any user.' },
      header: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The operator key.' },
    },
    headers: { RequestId: sharedHeaders['RequestId'] },
    schemas: {
      ...schemas,
      ...Object.fromEntries([...kinds].map(([name, kind]) => [`${componentName(name)}Row`, rowSchema(kind)])),
      ...errorSchemas,
    },
    examples: errorExamples(),
  },
})
