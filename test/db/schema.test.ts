// The migrations and the Drizzle tables say the same.
import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { getTableColumns, getTableName, is } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { beforeAll, describe, expect, test } from 'vitest'
import * as schema from '../../src/db/schema.ts'
import { migrate } from '../support/api.ts'

const casing = new CasingCache('snake_case')
const tables = Object.values<unknown>(schema).filter((table): table is SQLiteTable => is(table, SQLiteTable))

beforeAll(migrate)

describe.each(tables.map((table) => ({ name: getTableName(table), table })))('$name', ({ name, table }) => {
  test('has the columns of its migration', async () => {
    const { results } = await env.DB.prepare(`PRAGMA table_info(${name})`).all<{ name: string; type: string; notnull: number }>()
    const columns = Object.values(getTableColumns(table)).map((column) => [
      casing.getColumnCasing(column),
      column.getSQLType(),
      column.notNull,
    ])
    expect(columns).toEqual(results.map((column) => [column.name, column.type.toLowerCase(), column.notnull === 1]))
  })

  test('is strict', async () => {
    const row = await env.DB.prepare('SELECT strict FROM pragma_table_list WHERE name = ?').bind(name).first<{ strict: number }>()
    expect(row?.strict).toBe(1)
  })

  test('has the indexes of its migration', async () => {
    const { results } = await env.DB.prepare(`SELECT name FROM pragma_index_list('${name}') WHERE origin = 'c'`).all<{ name: string }>()
    const names = getTableConfig(table).indexes.map((index) => index.config.name)
    expect(names.toSorted()).toEqual(results.map((index) => index.name).toSorted())
  })
})

test('an export from before customers were stored is given that of its account', async () => {
  await reset()
  const at = env.MIGRATIONS.findIndex(({ name }) => name.startsWith('0006'))
  await applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, at))
  await env.DB.batch([
    env.DB.prepare("INSERT INTO accounts (id, uuid, customer_id) VALUES (11, 'a', 1), (12, 'b', NULL)"),
    env.DB.prepare("INSERT INTO cdr_exports (uuid, customer_account_id) VALUES ('1', 11), ('2', 12), ('3', 13), ('4', NULL)"),
  ])
  await migrate()
  const { results } = await env.DB.prepare('SELECT customer_id FROM cdr_exports ORDER BY uuid').all()
  expect(results.map((row) => row['customer_id'])).toEqual([1, null, null, null])
})

test('the first profile grants everything', async () => {
  const row = await env.DB.prepare('SELECT * FROM profiles').first()
  const { id, name, ...grants } = row!
  expect([id, name]).toEqual([1, 'Everything'])
  expect(new Set(Object.values(grants))).toEqual(new Set([1]))
})
