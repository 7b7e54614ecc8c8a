import { expect, test } from 'vitest'
import { analyze } from '../../src/analysis/analyze.js'
import { resolveOptions, type SilkOptions } from '../../src/options.js'
import { buildRecording, query, repeat } from '../support/build-recording.js'

const loop = repeat(6, (id) => query('select * from "products" where "collection_id" = ?', [id]))

function kinds(detect: SilkOptions['detect'], queries = loop): readonly string[] {
  const recording = buildRecording({ method: 'GET', route: '/collections', queries: [queries] })
  return analyze(recording, resolveOptions({ detect }, {}).detect).map(({ kind }) => kind)
}

test('a statement is ignored by a part of it, as the dashboard shows it', () => {
  expect(kinds({ ignore: ['from products where collection_id'] })).toEqual([])
})

test('a statement is ignored by a pattern', () => {
  expect(kinds({ ignore: [/^select \* from products/g] })).toEqual([])
})

test('for one kind, and not for others', () => {
  expect(kinds({ ignore: [{ kind: 'n-plus-one', statement: 'from products' }] })).toEqual([])
  expect(kinds({ ignore: [{ kind: 'write-loop', statement: 'from products' }] })).toEqual(['n-plus-one'])
})

test('other statements are told all the same', () => {
  expect(kinds({ ignore: ['from orders', /^select id/] })).toEqual(['n-plus-one'])
})

test('a detector is switched off', () => {
  expect(kinds({ nPlusOne: false })).toEqual([])
})

test('a route has a threshold of its own, and other routes do not', () => {
  expect(kinds({ routes: { 'GET /collections': { nPlusOne: { threshold: 7 } } } })).toEqual([])
  expect(kinds({ routes: { 'GET /collections': { nPlusOne: false } } })).toEqual([])
  expect(kinds({ routes: { 'GET /products': { nPlusOne: false } } })).toEqual(['n-plus-one'])
  expect(kinds({ routes: { 'POST /collections': { nPlusOne: false } } })).toEqual(['n-plus-one'])
})
