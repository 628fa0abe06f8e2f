// Writes what is made of the resource definitions: the OpenAPI documents, the tables of the filter guide, the client's types.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientTypes } from '../src/openapi/client-types.ts'
import { customerDocument } from '../src/openapi/customer.ts'
import { withFilterTables } from '../src/openapi/filter-tables.ts'
import { toJson } from '../src/openapi/json.ts'
import { operatorDocument } from '../src/openapi/operator.ts'

const projectFolder = join(import.meta.dirname, '..')
const write = (path: string, text: string) => writeFileSync(join(projectFolder, path), text)

write('public/openapi.json', `${toJson(customerDocument())}\n`)
write('public/openapi-operator.json', `${toJson(operatorDocument())}\n`)
write('src/client/resources.ts', clientTypes())
write('docs/filters.md', withFilterTables(readFileSync(join(projectFolder, 'docs/filters.md'), 'utf8')))
