import { describe, expect, test } from 'vitest'
import { matches } from '../../src/http/etag.ts'
import { accepts, canonicalPath, firstFormat, firstOf, isReadable, varies } from '../../src/http/negotiate.ts'
import { requestId } from '../../src/http/request-id.ts'

const JSONAPI = 'application/vnd.api+json'

describe('an Accept', () => {
  test.for<[accept: string | undefined, taken: boolean]>([
    [undefined, true],
    ['', true],
    [',', true],
    [JSONAPI, true],
    ['*/*', true],
    ['*/*;q=0.8', true],
    ['text/html, application/vnd.api+json', true],
    ['application/json', false],
    ['application/*', false],
    [`${JSONAPI};q=0.9`, false],
    [JSONAPI.toUpperCase(), false],
    [`${JSONAPI}, ${JSONAPI}; ext="a,b"`, false],
  ])('%s', ([accept, taken]) => {
    expect(accepts(accept, JSONAPI)).toBe(taken)
  })

  test.for<[header: string, readable: boolean]>([
    ['', true],
    [',', true],
    ['text/html;q=0.8, */*', true],
    [`${JSONAPI}; ext="a,b"`, true],
    ['foo', false],
    ['*', false],
    ['"a"', false],
    ['text/', false],
    ['foo, "a", */json', false],
    ['foo, , text/html', true],
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', true],
    ['*;q=0.1,application/vnd.api+json', true],
    ['a/b,'.repeat(1000), true],
    ['a/b,'.repeat(1100), false],
  ])('can be read: %s', ([header, readable]) => {
    expect(isReadable(header)).toBe(readable)
  })

  test.for<[header: string, first: string]>([
    ['', ''],
    ['foo', ''],
    [' text/html ;q=0.8, a/b', 'text/html'],
    [', foo, *, a/b;c=","', 'a/b'],
  ])('names first: %s', ([header, first]) => {
    expect(firstOf(header)).toBe(first)
  })

  test.for<[accept: string | undefined, format: string]>([
    [undefined, 'text/html'],
    ['*/*', 'text/html'],
    ['*, application/json', 'application/json'],
    ['application/json, *; q=.2, */*; q=.2', 'text/html'],
  ])('has an empty answer be: %s', ([accept, format]) => {
    expect(firstFormat(accept)).toBe(format)
  })

  test.for<[accept: string | undefined, url: string, varied: boolean]>([
    [undefined, 'http://x/a', false],
    ['*/*', 'http://x/a', true],
    ['text/html, */*', 'http://x/a', false],
    [JSONAPI, 'http://x/a.json', false],
    [JSONAPI, 'http://x/a.json?b=c.d', false],
    [JSONAPI, 'http://x/a?b=/c.d', true],
    [JSONAPI, 'http://x/a?format=json', false],
    [JSONAPI, 'http://x.org/a', true],
  ])('varies the answer: %s on %s', ([accept, url, varied]) => {
    expect(varies(accept, false, url)).toBe(varied)
  })
})

describe('a path', () => {
  test.for([
    ['http://x', '/'],
    ['http://x/', '/'],
    ['http://x/a/b', '/a/b'],
    ['http://x//a///b//', '/a/b'],
    ['http://x/a/8.json?b=c', '/a/8'],
    ['http://x/a/8.tar.gz', '/a/8.tar.gz'],
    ['http://x/a.b/c', '/a.b/c'],
    ['http://x/%63drs', '/%63drs'],
    ['http://x/b/8.5', '/b/8.5'],
    ['http://x/ab/8.5', '/ab/8.5'],
  ])('%s', ([url, path]) => {
    expect(canonicalPath(url!, '/a')).toBe(path)
  })
})

describe('If-None-Match', () => {
  const TAG = 'W/"0123"'
  test.for<[header: string | undefined, matched: boolean]>([
    [undefined, false],
    ['', false],
    ['W/"0123"', true],
    ['"0123"', true],
    ['*', true],
    ['"x", W/"0123"', true],
    ['0123', false],
    ['W/"0124"', false],
  ])('%s', ([header, matched]) => {
    expect(matches(header, TAG)).toBe(matched)
  })
})

describe('a request id', () => {
  test("is the client's own, of harmless characters and length", () => {
    expect(requestId('a b\r\nx: <é>1')).toBe('abx1')
    expect(requestId('x'.repeat(300))).toHaveLength(255)
  })

  test('is new where the client has none', () => {
    expect(requestId(undefined)).toMatch(/^[\da-f-]{36}$/)
    expect(requestId('<>')).toMatch(/^[\da-f-]{36}$/)
  })
})
