import { Hono } from 'hono'
import type { App } from './app.ts'
import { authenticate, authenticateForFile } from './auth/authenticate.ts'
import { authenticateOperator } from './auth/operator-key.ts'
import { auth } from './auth/route.ts'
import { createExport } from './exports/create.ts'
import { downloads } from './exports/download.ts'
import { operatorExports } from './exports/operator-route.ts'
import { tidyExports } from './exports/retention.ts'
import { home } from './home.ts'
import { canonicalPath } from './http/negotiate.ts'
import { goOnMarking } from './ingest/incoming.ts'
import { deleteOldCdrs } from './ingest/retention.ts'
import { health } from './health.ts'
import { operator } from './ingest/route.ts'
import { allowOrigins, answerProblem, configure, prepare, refuseUnreadable } from './middleware.ts'
import { problems } from './jsonapi/problem.ts'
import { readRoutes } from './read/route.ts'
import { recordings } from './recordings/route.ts'
import { accounts } from './resources/accounts.ts'
import { cdrExports } from './resources/cdr-exports.ts'
import { cdrs } from './resources/cdrs.ts'
import { hideable } from './resources/hideable.ts'
import { incomingCdrs } from './resources/incoming-cdrs.ts'
import { profiles } from './resources/profiles.ts'
import { OPERATOR_ROOT, ROOT } from './roots.ts'
import { SettingsError, settingsReader } from './settings.ts'

const settingsOf = settingsReader(hideable)

const app = new Hono<App>({ getPath: ({ url }) => canonicalPath(url, ROOT) })

app.use(prepare(settingsOf), configure(settingsOf), allowOrigins, refuseUnreadable)
for (const resource of [accounts, cdrs, incomingCdrs, profiles]) app.route(`${ROOT}/${resource.type}`, readRoutes(resource, authenticate))
app.route(`${ROOT}/${cdrExports.type}`, readRoutes(cdrExports, authenticate, createExport))
app.route(`${ROOT}/${cdrExports.type}`, downloads(authenticateForFile))
app.route(ROOT, recordings(authenticateForFile))
app.route(`${ROOT}/auth`, auth)
app.use(`${OPERATOR_ROOT}/*`, authenticateOperator)
app.route(`${OPERATOR_ROOT}/${cdrExports.type}`, operatorExports)
app.route(OPERATOR_ROOT, operator)
app.get('/', home)
app.route('/', health)
app.notFound(() => Promise.reject(problems.routeNotFound()))
app.onError(answerProblem)

const scheduled = async (_: ScheduledController, env: Env) => {
  const settings = settingsOf(env)
  if (settings instanceof SettingsError) throw settings
  const now = Date.now()
  await Promise.all([
    tidyExports(env, settings.exportRetentionDays, now),
    deleteOldCdrs(env, settings.cdrRetentionDays, now),
    goOnMarking(env),
  ])
}

export { ExportWorkflow } from './exports/workflow.ts'
export default Object.assign(app, { scheduled })
