import { Hono } from 'hono'
import type { App } from '../app.ts'
import { problems } from '../jsonapi/problem.ts'
import { UUID } from '../read/types.ts'
import { deleteExport } from './retention.ts'

/** The operator's side of exports: one can be deleted. */
export const operatorExports = new Hono<App>()

operatorExports.delete('/:uuid', async (c) => {
  const uuid = c.req.param('uuid').toLowerCase()
  if (!UUID.test(uuid) || !(await deleteExport(c.env, uuid))) throw problems.recordNotFound(c.req.param('uuid'))
  return c.body(null, 204)
})

operatorExports.all('/:uuid', () => {
  throw problems.methodNotAllowed(['DELETE'])
})
