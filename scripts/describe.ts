// Writes what is made of the code: the OpenAPI documents, the tables of the filter guide and of the README, the client's types.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientTypes } from '../src/openapi/client-types.ts'
import { customerDocument } from '../src/openapi/customer.ts'
import { withFilterTables } from '../src/openapi/filter-tables.ts'
import { toJson } from '../src/openapi/json.ts'
import { operatorDocument } from '../src/openapi/operator.ts'
import { withSettingsTable } from '../src/openapi/settings-table.ts'

const projectFolder = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(projectFolder, path), 'utf8')
const write = (path: string, text: string) => writeFileSync(join(projectFolder, path), text)

write('public/openapi.json', `${toJson(customerDocument())}\n`)
write('public/openapi-operator.json', `${toJson(operatorDocument())}\n`)
write('src/client/resources.ts', clientTypes())
write('docs/filters.md', withFilterTables(read('docs/filters.md')))
write('README.md', withSettingsTable(read('README.md')))
