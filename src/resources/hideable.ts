import { hideableFields } from '../read/definition/resource.ts'
import type { HideableFields } from '../settings.ts'
import { cdrs } from './cdrs.ts'
import { incomingCdrs } from './incoming-cdrs.ts'

/** The fields that the operator may hide. */
export const hideable: HideableFields = {
  OUTGOING_CDR_HIDE_FIELDS: hideableFields(cdrs),
  INCOMING_CDR_HIDE_FIELDS: hideableFields(incomingCdrs),
}
