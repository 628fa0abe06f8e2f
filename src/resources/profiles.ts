import { CasingCache } from 'drizzle-orm/casing'
import { getTableColumns } from 'drizzle-orm'
import { profile } from '../db/schema.ts'
import { defineResource } from '../read/definition/resource.ts'

const casing = new CasingCache('snake_case')
const { id, name: _name, ...grants } = getTableColumns(profile)

/** Which parts of the portal the one who asks may see: his access's profile, and no other. */
export const profiles = defineResource({
  type: 'profiles',
  table: profile,
  key: id,
  id: { form: 'integer', column: id },
  fields: Object.fromEntries(Object.values(grants).map((column) => [casing.getColumnCasing(column), { type: 'boolean', column } as const])),
  sort: 'id',
  singleton: 'profile_id',
})
