// The endpoints of signing in: plain JSON, not JSON:API (contract B.5, B.6).
import { Hono } from 'hono'
import type { App } from '../app.ts'
import { recognise, viewerStatement } from '../db/viewer.ts'
import { firstFormat } from '../http/negotiate.ts'
import { isCrossSite } from '../http/origin.ts'
import { respond, respondEmpty } from '../http/respond.ts'
import { JSON_TYPE } from '../jsonapi/document.ts'
import { problems } from '../jsonapi/problem.ts'
import { authenticate } from './authenticate.ts'
import { readCredentials } from './credentials.ts'
import { issueToken, logoutCookie, sessionCookie } from './session.ts'
import { signIn } from './sign-in.ts'

/** Signing in, asking what the session may do, signing out. */
export const auth = new Hono<App>()

auth.post('/', async (c) => {
  const credentials = await readCredentials(c.req.raw)
  // Otherwise another site could sign a visitor in under an account of its own.
  if (credentials.byCookie && isCrossSite(c.req.raw, c.var.settings.corsOrigins)) throw problems.crossSite()
  const subject = await signIn(c, credentials)
  c.set('subject', subject)
  if (credentials.byCookie) {
    const type = firstFormat(c.req.header('accept'))
    return respondEmpty(201, { 'content-type': type, 'content-length': '0', 'set-cookie': await sessionCookie(c, subject) })
  }
  const { token } = await issueToken(c, subject)
  return respond(c.req.raw, { status: 201, contentType: JSON_TYPE, body: `{"jwt":"${token}"}` })
})

auth.get('/', authenticate, async (c) => {
  const { database, subject } = c.var
  const [row] = await database.rows(viewerStatement(subject))
  if (!row) throw problems.unauthorized()
  const { allowListenRecording } = recognise(database, row)
  return respond(c.req.raw, { status: 200, contentType: JSON_TYPE, body: `{"allow-rec":${allowListenRecording}}` })
})

auth.delete('/', (c) => respondEmpty(204, { 'set-cookie': logoutCookie(c) }))

auth.all('/', () => {
  throw problems.methodNotAllowed(['GET', 'HEAD', 'POST', 'DELETE'])
})
