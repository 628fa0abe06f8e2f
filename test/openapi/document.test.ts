import { describe, expect, test } from 'vitest'
import filterGuide from '../../docs/filters.md?raw'
import readme from '../../README.md?raw'
import customerFile from '../../public/openapi.json?raw'
import operatorFile from '../../public/openapi-operator.json?raw'
// oxlint-disable-next-line import/default -- not the module, but its text
import clientFile from '../../src/client/resources.ts?raw'
import app from '../../src/index.ts'
import { exportFilters } from '../../src/openapi/bodies.ts'
import { clientTypes } from '../../src/openapi/client-types.ts'
import { customerDocument } from '../../src/openapi/customer.ts'
import { withFilterTables } from '../../src/openapi/filter-tables.ts'
import { toJson } from '../../src/openapi/json.ts'
import { operatorDocument } from '../../src/openapi/operator.ts'
import { withSettingsTable } from '../../src/openapi/settings-table.ts'
import { EXPORT_FILTERS } from '../../src/resources/cdr-exports.ts'

type Paths = Record<string, Record<string, unknown>>

/** Paths and methods, as `GET /cdrs/{id}`. */
const operationsOf = (document: { paths?: unknown }) =>
  Object.entries(document['paths'] as Paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path}`),
  )

/** The app's own, middleware and refused methods left out. */
const routesOf = (root: string) => {
  const routes = app.routes.filter(({ method, path }) => method !== 'ALL' && path.startsWith(root))
  return new Set(routes.map(({ method, path }) => `${method} ${path.replace(/\/:(\w+)(?:\{.*?\}\}?(?=\/|$))?/g, '/{$1}')}`))
}

describe('what `npm run describe` makes is up to date', () => {
  test('the document of the customer API', () => expect(`${toJson(customerDocument())}\n` === customerFile).toBe(true))
  test('the document of the operator API', () => expect(`${toJson(operatorDocument())}\n` === operatorFile).toBe(true))
  test('the tables of the filter guide', () => expect(withFilterTables(filterGuide)).toBe(filterGuide))
  test('the table of variables in the README', () => expect(withSettingsTable(readme)).toBe(readme))
  test("the client's types", () => expect(clientTypes()).toBe(clientFile))
})

describe('a document tells all that there is', () => {
  test('every route of the customer API', () => {
    expect(operationsOf(customerDocument()).sort()).toEqual([...routesOf('/api/rest/customer/v1')].sort())
  })
  test('every route of the operator API, with each kind of rows', () => {
    expect(operationsOf(operatorDocument()).sort()).toEqual([...routesOf('/api/operator/v1')].sort())
  })
  test('every filter of an export', () => expect(Object.keys(exportFilters.shape)).toEqual([...EXPORT_FILTERS.keys()]))
})
