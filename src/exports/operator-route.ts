import { Hono } from 'hono'
import type { App } from '../app.ts'
import { DatabaseError } from '../db/database.ts'
import { StorageError } from '../http/file.ts'
import { checked, notFound } from '../jsonapi/checked.ts'
import { problems } from '../jsonapi/problem.ts'
import { exportPath } from './requests.ts'
import { deleteExport } from './retention.ts'

/** The operator's side of exports: one can be deleted. */
export const operatorExports = new Hono<App>()

operatorExports.delete('/:uuid', checked('param', exportPath, notFound), async (c) => {
  if (!(await deleted(c.env, c.req.valid('param').uuid))) throw problems.recordNotFound(c.req.param('uuid'))
  return c.body(null, 204)
})

operatorExports.all('/:uuid', () => {
  throw problems.methodNotAllowed(['DELETE'])
})

/** A failure that is not the database's is the storage's or the workflow engine's: to be tried again. */
async function deleted(env: Env, uuid: string): Promise<boolean> {
  try {
    return await deleteExport(env, uuid)
  } catch (cause) {
    throw cause instanceof DatabaseError ? cause : new StorageError('The files of an export could not be deleted', { cause })
  }
}
