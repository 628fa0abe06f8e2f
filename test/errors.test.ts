// What happens when a request, or what we depend on, is not as it should be.
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, errorsOf, get, load, migrate, ROOT, send, tokenOf } from './support/api.ts'
import { failing } from './support/d1.ts'
import { takeLog } from './support/log.ts'

beforeAll(async () => {
  await migrate()
  await load('api-accesses', ['{"id":1,"customer_id":1}'])
  await load('cdrs', [
    '{"id":1,"customer_id":1,"is_last_cdr":true,"time_start":"2026-01-01T00:00:00Z","auth_orig_ip":"10.0.0.1","src_name_in":"x"}',
  ])
})

describe('a refusal says what is wrong', () => {
  const UUID = '00000000-0000-1000-8000-000000000001'
  test.for<[path: string, status: number, errors: [code: string, detail: string][]]>([
    ['/cdrs?filter[foo]=1&filter[bar]=2', 400, [['102', 'foo is not allowed.']]],
    ['/cdrs?filter[toString]=1', 400, [['102', 'to_string is not allowed.']]],
    ['/cdrs?filter[constructor]=1', 400, [['102', 'constructor is not allowed.']]],
    ['/cdrs?filter=abc', 400, [['120', 'abc is not a valid syntax for filtering.']]],
    ['/cdrs?filter[]=x', 400, [['102', 'x is not allowed.']]],
    ['/cdrs?filter[duration_eq]=1,2', 400, [['107', '1,2 is not a valid value for duration_eq.']]],
    ['/cdrs?filter[duration_eq]=', 400, [['107', ' is not a valid value for duration_eq.']]],
    ['/cdrs?filter[duration_in]=1,abc', 400, [['107', '1,abc is not a valid value for duration_in.']]],
    ['/cdrs?filter[duration_eq][a]=1', 400, [['107', '{"a"=>"1"} is not a valid value for duration_eq.']]],
    ['/cdrs?filter[duration_eq][]=1&filter[duration_eq][]=2', 400, [['107', '1,2 is not a valid value for duration_eq.']]],
    ['/cdrs?filter[time_start_gteq]=2026-02-30', 400, [['107', '2026-02-30 is not a valid value for time_start_gteq.']]],
    ['/cdrs?filter[time_start_gteq]=infinity', 400, [['107', 'infinity is not a valid value for time_start_gteq.']]],
    ['/cdrs?filter[success_eq]=yes', 400, [['107', 'yes is not a valid value for success_eq.']]],
    ['/cdrs?filter[auth_orig_ip_eq]=127.1', 400, [['107', '127.1 is not a valid value for auth_orig_ip_eq.']]],
    ['/cdrs?filter[customer_price_eq]=Infinity', 400, [['107', 'Infinity is not a valid value for customer_price_eq.']]],
    ['/cdrs?filter[account_id_eq]=abc', 400, [['107', 'abc is not a valid value for account_id_eq.']]],
    ['/cdrs?filter[src_name_in_eq]=a%00b', 400, [['107', 'a\0b is not a valid value for src_name_in_eq.']]],
    ['/cdrs?filter[src_name_in_eq]=a%25%7Bx%7D,b', 400, [['107', 'a%{x},b is not a valid value for src_name_in_eq.']]],
    ['/cdr-exports?filter[time_format]=foo', 400, [['107', 'foo is not a valid value for time_format.']]],
    ['/cdr-exports?filter[status_in]=Pending,x', 400, [['107', 'Pending,x is not a valid value for status_in.']]],
    ['/cdrs?sort=rec', 400, [['114', 'rec is not a valid sort criteria for cdrs']]],
    ['/cdrs?sort=__proto__', 400, [['114', '__proto__ is not a valid sort criteria for cdrs']]],
    ['/cdrs?sort[]=id', 400, [['114', '["id"] is not a valid sort criteria for cdrs']]],
    ['/cdrs?sort=%2Btime-start', 400, [['114', '+time_start is not a valid sort criteria for cdrs']]],
    ['/cdrs?sort=+time-start', 400, [['114', ' time_start is not a valid sort criteria for cdrs']]],
    ['/cdrs?sort=%252Btime-start', 400, [['114', '+time_start is not a valid sort criteria for cdrs']]],
    ['/cdrs?include=,foo', 400, [['112', 'foo is not a valid relationship of cdrs']]],
    ['/cdrs?include=%22%22', 400, [['112', ' is not a valid relationship of cdrs']]],
    ['/cdrs?sort=,', 400, [['114', ' is not a valid sort criteria for cdrs']]],
    ['/cdrs?include[]=account', 400, [['112', '["account"] is not a valid relationship of cdrs']]],
    ['/cdrs?page[]=1', 400, [['118', '0 is not a valid value for number page parameter.']]],
    ['/cdrs?page[size]=1001', 400, [['118', 'size exceeds maximum page size of 1000.']]],
    ['/cdrs?fields[cdrs]=constructor', 400, [['104', 'constructor is not a valid field for cdrs.']]],
    ['/cdrs?fields[toString]=id', 400, [['101', 'toString is not a valid resource.']]],
    [
      '/cdrs?include=foo&filter[zz]=1&page=0',
      400,
      [
        ['112', 'foo is not a valid relationship of cdrs'],
        ['102', 'zz is not allowed.'],
        ['118', '0 is not a valid value for number page parameter.'],
      ],
    ],
    ['/cdrs?include=foo&filter[zz]=1&sort=zz', 400, [['114', 'zz is not a valid sort criteria for cdrs']]],
    ['/cdrs?filter=%zz', 400, [['400', 'The query is not valid percent-encoded UTF-8.']]],
    ['/cdrs/%ff', 400, [['400', 'The path is not valid percent-encoded UTF-8.']]],
    ['/cdrs/abc', 400, [['103', 'abc is not a valid value for id.']]],
    ['/cdrs/99999999999999999999', 404, [['404', 'The record identified by 99999999999999999999 could not be found.']]],
    ['/cdrs/0x10', 404, [['404', 'The record identified by 16 could not be found.']]],
    [`/cdr-exports/${UUID}`, 404, [['404', `The record identified by ${UUID} could not be found.`]]],
    ['/cdr-exports/1', 404, [['404', 'There is nothing at this path.']]],
    ['/cdrs/1/relationships/foo', 404, [['404', 'There is nothing at this path.']]],
    ['/%63drs', 404, [['404', 'There is nothing at this path.']]],
  ])('%s', async ([path, status, errors]) => {
    const response = await get(path)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/vnd.api+json')
    expect(response.headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(await errorsOf(response)).toEqual(errors)
  })

  test('and hides from HTML what it repeats', async () => {
    expect(await (await get('/cdrs?filter[%3Cb%3E%26]=1')).text()).toContain('"detail":"\\u003cb\\u003e\\u0026 is not allowed."')
  })

  test.for(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is told what is allowed', async (method) => {
    const response = await send(`${ROOT}/cdrs/1`, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await errorsOf(response))[0]?.[0]).toBe('405')
  })

  test.for<[length: number, status: number]>([
    [16_384, 400],
    [16_385, 414],
  ])('a URL of %i bytes is answered with %i', async ([length, status]) => {
    const start = `http://example.org${ROOT}/cdrs?filter=`
    const response = await get(`/cdrs?filter=${'x'.repeat(length - start.length)}`)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/vnd.api+json')
  })

  test.for(['Accept', 'Content-Type'])('a %s that is no media type is refused anywhere', async (name) => {
    for (const path of [`${ROOT}/cdrs`, '/nowhere']) expect((await send(path, { headers: { [name]: 'foo' } })).status).toBe(406)
  })

  test.for<[accept: string, path: string, status: number]>([
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', '/cdrs', 200],
    ['*; q=.2, application/vnd.api+json', '/cdrs/1', 200],
    ['foo, */*', '/cdrs/1/account', 200],
    ['foo, text/html', '/cdrs', 406],
    ['foo, text/html', '/nowhere', 404],
    ['foo, bar', '/nowhere', 406],
  ])('beside what is no media type, Accept is read: %s for %s', async ([accept, path, status]) => {
    expect((await get(path, 1, {}, { accept })).status).toBe(status)
  })

  test.for([',', ',,', ''])('of include=%s nothing is left to be wrong', async (include) => {
    const response = await get(`/cdrs/1?include=${include}`)
    expect([response.status, Object.keys(await bodyOf<object>(response))]).toEqual([200, ['data']])
  })
})

describe('a failing database', () => {
  const answerOf = async (path: string) => {
    const response = await get(path, 1, { DB: failing(env.DB) }, { 'x-request-id': 'abc' })
    return { response, lines: takeLog() }
  }

  test.for(['/cdrs', '/cdrs/1', '/cdrs/1/account', '/cdrs/1/relationships/account', '/cdr-exports', '/cdrs?filter[foo]=1'])(
    '%s',
    async (path) => {
      const { response, lines } = await answerOf(path)
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('5')
      expect(response.headers.get('content-type')).toBe('application/vnd.api+json')
      expect(await errorsOf(response)).toEqual([['503', 'The database did not answer. Nothing was changed; try again.']])
      expect(lines).toHaveLength(1)
      expect(JSON.parse(lines[0]!)).toMatchObject({ requestId: 'abc', status: 503 })
      expect(lines[0]).toContain('overloaded')
      expect(lines[0]).not.toContain(await tokenOf(1))
    },
  )
})

describe('whatever is asked', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'filter',
      'fields',
      'page',
      'sort',
      'include',
      '[',
      ']',
      '[]',
      '=',
      '&',
      ',',
      '"',
      '%',
      '%00',
      '%ff',
      '-',
      '.',
      'id',
      'cdrs',
      'account',
    ),
    fc.constantFrom(
      'duration_eq',
      'time_start_gteq',
      'auth_orig_ip_in',
      'src_name_in_cont_any',
      'account_id_not_in',
      'customer_price_lt',
      'number',
      'size',
    ),
    fc.constantFrom(
      '1',
      '0',
      '-1',
      '9'.repeat(30),
      '1e400',
      '2026-01-01',
      '10.0.0.0/8',
      'NaN',
      'abc',
      'Ж',
      '📞',
      '%D0%96',
      '\\',
      "'",
      ';--',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  const query = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))
  const filters = fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'duration_eq',
          'id',
          'id_in',
          'time_start_lt',
          'auth_orig_ip_eq',
          'src_name_in_cont',
          'account_id_eq',
          'success_eq',
        ),
        piece,
      ),
      { maxLength: 4 },
    )
    .map((pairs) => pairs.map(([name, value]) => `filter[${name}]=${encodeURIComponent(value.toWellFormed())}`).join('&'))

  test('the answer is a document, never 500', async () => {
    const path = fc.constantFrom('/cdrs', '/cdrs/1', '/cdr-exports', '/cdrs/1/account', '/cdrs/1/relationships/account')
    await fc.assert(
      fc.asyncProperty(path, fc.oneof(query, filters), async (where, asked) => {
        const response = await get(`${where}?${asked.toWellFormed()}`)
        expect(response.status).toBeLessThan(500)
        expect(response.headers.get('content-type')).toBe('application/vnd.api+json')
        const body = await bodyOf<{ data?: unknown; errors?: unknown[] }>(response)
        expect(response.status === 200 ? body.data !== undefined : (body.errors?.length ?? 0) > 0).toBe(true)
      }),
      { numRuns: 400 },
    )
  })
})
