import { describe, expect, test } from 'vitest'
import { type HeaderValue, packHeaders, unpackHeaders } from '../../src/store/packed-headers.js'

const ID = '019a0000-0000-7000-8000-000000000001'
const OTHER_ID = '019a0000-0000-7000-8000-000000000002'

function packed(headers: Record<string, HeaderValue>, id = ID) {
  const cut: HeaderValue[] = []
  return { set: packHeaders(headers, id, cut), cut }
}

describe('headers', () => {
  test.each<[string, Record<string, HeaderValue>]>([
    ['none', {}],
    [
      'ordinary',
      { host: 'localhost:3000', accept: '*/*', 'content-length': '12', date: 'Sun, 22 Nov 2026 10:00:00 GMT' },
    ],
    ['repeated', { 'set-cookie': ['a=***', 'b=***'], vary: ['accept', 'origin'] }],
    ['with the id of the recording', { 'x-silk-id': ID, link: [`<a>; rel="x"`, `</silk/requests/${ID}>; rel="silk"`] }],
    ['with odd names', { __proto__x: 'a', constructor: 'b' }],
  ])('%s come back in their order', (_, headers) => {
    const { set, cut } = packed(headers)
    const back = unpackHeaders(set, ID, [...cut])
    expect(back).toEqual(headers)
    expect(Object.keys(back)).toEqual(Object.keys(headers))
  })

  test('named __proto__ is a header like any other', () => {
    const headers = JSON.parse('{"__proto__": "x", "host": "h"}')
    const { set, cut } = packed(headers)
    expect(Object.entries(unpackHeaders(set, ID, cut))).toEqual([
      ['__proto__', 'x'],
      ['host', 'h'],
    ])
  })
})

test('two responses that differ in time, length, tag and id share one set', () => {
  const response = (id: string, second: number) => ({
    'content-type': 'application/json',
    'x-silk-id': id,
    link: `</silk/requests/${id}>; rel="silk"`,
    date: `Sun, 22 Nov 2026 10:00:0${second} GMT`,
    etag: `W/"${second}"`,
    'content-length': `${second}`,
    'x-request-id': `r-${second}`,
  })
  expect(packed(response(ID, 1)).set).toEqual(packed(response(OTHER_ID, 2), OTHER_ID).set)
})

test('responses of different types do not share a set', () => {
  expect(packed({ 'content-type': 'text/html' }).set).not.toEqual(packed({ 'content-type': 'text/plain' }).set)
})
