import { transportProtocol } from '../db/schema.ts'
import { defineResource } from '../read/definition/resource.ts'

/** Only ever linked to: it has no list, and its objects no links. */
export const transportProtocols = defineResource({
  type: 'transport-protocols',
  table: transportProtocol,
  key: transportProtocol.id,
  id: { form: 'integer', column: transportProtocol.id },
  fields: {
    name: { type: 'string', column: transportProtocol.name },
  },
  sort: 'id',
})
