import { describe, expect, test } from 'vitest'
import {
  bytes,
  count,
  duration,
  moment,
  percent,
  place,
  prose,
  quantityText,
  total,
  valueParts,
} from '../../src/dashboard/display.js'
import { callSite } from './support/build-recordings.js'

describe('numbers', () => {
  test.each([
    [0, '0.0 ms'],
    [0.04, '0.0 ms'],
    [41.24, '41.2 ms'],
    [999.94, '999.9 ms'],
    [999.96, '1.0 s'],
    [1000, '1.0 s'],
    [11_544, '11.5 s'],
    [99_949, '99.9 s'],
    [1_234_567, '1,235 s'],
    [-12.34, '−12.3 ms'],
    [null, '–'],
    [Number.NaN, '–'],
  ])('%s milliseconds read %s', (ms, text) => {
    expect(quantityText(duration(ms))).toEqual(text)
  })

  test('single queries have two decimals', () => {
    expect(quantityText(duration(0.454, 2))).toEqual('0.45 ms')
  })

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [53_118, '53.1 kB'],
    [999_999, '1.0 MB'],
    [38_200_000, '38.2 MB'],
    [2_500_000_000, '2.5 GB'],
    [null, '–'],
  ])('%s bytes read %s', (size, text) => {
    expect(quantityText(bytes(size))).toEqual(text)
  })

  test.each([
    [0, '0'],
    [0.004, '<1'],
    [0.016, '2'],
    [0.5, '50'],
    [1, '100'],
    [1.7, '100'],
    [Number.NaN, '0'],
  ])('a share of %s is %s per cent', (share, text) => {
    expect(percent(share)).toEqual(text)
  })

  test('thousands have commas, what is not known a dash', () => {
    expect([count(1_284), count(null), total('10000+'), total(9_999)]).toEqual(['1,284', '–', '10,000+', '9,999'])
  })
})

test.each([
  [0, 'just now'],
  [1_400, 'just now'],
  [12_000, '12 s ago'],
  [119_000, '1 min ago'],
  [7_200_000, '2 h ago'],
  [200_000_000, '2 d ago'],
  [-5_000, 'just now'],
])('%s milliseconds ago reads %s', (elapsed, text) => {
  expect(moment(1_700_000_000_000 - elapsed, 1_700_000_000_000).relative).toEqual(text)
})

test('a place keeps file and line apart from its directory', () => {
  expect(place(callSite({ file: 'src/routes/a.ts', line: 23, function: null, source: 'inferred' }))).toEqual({
    directory: 'src/routes/',
    base: 'a.ts:23',
    full: 'src/routes/a.ts:23',
    editorHref: null,
    inferred: true,
  })
})

test('what masking removed is told apart, in plain and in encoded values', () => {
  expect(valueParts('Bearer [redacted]; a=%5Bredacted%5D')).toEqual([
    { text: 'Bearer ', redacted: false },
    { text: '[redacted]', redacted: true },
    { text: '; a=', redacted: false },
    { text: '%5Bredacted%5D', redacted: true },
  ])
})

test('back-ticks in a sentence mark code; a lone one is only a character', () => {
  expect([prose('one per row of `collections`'), prose('a ` b')]).toEqual([
    [
      { text: 'one per row of ', code: false },
      { text: 'collections', code: true },
    ],
    [{ text: 'a ` b', code: false }],
  ])
})
