// POST /cdr-exports: the order is read, validated and stored, in one round trip; then it is started.
import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { App } from '../app.ts'
import type { Database } from '../db/database.ts'
import { account, cdrExport } from '../db/schema.ts'
import type { Statement } from '../db/statement.ts'
import { recognise } from '../db/viewer.ts'
import { readText } from '../http/body.ts'
import { firstOf } from '../http/negotiate.ts'
import { respond } from '../http/respond.ts'
import { MEDIA_TYPE } from '../jsonapi/document.ts'
import { isObject, parseJson, withoutComments, type JsonObject } from '../jsonapi/json.ts'
import { parse } from '../jsonapi/parse.ts'
import { Problem, problems, together } from '../jsonapi/problem.ts'
import { toShowDocument } from '../read/document.ts'
import { planCreated, planShow, type Asker, type ShowPlan } from '../read/plan.ts'
import { hide } from '../read/resource.ts'
import { admitted, requireJsonApi } from '../read/route.ts'
import { admit, toFound } from '../read/run.ts'
import { onVisibleRow, showStatement } from '../read/sql.ts'
import { accounts } from '../resources/accounts.ts'
import { cdrExports } from '../resources/cdr-exports.ts'
import { cdrs } from '../resources/cdrs.ts'
import { EXPORT_COLUMNS } from './columns.ts'
import { readForm, validate, type ExportForm, type ExportOrder } from './order.ts'
import { startExport } from './start.ts'

/** A real order has some hundreds. */
const LARGEST_BODY_BYTES = 65_536

/** Creates an export (contract J). */
export async function createExport(c: Context<App>): Promise<Response> {
  const uuid = crypto.randomUUID()
  const { form, plan } = await admitted(c, (asker) => readOrder(c, uuid, asker))
  const { order, refusal } = validate(form, form.accountId === null ? 'absent' : 'own')
  if (refusal || form.accountId === null) throw await refused(c.var.database, form, plan)
  const insert = insertStatement(plan, form.accountId, order, exportedColumns(c.var.settings.hiddenFields.OUTGOING_CDR_HIDE_FIELDS), uuid)
  const [, shown] = await c.var.database.write([insert, showStatement(plan)])
  const found = toFound(c.var.database, shown)
  if (!found) throw validate(form, 'foreign').refusal ?? problems.internal()
  await start(c, uuid)
  const location = `${plan.base}/${cdrExports.type}/${uuid}`
  return respond(c.req.raw, { status: 201, contentType: MEDIA_TYPE, body: toShowDocument(plan, found), headers: { location } })
}

/** The export is stored: if its job cannot be started now, the cron will (`retention.ts`). */
async function start(c: Context<App>, uuid: string): Promise<void> {
  try {
    await startExport(c.env, uuid)
  } catch (cause) {
    console.error(JSON.stringify({ requestId: c.var.requestId, export: uuid, notStarted: String(cause) }))
  }
}

/** Reads all that can be refused before the database is asked (contract J.1). */
async function readOrder(c: Context<App>, uuid: string, asker: Asker): Promise<{ form: ExportForm; plan: ShowPlan }> {
  const contentType = c.req.header('content-type') ?? ''
  if (firstOf(contentType).toLowerCase() !== MEDIA_TYPE) throw problems.mediaTypeUnsupported(contentType)
  requireJsonApi(c)
  const body = await readBody(c.req.raw)
  const found: Problem[] = []
  const plan = planCreated(cdrExports, c.var.query, uuid, asker, found)
  try {
    const form = readForm(body)
    if (found.length === 0) return { form, plan }
  } catch (refusal) {
    if (!(refusal instanceof Problem)) throw refusal
    found.push(refusal)
  }
  throw together(found)
}

async function readBody(request: Request): Promise<JsonObject> {
  const text = await readText(request, LARGEST_BODY_BYTES)
  if (text === '') return {}
  const json = parseJson(text) ?? parseJson(withoutComments(text))
  if (json === undefined) throw problems.badRequest('The body is not JSON.')
  if (!isObject(json)) throw problems.badRequest('Request must be a hash')
  return json
}

/** What is wrong with an order, the account included: that is looked up only now. */
async function refused(database: Database, form: ExportForm, { subject, base }: ShowPlan): Promise<Problem> {
  if (form.accountId === null) await admit(database, subject)
  const account = form.accountId === null ? 'absent' : await lookUp(database, form.accountId, { subject, base })
  return validate(form, account).refusal ?? problems.internal()
}

/** Whether an account may be seen by whoever asks. */
async function lookUp(database: Database, accountId: string, asker: Asker): Promise<'own' | 'foreign'> {
  const [row] = await database.rows(showStatement(planShow(accounts, parse(''), accountId, asker)))
  if (!row) throw problems.unauthorized()
  recognise(database, row)
  return row[1] === null ? 'foreign' : 'own'
}

/** The columns of the file: all that the operator does not hide. */
const exportedColumns = (hidden: ReadonlySet<string>) => {
  const { attributes } = hide(cdrs, hidden)
  return EXPORT_COLUMNS.filter((name) => attributes.has(name.replaceAll('_', '-')))
}

function insertStatement(
  { subject }: ShowPlan,
  accountId: string,
  order: ExportOrder,
  columns: readonly string[],
  uuid: string,
): Statement {
  const now = Date.now() * 1000
  const { filters, timeFormat, timeZoneName } = order
  return onVisibleRow(
    accounts,
    subject,
    accountId,
    (from) => sql`
      INSERT INTO ${cdrExport} (uuid, customer_id, customer_account_id, filters, fields, status, time_format, time_zone_name, created_at, updated_at)
      SELECT ${uuid}, ${account.customerId}, ${account.id}, json_set(${JSON.stringify(filters)}, '$.customer_acc_id_eq', ${account.id}), ${JSON.stringify(columns)},
        'Pending', ${timeFormat}, ${timeZoneName}, ${now}, ${now} FROM ${from}
      WHERE true ON CONFLICT (uuid) DO NOTHING`,
  )
}
