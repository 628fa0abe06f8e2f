// The file that belongs to a row: the row is looked up as by `show`, then its file is sent. Which file that is, a room above says.
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import { openFile, sendFile } from '../http/file.ts'
import { firstFormat } from '../http/negotiate.ts'
import { respondEmpty } from '../http/respond.ts'
import { problems } from '../jsonapi/problem.ts'
import type { Settings } from '../settings.ts'
import { planFile } from './plan/plan.ts'
import type { Row } from './statement/projection.ts'
import type { Resource, Viewer } from './definition/resource.ts'
import { admitted, PARAM, readLatest, readQuery } from './route.ts'
import { runSingle } from './run.ts'
import { columnsStatement } from './statement/single.ts'

/** Which file belongs to a row. */
export interface FileDefinition {
  /** The end of its path. */
  name: string
  /** What of the row it is found by. */
  columns: readonly SQLiteColumn[]
  /** Finds it by the public id and `columns`; undefined where there is none, or none for this viewer. */
  locate: (row: Row, viewer: Viewer, settings: Settings) => { key: string; description: Record<string, string> } | undefined
}

/** The route of the files of a resource. `authenticate` sets the subject. */
export function fileRoutes(resource: Resource, file: FileDefinition, authenticate: MiddlewareHandler<App>): Hono<App> {
  const path = `/${PARAM[resource.definition.id.form]}/${file.name}`
  return new Hono<App>()
    .get(path, readQuery, authenticate, readLatest(resource), (c) => answer(c, resource, file))
    .all(path, () => Promise.reject(problems.methodNotAllowed(['GET', 'HEAD'])))
}

async function answer(c: Context<App>, resource: Resource, { columns, locate }: FileDefinition): Promise<Response> {
  const plan = await admitted(c, ({ subject }) => planFile(resource, c.req.param('id') ?? '', subject))
  const { viewer, row } = await runSingle(c.var.database, columnsStatement(resource, plan, columns), plan.id)
  const located = locate(row, viewer, c.var.settings)
  const opened = located && (await openFile(c.env.FILES, located.key, c.req.raw))
  if (!opened) return respondEmpty(404, { 'content-type': firstFormat(c.req.header('accept')), 'content-length': '0' })
  if (opened.status === 412) throw problems.preconditionFailed()
  if (opened.status === 416) throw problems.rangeNotSatisfiable(opened.object.size)
  return sendFile(opened, located.description)
}
