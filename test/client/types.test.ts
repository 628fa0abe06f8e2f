// What does not compile is part of the client: each line below is refused by the compiler, or this file is.
import { describe, expectTypeOf, test } from 'vitest'
import { createClient, type Failure, type Filter, type Result } from '../../src/client/index.ts'

const { cdrs, accounts, exports } = createClient({ url: 'http://example.org', token: 'x' })

/** Never called: only compiled. */
const refused = [
  // @ts-expect-error a misspelt filter
  () => cdrs.list({ filter: { duraton_gteq: 5, success_eq: true } }),
  // @ts-expect-error an operator that the type does not have
  () => cdrs.list({ filter: { success_gt: true } }),
  // @ts-expect-error a filter of another resource
  () => accounts.list({ filter: { duration_gteq: 5 } }),
  // @ts-expect-error a value of another type
  () => cdrs.list({ filter: { success_eq: 5 } }),
  // @ts-expect-error one value for a list
  () => cdrs.list({ filter: { duration_in: 5 } }),
  // @ts-expect-error a word that is none of the choice
  () => exports.list({ filter: { status_eq: 'Done' } }),
  // @ts-expect-error a misspelt attribute to sort by
  () => cdrs.list({ sort: ['-time-strat'] }),
  // @ts-expect-error an attribute that cannot be sorted by
  () => cdrs.list({ sort: ['rec'] }),
  // @ts-expect-error a misspelt field
  () => cdrs.list({ fields: { cdrs: ['duraton'] } }),
  // @ts-expect-error a misspelt field of an included resource
  () => cdrs.list({ fields: { accounts: ['balence'] } }),
  // @ts-expect-error fields of a resource that is not linked to
  () => accounts.list({ fields: { cdrs: ['duration'] } }),
  // @ts-expect-error a relationship that there is not
  () => cdrs.list({ include: ['acount'] }),
  // @ts-expect-error an export without an end
  () => exports.create({ account: 'x', filters: { time_start_gteq: '2026-01-01' } }),
]

describe('types', () => {
  test('of attributes follow from the fields that are named', () => {
    const list = () => cdrs.list({ fields: { cdrs: ['duration', 'time-start', 'account'] } })
    type Page = Extract<Awaited<ReturnType<typeof list>>, { ok: true }>['value']
    expectTypeOf<Page['data'][number]['attributes']>().toEqualTypeOf<{ duration: number | null; 'time-start': string }>()
    expectTypeOf<keyof Page['data'][number]['relationships']>().toEqualTypeOf<'account'>()
    expectTypeOf<Page['data'][number]['type']>().toEqualTypeOf<'cdrs'>()
  })
  test('of all attributes where no fields are named', () => {
    const show = () => accounts.show('x')
    type Attributes = Extract<Awaited<ReturnType<typeof show>>, { ok: true }>['value']['data']['attributes']
    expectTypeOf<Attributes['balance']>().toEqualTypeOf<string | null>()
    expectTypeOf<Attributes['total-capacity']>().toEqualTypeOf<number | null>()
  })
  test('of a failure tell what there is of each kind', () => {
    const result = { ok: false, failure: { kind: 'aborted' } } as Result<string>
    if (result.ok) expectTypeOf(result.value).toEqualTypeOf<string>()
    else expectTypeOf(result.failure).toEqualTypeOf<Failure>()
    expectTypeOf<Extract<Failure, { kind: 'unavailable' }>['retryAfterSeconds']>().toEqualTypeOf<number | null>()
  })
  test('of filters take what a field is', () => {
    expectTypeOf<Filter<'cdrs'>['time_start_gteq']>().toEqualTypeOf<Date | string | undefined>()
    expectTypeOf<Filter<'cdrs'>['id']>().toEqualTypeOf<readonly (number | bigint | string)[] | undefined>()
    expectTypeOf(refused).toBeArray()
  })
})
