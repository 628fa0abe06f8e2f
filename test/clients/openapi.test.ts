// The documents as the tools read them that make clients of them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import SwaggerParser from '@apidevtools/swagger-parser'
import { expect, test } from 'vitest'

test.for(['openapi.json', 'openapi-operator.json'])('%s is an OpenAPI document', async (name) => {
  const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../public', name), 'utf8')) as never
  await expect(SwaggerParser.validate(document)).resolves.toMatchObject({ openapi: '3.1.1' })
})
