// Requests made of the documents; each answer is one that the document tells of.
import { Validator, type Schema } from '@cfworker/json-schema'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { customerDocument } from '../../src/openapi/customer.ts'
import { operatorDocument } from '../../src/openapi/operator.ts'
import { bodyOf, load, loadDataset, send, tokenOf } from '../support/api.ts'

interface Parameter {
  name: string
  in: 'query' | 'path' | 'header'
  schema: ValueSchema
}

interface ValueSchema {
  type?: string
  enum?: string[]
  format?: string
  pattern?: string
  items?: ValueSchema
  minimum?: number
  maximum?: number
}

interface Operation {
  operationId: string
  parameters?: (Parameter | { $ref: string })[]
  responses: Record<string, { $ref: string } | { content?: Record<string, { schema: Schema }> }>
}

interface Document {
  paths: Record<string, { parameters?: Parameter[]; get?: Operation; post?: Operation; put?: Operation; delete?: Operation }>
  components: Record<string, Record<string, unknown>>
}

const copy = (document: unknown) => JSON.parse(JSON.stringify(document)) as Document
const customer = copy(customerDocument())
const operator = copy(operatorDocument())

/** An access that sees much of the data set. */
const ACCESS = 1
const ids: Record<string, string[]> = {}

beforeAll(async () => {
  await loadDataset()
  await load('profiles', ['{"id":1,"name":"All"}'])
  const headers = { authorization: await tokenOf(ACCESS) }
  for (const type of ['cdrs', 'incoming-cdrs', 'cdr-exports', 'accounts']) {
    const all = type.endsWith('cdrs') ? '?filter[time_start_gteq]=2000-01-01' : ''
    const { data } = await bodyOf(await send(`/api/rest/customer/v1/${type}${all}`, { headers }))
    ids[type] = data.map(({ id }) => id)
  }
})

/** The object that a reference stands for. */
function resolve<Target>(document: Document, target: Target | { $ref: string }): Target {
  if (typeof target !== 'object' || target === null || !('$ref' in target)) return target
  return target.$ref
    .slice(2)
    .split('/')
    .reduce<unknown>((object, name) => (object as Record<string, unknown>)[name], document) as Target
}

/** Text that a schema allows for a value. */
function textOf(schema: ValueSchema): fc.Arbitrary<string> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'array':
      return fc.uniqueArray(textOf(schema.items!), { minLength: 1, maxLength: 3 }).map((elements) => elements.join(','))
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 100_000 }).map(String)
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
    case 'boolean':
      return fc.boolean().map(String)
    default:
      return stringOf(schema)
  }
}

function stringOf({ format, pattern }: ValueSchema): fc.Arbitrary<string> {
  switch (format) {
    case 'date-time':
      return fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString())
    case 'uuid':
      return fc.constantFrom(...ids['accounts']!, '00000000-0000-1000-8000-000000000000')
    case 'inet':
      return fc.oneof(fc.ipV4(), fc.ipV6())
    default: {
      const quoted = fc.string({ unit: 'grapheme' }).map((text) => `"${text.replaceAll('"', '""')}"`)
      return fc.oneof(fc.string({ unit: 'grapheme' }), quoted).filter((text) => new RegExp(pattern ?? '', 'u').test(text))
    }
  }
}

/** A path with some of the query's parameters. */
function requestOf(path: string, type: string, parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const query = parameters.filter((parameter) => parameter.in === 'query')
  const id = fc.constantFrom(...(ids[type] ?? ['-']))
  const pair = (parameter: Parameter) => textOf(parameter.schema).map((text) => [parameter.name, text] as const)
  const pairs = fc.subarray(query, { maxLength: Math.min(4, query.length) }).chain((some) => fc.tuple(...some.map(pair)))
  return fc.tuple(id, pairs).map(([one, chosen]) => {
    const search = new URLSearchParams(chosen.map(([name, text]) => [name, text])).toString()
    return path.replace('{id}', one) + (search === '' ? '' : `?${search}`)
  })
}

/** Checks that a document tells of answers of an operation. */
function judgeOf(document: Document, operation: Operation) {
  const validators = new Map<string, Validator>()
  return async (response: Response): Promise<string[]> => {
    const told = operation.responses[String(response.status)]
    if (!told) return [`status ${response.status} is not told of`]
    const text = await response.text()
    if (text === '') return []
    const mediaType = (response.headers.get('content-type') ?? '').split(';', 1)[0]!
    const content = resolve(document, told).content?.[mediaType]
    if (!content) return [`${mediaType} is not told of for ${response.status}`]
    const known = validators.get(`${response.status}`)
    const validator = known ?? new Validator({ ...content.schema, components: document.components }, '2020-12')
    validators.set(`${response.status}`, validator)
    const { errors } = validator.validate(JSON.parse(text))
    return errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
  }
}

const parametersOf = (path: string, operation: Operation) =>
  [...(customer.paths[path]?.parameters ?? []), ...(operation.parameters ?? [])].map((one) => resolve<Parameter>(customer, one))

const reads = Object.entries(customer.paths).flatMap(([path, { get }]) => (get ? [[get.operationId, path, get] as const] : []))

describe('a request that the document allows gets an answer that it tells of', () => {
  test.for(reads)('%s', { timeout: 60_000 }, async ([, path, operation]) => {
    const type = path.split('/')[5]!
    const judge = judgeOf(customer, operation)
    const headers = { authorization: await tokenOf(ACCESS), accept: 'application/vnd.api+json' }
    const isFile = /\/(?:rec|download)$/.test(path)
    await fc.assert(
      fc.asyncProperty(requestOf(path, type, parametersOf(path, operation)), async (request) => {
        const response = await send(request, { headers })
        const { status } = response
        expect(await judge(response)).toEqual([])
        expect(isFile ? [200, 404] : [200]).toContain(status)
      }),
      { numRuns: 60 },
    )
  })

  test('createCdrExports', async () => {
    const operation = customer.paths['/api/rest/customer/v1/cdr-exports']!.post!
    const judge = judgeOf(customer, operation)
    const headers = { authorization: await tokenOf(ACCESS), 'content-type': 'application/vnd.api+json' }
    const time = stringOf({ format: 'date-time' })
    const filters = fc.record(
      { time_start_gteq: time, time_start_lt: time, success_eq: fc.boolean(), duration_gteq: fc.nat(), src_prefix_routing_eq: fc.string() },
      { requiredKeys: ['time_start_gteq', 'time_start_lt'] },
    )
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(...ids['accounts']!), async (given, id) => {
        const attributes = { filters: given, 'time-zone-name': 'Europe/Kyiv' }
        const body = { data: { type: 'cdr-exports', attributes, relationships: { account: { data: { type: 'accounts', id } } } } }
        const response = await send('/api/rest/customer/v1/cdr-exports', { method: 'POST', headers, body: JSON.stringify(body) })
        const { status } = response
        expect(await judge(response)).toEqual([])
        expect(status).toBe(201)
      }),
      { numRuns: 20 },
    )
  })
})

describe('a refusal is one that the document tells of', () => {
  const ROOT = '/api/rest/customer/v1'
  test.for([
    ['GET', '/cdrs', '?filter[duration_eq]=abc', 400],
    ['GET', '/cdrs', '?fields[cdrs]=x', 400],
    ['GET', '/cdrs/{id}', '?include=x', 400],
    ['GET', '/accounts', '?page[size]=0', 400],
    ['POST', '/cdr-exports', '', 415],
    ['POST', '/auth', '', 400],
  ] as const)('%s %s%s', async ([method, path, search, status]) => {
    const operation = customer.paths[ROOT + path]![method === 'GET' ? 'get' : 'post']!
    const request = (ROOT + path).replace('{id}', ids['cdrs']![0]!) + search
    const response = await send(request, { method, headers: { authorization: await tokenOf(ACCESS) } })
    expect(response.status).toBe(status)
    expect(await judgeOf(customer, operation)(response)).toEqual([])
  })
  test.for(reads)('%s without a token', async ([, path, operation]) => {
    const response = await send(path.replace('{id}', '00000000-0000-1000-8000-000000000000'), {})
    expect(response.status).toBe(401)
    expect(await judgeOf(customer, operation)(response)).toEqual([])
  })
})

describe('the operator gets answers that the document tells of', () => {
  const ROOT = '/api/operator/v1'
  const UUID = '00000000-0000-1000-8000-000000000000'
  test.for([
    ['get', '/status', undefined, 200],
    ['get', '/rejected-cdrs', undefined, 200],
    ['post', '/counters/verify', undefined, 200],
    ['put', '/cdrs', '{"id":"x"}\n{"id":1}', 200],
    ['put', '/customers', '{"id":1,', 400],
    ['delete', '/cdr-exports/{uuid}', undefined, 404],
    ['delete', '/api-accesses/{id}', undefined, 204],
  ] as const)('%s %s', async ([method, path, body, status]) => {
    const operation = operator.paths[ROOT + path]![method]!
    const headers = { authorization: `Bearer ${env.OPERATOR_KEY}` }
    const init = { method: method.toUpperCase(), headers, ...(body !== undefined && { body }) }
    const response = await send((ROOT + path).replace('{uuid}', UUID).replace('{id}', '1'), init)
    expect(response.status).toBe(status)
    expect(await judgeOf(operator, operation)(response)).toEqual([])
  })
})
