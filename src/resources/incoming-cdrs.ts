import { sql } from 'drizzle-orm'
import { account, cdr } from '../db/schema.ts'
import { defineResource } from '../read/definition/resource.ts'
import { accounts } from './accounts.ts'
import { recording } from './recording.ts'

/** The calls that a customer received as a vendor: every attempt. */
export const incomingCdrs = defineResource({
  type: 'incoming-cdrs',
  table: cdr,
  key: cdr.id,
  id: { form: 'integer', column: cdr.id },
  fields: {
    id: { type: 'integer', column: cdr.id, shown: false },
    time_start: { type: 'datetime', column: cdr.timeStart },
    time_connect: { type: 'datetime', column: cdr.timeConnect },
    time_end: { type: 'datetime', column: cdr.timeEnd },
    duration: { type: 'integer', column: cdr.duration },
    success: { type: 'boolean', column: cdr.success },
    dialpeer_initial_interval: { type: 'integer', column: cdr.dialpeerInitialInterval },
    dialpeer_initial_rate: { type: 'decimal', column: cdr.dialpeerInitialRate },
    dialpeer_next_interval: { type: 'integer', column: cdr.dialpeerNextInterval },
    dialpeer_next_rate: { type: 'decimal', column: cdr.dialpeerNextRate },
    dialpeer_fee: { type: 'decimal', column: cdr.dialpeerFee },
    dialpeer_reverse_billing: { type: 'boolean', column: cdr.dialpeerReverseBilling, shown: false },
    dialpeer_prefix: { type: 'string', column: cdr.dialpeerPrefix },
    vendor_price: { type: 'decimal', column: cdr.vendorPrice },
    vendor_duration: { type: 'integer', column: cdr.vendorDuration },
    src_name_out: { type: 'string', column: cdr.srcNameOut },
    src_prefix_out: { type: 'string', column: cdr.srcPrefixOut },
    dst_prefix_out: { type: 'string', column: cdr.dstPrefixOut },
    src_prefix_routing: { type: 'string', column: cdr.srcPrefixRouting },
    dst_prefix_routing: { type: 'string', column: cdr.dstPrefixRouting },
    diversion_out: { type: 'string', column: cdr.diversionOut },
    local_tag: { type: 'string', column: cdr.localTag },
    legb_disconnect_code: { type: 'integer', column: cdr.legbDisconnectCode },
    legb_disconnect_reason: { type: 'string', column: cdr.legbDisconnectReason },
    sign_term_ip: { type: 'string', column: cdr.signTermIp },
    sign_term_port: { type: 'integer', column: cdr.signTermPort },
    sign_term_transport_protocol_id: { type: 'integer', column: cdr.signTermTransportProtocolId },
    term_call_id: { type: 'string', column: cdr.termCallId },
    legb_user_agent: { type: 'string', column: cdr.legbUserAgent },
    account_id: { type: 'related', column: cdr.vendorAccId, key: account.id, uuid: account.uuid },
    rec: recording,
  },
  relationships: {
    account: { to: accounts, column: cdr.vendorAccId, linkage: 'row' },
  },
  sort: '-time_start',
  // The CDRs of a vendor who can ask are marked (`ingest/incoming.ts`): the index that leads to them has no others.
  scope: { owner: cdr.vendorId, account: cdr.vendorAccId, only: sql`${cdr.isIncoming} = 1`, foundBy: 'owner' },
  counted: { side: 1, time: cdr.timeStart },
  recent: { field: 'time_start', hours: 24 },
  hiddenBy: 'INCOMING_CDR_HIDE_FIELDS',
})
