// POST /cdr-exports: the order is read, validated and stored, in one round trip; then it is started.
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Context } from 'hono'
import type { App } from '../app.ts'
import type { Database } from '../db/database.ts'
import { account, cdrExport } from '../db/schema.ts'
import { namesOf, toStatement, type Statement, type Values } from '../db/statement.ts'
import { DAY_MICROSECONDS } from '../db/time.ts'
import { recognise, viewerValues } from '../db/viewer.ts'
import { readText } from '../http/body.ts'
import { firstOf } from '../http/negotiate.ts'
import { respond } from '../http/respond.ts'
import { MEDIA_TYPE } from '../jsonapi/document.ts'
import { isObject, parseJson, withoutComments, type JsonObject } from '../jsonapi/json.ts'
import { parse } from '../jsonapi/parse.ts'
import { Problem, problems, together } from '../jsonapi/problem.ts'
import { countersOf, estimateOf } from '../read/statement/count.ts'
import { toShowDocument } from '../read/document.ts'
import { planCreated, planShow, type Asker, type ShowPlan } from '../read/plan/plan.ts'
import { readRange, touchedSpans } from '../read/plan/range.ts'
import { hide, type TypedFilter } from '../read/definition/resource.ts'
import { admitted, requireJsonApi } from '../read/route.ts'
import { admit, runSingle, toFound, type FoundOne } from '../read/run.ts'
import { bindConditions, bindSum } from '../read/statement/shape.ts'
import { onVisibleRow, showStatement } from '../read/statement/single.ts'
import { accounts } from '../resources/accounts.ts'
import { cdrExports } from '../resources/cdr-exports.ts'
import { cdrs } from '../resources/cdrs.ts'
import { EXPORT_COLUMNS } from './columns.ts'
import { readForm, validate, type ExportForm, type ExportOrder } from './order.ts'
import { startExport } from './start.ts'

/** A real order has some hundreds. */
const LARGEST_BODY_BYTES = 65_536

/** Creates an export (contract J), or answers with one like it that is pending. */
export async function createExport(c: Context<App>): Promise<Response> {
  const { database, settings } = c.var
  const uuid = crypto.randomUUID()
  const { form, plan } = await admitted(c, (asker) => readOrder(c, uuid, asker))
  const { order, refusal } = validate(form, form.accountId === null ? 'absent' : 'own')
  if (refusal || form.accountId === null) throw await refused(database, form, plan)
  const columns = exportedColumns(settings.hiddenFields.OUTGOING_CDR_HIDE_FIELDS)
  const show = showStatement(cdrExports, plan)
  const statements = orderStatements(plan, form.accountId, order, columns, settings.exportsPendingMost)
  const [, shown, answered] = await database.write([statements.insert, show, statements.answer])
  const found = toFound(database, show, shown)
  const [answer] = answered?.rows ?? []
  if (!answer) throw validate(form, 'foreign').refusal ?? problems.internal()
  if (answer['uuid'] === null) throw problems.tooManyExports(settings.exportsPendingMost)
  const stored = String(answer['uuid'])
  await start(c, stored)
  if (!found) {
    const like: ShowPlan = { ...plan, id: { value: stored, shown: stored } }
    return created(c, like, await runSingle(database, showStatement(cdrExports, like), like.id))
  }
  database.cost.ordered = Number(answer['calls'])
  return created(c, plan, found)
}

function created(c: Context<App>, plan: ShowPlan, found: FoundOne): Promise<Response> {
  const location = `${plan.base}/${cdrExports.type}/${plan.id.shown}`
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
  const [row] = await database.rows(showStatement(accounts, planShow(accounts, parse(''), accountId, asker)))
  if (!row) throw problems.unauthorized()
  recognise(database, row)
  return row[2] === null ? 'foreign' : 'own'
}

/** The columns of the file: all that the operator does not hide. */
const exportedColumns = (hidden: ReadonlySet<string>) => {
  const { attributes } = hide(cdrs, hidden)
  return EXPORT_COLUMNS.filter((name) => attributes.has(name.replaceAll('_', '-')))
}

const pending = alias(cdrExport, 'pending')
const { uuid, customerId, customerAccountId, filters, fields, status, timeFormat, timeZoneName, createdAt, updatedAt } = cdrExport

/** What has waited this long is no order any more that keeps the service busy: its job has died, or it was loaded from the switch. */
const LONGEST_WAIT_MICROSECONDS = DAY_MICROSECONDS

/**
 * The statement that stores an order, and one that is run after it: it has no row where the account is not there for the asker, else the pending
 * export that answers the order (NULL if there are too many others), and how many calls the account has in the time that is asked for. Whether
 * the order is stored is decided by the statement that stores it: two that come at once are not both the last one that may.
 */
function orderStatements(
  { subject, id }: ShowPlan,
  accountId: string,
  order: ExportOrder,
  columns: readonly string[],
  most: number,
): { insert: Statement; answer: Statement } {
  const now = Date.now() * 1000
  const stored = sql`json_set(${JSON.stringify(order.filters)}, '$.customer_acc_id_eq', ${account.id})`
  const shown = JSON.stringify(columns)
  const waiting = sql`
    FROM ${cdrExport} AS ${pending} WHERE ${pending.customerId} = ${account.customerId} AND ${pending.status} = 'Pending'
    AND ${pending.createdAt} > ${now - LONGEST_WAIT_MICROSECONDS}`
  const alike = sql`
    ${waiting} AND ${pending.customerAccountId} = ${account.id} AND ${pending.filters} = ${stored} AND ${pending.fields} = ${shown}
    AND ${pending.timeFormat} = ${order.timeFormat} AND ${pending.timeZoneName} IS ${order.timeZoneName}`
  const insert = (from: SQL) => sql`
    INSERT INTO ${cdrExport} (${namesOf(uuid, customerId, customerAccountId, filters, fields, status, timeFormat, timeZoneName, createdAt, updatedAt)})
    SELECT ${id.value}, ${account.customerId}, ${account.id}, ${stored}, ${shown}, 'Pending', ${order.timeFormat}, ${order.timeZoneName}, ${now}, ${now}
    FROM ${from} WHERE (SELECT count(*) ${waiting}) < ${most} AND NOT EXISTS (SELECT 1 ${alike}) ON CONFLICT (${namesOf(uuid)}) DO NOTHING`
  const slots: Values = { ...viewerValues(subject), id: accountId }
  const calls = callsOf(accountId, order, slots)
  const answer = (from: SQL) => sql`SELECT (SELECT ${pending.uuid} ${alike}) AS uuid, ${calls} AS calls FROM ${from}`
  return {
    insert: toStatement(onVisibleRow(accounts, subject.kind, insert), slots),
    answer: toStatement(onVisibleRow(accounts, subject.kind, answer), slots),
  }
}

/** How many calls an account has in the hours of an order, by the counters: all of them have to be read, whatever else they are filtered by. */
function callsOf(accountId: string, { filters }: ExportOrder, slots: Values): SQL {
  const given = { account_id_eq: accountId, time_start_gteq: filters['time_start_gteq'], time_start_lt: filters['time_start_lt'] }
  const conditions = Object.entries(given).map(([name, text]) => ({
    name,
    values: [(cdrs.filters.get(name) as TypedFilter).type.read(text as string)!],
  }))
  const [accountNamed] = bindConditions(cdrs, conditions.slice(0, 1), slots)
  const range = readRange(cdrs, countersOf(cdrs), conditions)
  return estimateOf(cdrs, bindSum({ ...touchedSpans(range), rows: [] }, 'calls', slots), accountNamed ?? undefined)
}
