// A dynamic token describes its own access in the claim `cfg` (contract B.2). It is read strictly: a token that says anything else than we
// understand is refused, never taken for one that says less.
import type { DynamicAccess } from '../db/viewer.ts'
import { isList, isObject, numeral, type Json } from '../jsonapi/json.ts'

const KEYS: ReadonlySet<string> = new Set([
  'customer_id',
  'customer_portal_access_profile_id',
  'account_ids',
  'allow_listen_recording',
  'allow_outgoing_numberlists_ids',
  'allowed_ips',
  'provision_gateway_id',
])

const EVERYWHERE: Json = ['0.0.0.0/0', '::/0']

/** The access that a token describes; undefined if it describes none. */
export function readDescription(cfg: Json | undefined): DynamicAccess | undefined {
  if (!isObject(cfg) || !Object.keys(cfg).every((key) => KEYS.has(key))) return undefined
  const customerId = readId(cfg['customer_id'])
  const profileId = readId(absentAs(1, cfg['customer_portal_access_profile_id']))
  const accountIds = readList(absentAs([], cfg['account_ids']), readId)
  const allowListenRecording = absentAs(false, cfg['allow_listen_recording'])
  const numberlistIds = readList(absentAs([], cfg['allow_outgoing_numberlists_ids']), readId)
  const allowedIps = readList(absentAs(EVERYWHERE, cfg['allowed_ips']), readText)
  const gateway = absentAs(null, cfg['provision_gateway_id'])
  const gatewayId = gateway === null ? null : readId(gateway)
  if (customerId === undefined || profileId === undefined || accountIds === undefined) return undefined
  if (typeof allowListenRecording !== 'boolean' || numberlistIds === undefined) return undefined
  if (allowedIps === undefined || gatewayId === undefined) return undefined
  return { customerId, profileId, accountIds, allowListenRecording, numberlistIds, allowedIps, gatewayId }
}

/** An access as a token describes it: every key, in the contract's order. */
export const describe = (access: DynamicAccess) =>
  `{"customer_id":${access.customerId},"customer_portal_access_profile_id":${access.profileId}` +
  `,"account_ids":[${access.accountIds.join(',')}],"allow_listen_recording":${access.allowListenRecording}` +
  `,"allow_outgoing_numberlists_ids":[${access.numberlistIds.join(',')}],"allowed_ips":${JSON.stringify(access.allowedIps)}` +
  `,"provision_gateway_id":${access.gatewayId}}`

/** An id as decimal text: of an integer or its decimal string, and of nothing that merely resembles one. */
export function readId(json: Json | undefined): string | undefined {
  if (json === undefined) return undefined
  const text = readText(json) ?? numeral(json) ?? ''
  return /^-?\d{1,19}$/.test(text) ? String(BigInt(text)) : undefined
}

const readText = (json: Json) => (typeof json === 'string' ? json : undefined)

function readList(json: Json, read: (element: Json) => string | undefined): readonly string[] | undefined {
  if (!isList(json)) return undefined
  const texts = json.map(read)
  return texts.every((text) => text !== undefined) ? texts : undefined
}

const absentAs = (value: Json, json: Json | undefined) => (json === undefined ? value : json)
