import { Hono } from 'hono'
import type { App } from './app.ts'
import { authenticate } from './auth/authenticate.ts'
import { canonicalPath } from './http/negotiate.ts'
import { operator } from './ingest/route.ts'
import { answerProblem, prepare, refuseUnreadable } from './middleware.ts'
import { problems } from './jsonapi/problem.ts'
import { readRoutes, ROOT } from './read/route.ts'
import { accounts } from './resources/accounts.ts'
import { cdrExports } from './resources/cdr-exports.ts'
import { cdrs } from './resources/cdrs.ts'
import { incomingCdrs } from './resources/incoming-cdrs.ts'

const app = new Hono<App>({ getPath: (request) => canonicalPath(request.url) })

app.use(prepare, refuseUnreadable)
for (const resource of [accounts, cdrs, incomingCdrs, cdrExports]) app.route(`${ROOT}/${resource.type}`, readRoutes(resource, authenticate))
app.route('/api/operator/v1', operator)
app.notFound(() => Promise.reject(problems.routeNotFound()))
app.onError(answerProblem)

export default app
