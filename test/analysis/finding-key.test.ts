import { describe, expect, test } from 'vitest'
import { findingKey } from '../../src/analysis/finding-key.js'
import { buildRecording, callSite } from '../support/build-recording.js'

const request = (method: string, route: string | null, url = '/x') =>
  buildRecording({ queries: [], method, route, url }).request
const origin = {
  kind: 'n-plus-one' as const,
  statements: ['select * from a where id = ?', 'select * from b where id = ?'],
  callSite: callSite(30),
  request: request('GET', '/collections'),
}
const anonymous = { ...origin, callSite: callSite(30, { function: null }) }
const unplaced = { ...origin, callSite: null }

describe('a finding has the same key', () => {
  test.each([
    ['when its line moves', origin, { ...origin, callSite: callSite(99, { column: 1 }) }],
    ['when its line is inferred', origin, { ...origin, callSite: callSite(30, { source: 'inferred' }) }],
    ['whichever statement came first', origin, { ...origin, statements: origin.statements.toReversed() }],
    ['in every route that calls its function', origin, { ...origin, request: request('POST', '/other') }],
    [
      'under every address of its route',
      anonymous,
      { ...anonymous, request: request('GET', '/collections', '/y?z=1') },
    ],
    ['outside requests', { ...origin, request: null }, origin],
  ])('%s', (_, one, other) => {
    expect(findingKey(one)).toEqual(findingKey(other))
  })
})

describe('a finding has another key', () => {
  test.each([
    ['in another file', origin, { ...origin, callSite: callSite(30, { file: 'src/other.ts' }) }],
    ['in another function', origin, { ...origin, callSite: callSite(30, { function: 'other' }) }],
    ['for another statement', origin, { ...origin, statements: ['select * from c where id = ?'] }],
    ['for one statement of two', origin, { ...origin, statements: origin.statements.slice(1) }],
    [
      'in another route, where the function has no name',
      anonymous,
      { ...anonymous, request: request('GET', '/other') },
    ],
    [
      'by another method, where the function has no name',
      anonymous,
      { ...anonymous, request: request('PUT', '/collections') },
    ],
    ['in another route, where the place is not known', unplaced, { ...unplaced, request: request('GET', null) }],
    ['where the function has a name', origin, anonymous],
  ])('%s', (_, one, other) => {
    expect(findingKey(one)).not.toEqual(findingKey(other))
  })
})
