// The GET endpoints of a resource: parse, plan, run, document.
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import type { App } from '../app.ts'
import { accepts } from '../http/negotiate.ts'
import { respond } from '../http/respond.ts'
import { MEDIA_TYPE } from '../jsonapi/document.ts'
import { parse } from '../jsonapi/parse.ts'
import { problems } from '../jsonapi/problem.ts'
import { toLinkageDocument, toListDocument, toRelatedDocument, toShowDocument } from './document.ts'
import { planLinkage, planList, planRelated, planShow, type Asker } from './plan.ts'
import { hide, type Resource } from './resource.ts'
import { admit, runList, runSingle } from './run.ts'
import { linkageStatement, relatedStatement, showStatement } from './sql.ts'

/** Where the customer API begins, in routes and in links. */
export const ROOT = '/api/rest/customer/v1'

type Handler = (c: Context<App>) => Promise<Response>

const list =
  (resource: Resource): Handler =>
  async (c) => {
    const plan = await planned(c, (asker) => planList(seen(c, resource), c.var.query, asker, Date.now()))
    return send(c, toListDocument(plan, await runList(c.var.database, plan)))
  }

const show =
  (resource: Resource): Handler =>
  async (c) => {
    const plan = await planned(c, (asker) => planShow(seen(c, resource), c.var.query, idOf(c), asker))
    return send(c, toShowDocument(plan, await runSingle(c.var.database, showStatement(plan), plan.id)))
  }

const related =
  (resource: Resource, name: string): Handler =>
  async (c) => {
    const plan = await planned(c, (asker) => planRelated(seen(c, resource), name, c.var.query, idOf(c), asker))
    return send(c, toRelatedDocument(plan, await runSingle(c.var.database, relatedStatement(plan), plan.id)))
  }

const linkage =
  (resource: Resource, name: string): Handler =>
  async (c) => {
    const plan = await planned(c, (asker) => planLinkage(seen(c, resource), name, idOf(c), asker))
    return send(c, toLinkageDocument(plan, await runSingle(c.var.database, linkageStatement(plan), plan.id)))
  }

/** Makes a plan. A refusal waits until it is known that whoever is refused may ask at all: 401 comes first. */
async function planned<Plan>(c: Context<App>, plan: (asker: Asker) => Plan): Promise<Plan> {
  try {
    const accept = c.req.header('accept')
    if (!accepts(accept, MEDIA_TYPE)) throw problems.notAcceptable(accept ?? '')
    return plan({ subject: c.var.subject, base: originOf(c.req.url) + ROOT })
  } catch (refusal) {
    await admit(c.var.database, c.var.subject)
    throw refusal
  }
}

/** The resource without what the operator hides. */
const seen = (c: Context<App>, resource: Resource) => {
  const { hiddenBy } = resource.definition
  return hiddenBy ? hide(resource, c.env[hiddenBy]) : resource
}

/** A request's URL has been normalised by the runtime: no default port, no user. */
const originOf = (url: string) => url.slice(0, url.indexOf('/', url.indexOf('://') + 3))

const idOf = (c: Context<App>) => c.req.param('id') ?? ''

const send = (c: Context<App>, body: string) => respond(c.req.raw, { status: 200, contentType: MEDIA_TYPE, body })

const PARAM = { integer: ':id', uuid: ':id{[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}}' }

/** Reads the query before anything else: one that cannot be read is told to anybody. */
const readQuery: MiddlewareHandler<App> = async (c, next) => {
  c.set('query', parse(c.req.url))
  await next()
}

/** The routes of a resource: its list, its objects, and what each of those links to. `authenticate` sets the subject. */
export function readRoutes(resource: Resource, authenticate: MiddlewareHandler<App>): Hono<App> {
  const one = `/${PARAM[resource.definition.id.form]}`
  const routes = new Hono<App>()
  const get = (path: string, handler: Handler) =>
    routes.get(path, readQuery, authenticate, handler).all(path, () => Promise.reject(problems.methodNotAllowed(['GET', 'HEAD'])))
  get('/', list(resource))
  get(one, show(resource))
  for (const name of resource.relationships.keys()) {
    get(`${one}/relationships/${name}`, linkage(resource, name))
    get(`${one}/${name}`, related(resource, name))
  }
  return routes
}
