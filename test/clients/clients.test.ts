import { getModelId, PureCollection, PureModel } from '@datx/core'
import { config, jsonapiCollection, jsonapiModel, type IRequestOptions, type Response } from '@datx/jsonapi'
import Devour from 'devour-client'
import Kitsu from 'kitsu'
import { attr, belongsTo, SpraypaintBase } from 'spraypaint'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type Server } from '../support/server.ts'
import { login, mainAccount, reserveAccount, rows } from './rows.ts'

let server: Server
let jwt: string

beforeAll(async () => {
  server = await startServer()
  await server.load(rows)
  const response = await fetch(`${server.api}/auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: login }),
  })
  ;({ jwt } = (await response.json()) as { jwt: string })
})
afterAll(() => server.stop())

const idsOf = (items: Iterable<{ id?: string | number }>) => Array.from(items, ({ id }) => Number(id))
const OLD = new Date('2026-01-01')

describe('kitsu', () => {
  interface Cdr {
    id: string
    duration: number
    account: { data: { id: string; name: string } }
    'auth-orig-transport-protocol': { data: { name: string } }
  }
  interface List {
    data: Cdr[]
    meta: { 'total-count': number }
  }
  interface Created {
    data: object
    status: number
  }
  const client = (options: object = {}) => new Kitsu({ baseURL: server.api, headers: { Authorization: `Bearer ${jwt}` }, ...options })
  const list = (params?: object, options?: object) => client(options).get('cdrs', { params } as object) as Promise<List>

  test('signs in, though it already shows a token that it has not got', async () => {
    const { axios } = client({ headers: { Authorization: 'Bearer null' } })
    const { status, data } = await axios.post<{ jwt: string }>('auth', { auth: login })
    expect([status, data.jwt.split('.').length]).toEqual([201, 3])
  })

  test('lists', async () => {
    const { data, meta } = await list()
    expect(idsOf(data)).toEqual([5, 4, 3, 2, 1])
    expect(meta).toEqual({ 'total-count': 5 })
  })

  test.for([
    ['camelCase names', { accountIdEq: reserveAccount }, [5, 4]],
    ['dashed names', { 'duration-lteq': 20 }, [2, 1]],
    ['dates', { timeStartGteq: OLD.toISOString(), timeStartLt: new Date('2026-01-03').toISOString() }, [6]],
    ['booleans', { successEq: false }, [2]],
  ] as const)('filters by %s', async ([, filter, ids]) => {
    expect(idsOf((await list({ filter })).data)).toEqual(ids)
  })

  test('filters by a list', async () => {
    expect(idsOf((await list({ filter: { idIn: [1, 2] } }, { query: 'modern' })).data)).toEqual([2, 1])
  })

  test('filters by the last of a list unless it is told to be modern: it repeats the name, without brackets', async () => {
    expect(idsOf((await list({ filter: { idIn: [1, 2] } })).data)).toEqual([2])
  })

  test('does not filter by a date that is no text yet: it sends nothing', async () => {
    expect(idsOf((await list({ filter: { timeStartLt: OLD } })).data)).toEqual([5, 4, 3, 2, 1])
  })

  test('sorts', async () => {
    expect(idsOf((await list({ sort: '-success,timeStart' })).data)).toEqual([1, 3, 4, 5, 2])
  })

  test('pages', async () => {
    expect(idsOf((await list({ page: { number: 2, size: 2 } })).data)).toEqual([3, 2])
  })

  test('pages by a bare number', async () => {
    const { data, meta } = await list({ page: 2 })
    expect([idsOf(data), meta]).toEqual([[], { 'total-count': 5 }])
  })

  test('includes', async () => {
    const { data } = await list({ include: 'account,auth-orig-transport-protocol', filter: { idEq: 3 } })
    expect([data[0]!.account.data.name, data[0]!['auth-orig-transport-protocol'].data.name]).toEqual(['Main', 'TCP'])
  })

  test('fetches one', async () => {
    const { data } = (await client().get('cdrs/2')) as { data: Cdr }
    expect([data.id, data.duration]).toEqual(['2', 20])
  })

  test('fetches what one is related to', async () => {
    const { data } = (await client().get('cdrs/4/account')) as { data: { name: string } }
    expect(data.name).toBe('Reserve')
  })

  test('meets a 404', async () => {
    await expect(client().get('cdrs/7')).rejects.toMatchObject({ errors: [{ code: '404', status: '404' }] })
  })

  test('creates an export', async () => {
    const filters = { time_start_gteq: OLD.toISOString(), time_start_lt: new Date('2026-02-01').toISOString() }
    const order = { filters, 'time-format': 'round_to_seconds', account: { data: { id: mainAccount, type: 'accounts' } } }
    const { data, status } = (await client().create('cdr-exports', order, { params: { include: 'account' } })) as Created
    expect(status).toBe(201)
    expect(data).toMatchObject({ status: 'Pending', filters, 'time-format': 'round_to_seconds', account: { data: { name: 'Main' } } })
  })
})

describe('devour', () => {
  interface Cdr {
    id: string
    duration: number
    account: { id: string; name: string } | null
    'auth-orig-transport-protocol': { name: string } | null
  }
  const client = () => {
    const devour = new Devour({ apiUrl: server.api, bearer: jwt, logger: false })
    const attributes = (names: string) => Object.fromEntries(names.split(' ').map((name) => [name, '']))
    devour.define('cdr', {
      ...attributes('time-start duration success'),
      account: { jsonApi: 'hasOne', type: 'accounts' },
      'auth-orig-transport-protocol': { jsonApi: 'hasOne', type: 'transport-protocols' },
    })
    devour.define('account', attributes('name balance'))
    devour.define('transport-protocol', attributes('name'))
    devour.define('cdr-export', {
      ...attributes('filters status time-format time-zone-name'),
      account: { jsonApi: 'hasOne', type: 'accounts' },
    })
    return devour
  }
  const list = (params?: object) => client().findAll<Cdr>('cdr', params)

  test('lists', async () => {
    const { data, meta } = await list()
    expect([idsOf(data), meta]).toEqual([[5, 4, 3, 2, 1], { 'total-count': 5 }])
  })

  test.for([
    ['camelCase names', { accountIdEq: reserveAccount }, [5, 4]],
    ['a list', { idIn: [1, 2] }, [2, 1]],
    ['dates', { timeStartGteq: OLD, timeStartLt: new Date('2026-01-03') }, [6]],
  ] as const)('filters by %s', async ([, filter, ids]) => {
    expect(idsOf((await list({ filter })).data)).toEqual(ids)
  })

  test('sorts', async () => {
    expect(idsOf((await list({ sort: 'duration' })).data)).toEqual([1, 2, 3, 4, 5])
  })

  test('pages', async () => {
    const { data, links } = await list({ page: { number: 2, size: 2 } })
    expect(idsOf(data)).toEqual([3, 2])
    expect(links['next']).toBe(`${server.api}/cdrs?page%5Bnumber%5D=3&page%5Bsize%5D=2`)
  })

  test('pages by a bare number', async () => {
    expect((await list({ page: 2 })).data).toEqual([])
  })

  test('includes', async () => {
    const { data } = await list({ include: 'account,auth-orig-transport-protocol', sort: 'id' })
    expect(data.map((cdr) => [cdr.account?.name, cdr['auth-orig-transport-protocol']?.name])).toEqual([
      ['Main', 'UDP'],
      ['Main', 'UDP'],
      ['Main', 'TCP'],
      ['Reserve', 'UDP'],
      ['Reserve', undefined],
    ])
  })

  test('fetches one', async () => {
    const { data } = await client().find<Cdr>('cdr', '2')
    expect([data.id, data.duration]).toEqual(['2', 20])
  })

  test('meets a 404', async () => {
    await expect(client().find('cdr', '7')).rejects.toEqual({
      0: { title: 'Record not found', detail: 'The record identified by 7 could not be found.' },
    })
  })

  test('creates an export', async () => {
    const filters = { time_start_gteq: OLD, time_start_lt: new Date('2026-02-01') }
    const order = { filters, 'time-format': 'round_to_seconds', account: { id: mainAccount } }
    const { data } = await client().create('cdr-export', order, { include: 'account' })
    expect(data).toMatchObject({ status: 'Pending', 'time-format': 'round_to_seconds', account: { name: 'Main' } })
  })

  test('hears what is wrong with an export', async () => {
    await expect(client().create('cdr-export', { filters: { time_start_gteq: OLD }, account: { id: mainAccount } })).rejects.toMatchObject({
      filters: { title: 'requires time_start_lt' },
    })
  })
})

describe('spraypaint', () => {
  const models = () => {
    const Base = SpraypaintBase.extend({
      static: {
        baseUrl: server.origin,
        apiNamespace: '/api/rest/customer/v1',
        keyCase: { server: 'dash', client: 'camel' },
        jwtStorage: false,
      },
    })
    Base.generateAuthHeader = (token: string) => `Bearer ${token}`
    Base.setJWT(jwt)
    const Account = Base.extend({ static: { jsonapiType: 'accounts' }, attrs: { name: attr() } })
    const Protocol = Base.extend({ static: { jsonapiType: 'transport-protocols' }, attrs: { name: attr() } })
    const Cdr = Base.extend({
      static: { jsonapiType: 'cdrs' },
      attrs: { duration: attr(), timeStart: attr(), account: belongsTo(), authOrigTransportProtocol: belongsTo() },
    })
    return { Base, Account, Protocol, Cdr }
  }

  test('has to be told how to send a token: the reference, too, refuses its `Token token="…"`', async () => {
    const { Cdr, Base } = models()
    Base.generateAuthHeader = (token) => SpraypaintBase.generateAuthHeader(token)
    await expect(Cdr.all()).rejects.toMatchObject({ response: { status: 401 } })
  })

  test('lists', async () => {
    const { data, meta } = await models().Cdr.all()
    expect([idsOf(data), meta]).toEqual([[5, 4, 3, 2, 1], { 'total-count': 5 }])
  })

  test('filters', async () => {
    const { data } = await models()
      .Cdr.where({ accountIdEq: reserveAccount })
      .where({ durationIn: [10, 40] })
      .all()
    expect(idsOf(data)).toEqual([4])
  })

  test('sorts', async () => {
    const { data } = await models().Cdr.order({ success: 'desc' }).order('timeStart').all()
    expect(idsOf(data)).toEqual([1, 3, 4, 5, 2])
  })

  test('pages', async () => {
    expect(idsOf((await models().Cdr.page(2).per(2).all()).data)).toEqual([3, 2])
  })

  test('includes', async () => {
    const { data } = await models().Cdr.includes(['account', 'authOrigTransportProtocol']).where({ idEq: 3 }).all()
    const [cdr] = data as unknown as { account: { name: string }; authOrigTransportProtocol: { name: string } }[]
    expect([cdr!.account.name, cdr!.authOrigTransportProtocol.name]).toEqual(['Main', 'TCP'])
  })

  test('selects fields', async () => {
    const { data } = await models().Cdr.select(['timeStart']).all()
    expect(data[0]!.duration).toBeUndefined()
  })

  test('fetches one', async () => {
    const { data } = await models().Cdr.find('2')
    expect([data.id, data.duration]).toEqual(['2', 20])
  })

  test('meets a 404', async () => {
    await expect(models().Cdr.find('7')).rejects.toThrow('record not found')
  })
})

describe('datx', () => {
  class Cdr extends jsonapiModel(PureModel) {
    static override type = 'cdrs'
    declare duration: number
    declare account: Account
  }
  class Account extends jsonapiModel(PureModel) {
    static override type = 'accounts'
    declare name: string
  }
  class Store extends jsonapiCollection(PureCollection) {
    static override types = [Cdr, Account]
  }
  const store = () => {
    config.baseUrl = `${server.api}/`
    config.defaultFetchOptions = { headers: { 'content-type': 'application/vnd.api+json', authorization: `Bearer ${jwt}` } }
    return new Store()
  }
  const list = (queryParams: IRequestOptions['queryParams'] = {}) => store().getMany(Cdr, { queryParams })
  const ids = ({ data }: Response<Cdr>) => idsOf((data as Cdr[]).map((cdr) => ({ id: getModelId(cdr) })))

  test('lists', async () => {
    const answer = await list()
    expect([ids(answer), answer.meta]).toEqual([[5, 4, 3, 2, 1], { 'total-count': 5 }])
  })

  test('filters', async () => {
    expect(ids(await list({ filter: { accountIdEq: mainAccount, idIn: ['1', '2', '5'] } }))).toEqual([2, 1])
  })

  test('sorts', async () => {
    expect(ids(await list({ sort: ['success', '-timeStart'] }))).toEqual([2, 5, 4, 3, 1])
  })

  test('pages', async () => {
    const custom = ['page[number]=2', 'page[size]=2']
    expect(ids(await list({ custom }))).toEqual([3, 2])
  })

  test('follows the link to the next page', async () => {
    const { next } = await list({ custom: ['page[size]=3'] })
    expect(ids(await next!())).toEqual([2, 1])
  })

  test('includes', async () => {
    const { data } = await list({ include: 'account', filter: { idEq: '4' } })
    expect((data as Cdr[])[0]!.account.name).toBe('Reserve')
  })

  test('fetches one', async () => {
    const { data } = await store().getOne(Cdr, '2')
    expect((data as Cdr).duration).toBe(20)
  })

  test('meets a 404', async () => {
    await expect(store().getOne(Cdr, '7')).rejects.toMatchObject({ status: 404, error: [{ code: '404' }] })
  })
})
