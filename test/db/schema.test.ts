// The migrations and the Drizzle tables say the same.
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

test('the first profile grants everything', async () => {
  const row = await env.DB.prepare('SELECT * FROM profiles').first()
  const { id, name, ...grants } = row!
  expect([id, name]).toEqual([1, 'Everything'])
  expect(new Set(Object.values(grants))).toEqual(new Set([1]))
})
