// The GET endpoints of a resource: parse, plan, run, document.
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import { UUID } from '../db/uuid.ts'
import { accepts } from '../http/negotiate.ts'
import { respond } from '../http/respond.ts'
import { MEDIA_TYPE } from '../jsonapi/document.ts'
import { parse } from '../jsonapi/parse.ts'
import { problems } from '../jsonapi/problem.ts'
import { ROOT } from '../roots.ts'
import { toLinkageDocument, toListDocument, toRelatedDocument, toShowDocument } from './document.ts'
import { planLinkage, planList, planRelated, planShow, type Asker } from './plan/plan.ts'
import { hide, type Resource } from './definition/resource.ts'
import { admit, runList, runSingle } from './run.ts'
import { linkageStatement, relatedStatement, showStatement } from './statement/single.ts'

type Handler = (c: Context<App>) => Promise<Response>

const list =
  (all: Resource): Handler =>
  async (c) => {
    const resource = seen(c, all)
    const plan = await planned(c, (asker) => planList(resource, c.var.query, asker, Date.now(), c.var.settings.searchBudget))
    return send(c, toListDocument(resource, plan, await runList(c.var.database, resource, plan)))
  }

const show =
  (all: Resource): Handler =>
  async (c) => {
    const resource = seen(c, all)
    const plan = await planned(c, (asker) => planShow(resource, c.var.query, c.req.param('id'), asker))
    return send(c, toShowDocument(plan, await runSingle(c.var.database, showStatement(resource, plan), plan.id)))
  }

const related =
  (all: Resource, name: string): Handler =>
  async (c) => {
    const resource = seen(c, all)
    const plan = await planned(c, (asker) => planRelated(resource, name, c.var.query, idOf(c), asker))
    return send(c, toRelatedDocument(plan, await runSingle(c.var.database, relatedStatement(resource, plan), plan.id)))
  }

const linkage =
  (all: Resource, name: string): Handler =>
  async (c) => {
    const resource = seen(c, all)
    const plan = await planned(c, (asker) => planLinkage(resource, name, idOf(c), asker))
    return send(c, toLinkageDocument(resource, plan, await runSingle(c.var.database, linkageStatement(resource, plan), plan.id)))
  }

/** Makes a plan for a client that takes JSON:API. */
const planned = <Plan>(c: Context<App>, plan: (asker: Asker) => Plan): Promise<Plan> =>
  admitted(c, (asker) => {
    requireJsonApi(c)
    return plan(asker)
  })

/** Does what may refuse. A refusal waits until it is known that whoever is refused may ask at all: 401 comes first. */
export async function admitted<Result>(c: Context<App>, attempt: (asker: Asker) => Result | Promise<Result>): Promise<Result> {
  try {
    return await attempt({ subject: c.var.subject, base: originOf(c.req.url) + ROOT })
  } catch (refusal) {
    await admit(c.var.database, c.var.subject)
    throw refusal
  }
}

/** Refuses a client that would not take a JSON:API document. */
export function requireJsonApi(c: Context<App>): void {
  const accept = c.req.header('accept')
  if (!accepts(accept, MEDIA_TYPE)) throw problems.notAcceptable(accept ?? '')
}

/** The resource without what the operator hides. */
const seen = (c: Context<App>, resource: Resource) => {
  const { hiddenBy } = resource.definition
  return hiddenBy ? hide(resource, c.var.settings.hiddenFields[hiddenBy]) : resource
}

/** A request's URL has been normalised by the runtime: no default port, no user. */
const originOf = (url: string) => url.slice(0, url.indexOf('/', url.indexOf('://') + 3))

const idOf = (c: Context<App>) => c.req.param('id') ?? ''

const send = (c: Context<App>, body: string) => respond(c.req.raw, { status: 200, contentType: MEDIA_TYPE, body })

/** An object's id in a route. */
export const PARAM = { integer: ':id', uuid: `:id{${UUID.source.slice(1, -1)}}` }

/** Reads the query before anything else: one that cannot be read is told to anybody. */
export const readQuery: MiddlewareHandler<App> = async (c, next) => {
  c.set('query', parse(c.req.url))
  await next()
}

/** Resources that must be seen as they were last written are read from the primary. */
export const readLatest =
  ({ definition: { latest } }: Resource): MiddlewareHandler<App> =>
  (c, next) => {
    if (latest) c.var.database.readLatest()
    return next()
  }

/**
 * The routes of a resource: its list, its objects, and what each of those links to; a singleton has but one. `authenticate` sets the subject,
 * `create` answers POST on the list.
 */
export function readRoutes(resource: Resource, authenticate: MiddlewareHandler<App>, create?: Handler): Hono<App> {
  const one = `/${PARAM[resource.definition.id.form]}`
  const routes = new Hono<App>()
  const get = (path: string, handler: Handler, post?: Handler) => {
    routes.get(path, readQuery, authenticate, readLatest(resource), handler)
    if (post) routes.post(path, readQuery, authenticate, post)
    routes.all(path, () => Promise.reject(problems.methodNotAllowed(post ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD'])))
  }
  if (resource.definition.singleton) {
    get('/', show(resource))
    return routes
  }
  get('/', list(resource), create)
  get(one, show(resource))
  for (const name of resource.relationships.keys()) {
    get(`${one}/relationships/${name}`, linkage(resource, name))
    get(`${one}/${name}`, related(resource, name))
  }
  return routes
}
