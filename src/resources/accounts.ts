import { account } from '../db/schema.ts'
import { defineResource } from '../read/definition/resource.ts'

export const accounts = defineResource({
  type: 'accounts',
  table: account,
  key: account.id,
  id: { form: 'uuid', column: account.uuid },
  fields: {
    name: { type: 'string', column: account.name },
    balance: { type: 'decimal', column: account.balance },
    min_balance: { type: 'decimal', column: account.minBalance },
    max_balance: { type: 'decimal', column: account.maxBalance },
    balance_low_threshold: { type: 'decimal', column: account.balanceLowThreshold, shown: false },
    balance_high_threshold: { type: 'decimal', column: account.balanceHighThreshold, shown: false },
    destination_rate_limit: { type: 'decimal', column: account.destinationRateLimit },
    max_call_duration: { type: 'integer', column: account.maxCallDuration, shown: false },
    external_id: { type: 'integer', column: account.externalId, shown: false },
    uuid: { type: 'uuid', column: account.uuid, shown: false },
    origination_capacity: { type: 'integer', column: account.originationCapacity },
    termination_capacity: { type: 'integer', column: account.terminationCapacity },
    total_capacity: { type: 'integer', column: account.totalCapacity },
  },
  sort: 'id',
  scope: { owner: account.customerId, account: account.id },
})
