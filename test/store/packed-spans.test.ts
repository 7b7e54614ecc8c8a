import { describe, expect, test } from 'vitest'
import type { CallSite } from '../../src/model/call-site.js'
import type { RecordedSpan, SpanSum } from '../../src/model/span.js'
import { packSpans, unpackSpans } from '../../src/store/packed-spans.js'
import { buildRecording, callSite, query } from '../support/build-recording.js'

function span(more: Partial<RecordedSpan> = {}): RecordedSpan {
  return {
    ...{ index: 0, parentIndex: null, kind: 'code', name: 'load', startMs: 1.25, durationMs: 3.5, ownMs: 1 },
    ...{ queryCount: 2, sqlMs: 0.75, error: null, tags: {}, callSite: null },
    ...more,
  }
}

/** Packs and reads back, with call sites by number. */
function back(spans: readonly RecordedSpan[], spanIndexes: readonly number[] = [], spanSums: readonly SpanSum[] = []) {
  const sites: CallSite[] = []
  const { queries } = buildRecording({ queries: spanIndexes.map((spanIndex) => query('select 1', [], { spanIndex })) })
  const packed = packSpans({ spans, spanSums }, queries, (site) => sites.push(site))
  return unpackSpans(packed, (id, inferred) => {
    const site = sites[id - 1]
    return site === undefined ? null : { ...site, source: inferred ? 'inferred' : 'captured' }
  })
}

describe('packed spans come back as they were', () => {
  test.each<readonly [string, Partial<RecordedSpan>]>([
    ['one', {}],
    ['still running', { durationMs: null, ownMs: null }],
    ['of no time at all, which is not "still running"', { durationMs: 0, ownMs: 0, startMs: 0 }],
    ['before its recording, by a clock that was set', { startMs: -2 }],
    ['of hours', { startMs: 36_000_000.001, durationMs: 9_000_000, ownMs: 9_000_000 }],
    ['with an error', { error: 'RangeError: no “such” thing\n…' }],
    ['with tags', { tags: { page: 3, cached: false, name: 'Müller' } }],
    ['with a line', { callSite: callSite(12) }],
    ['with an inferred line', { callSite: callSite(12, { source: 'inferred' }) }],
    ['of Express', { kind: 'middleware', name: 'jsonParser' }],
  ])('%s', (_, more) => {
    const spans = [span(), span({ index: 1, parentIndex: 0, ...more })]

    expect(back(spans).spans).toEqual(spans)
  })

  test('a thousand, side by side and inside each other', () => {
    const spans = Array.from({ length: 1_000 }, (_, index) =>
      span({ index, parentIndex: index === 0 ? null : index % 7 === 0 ? index - 1 : 0, startMs: index / 8 }),
    )

    expect(back(spans).spans).toEqual(spans)
  })

  test('with the span of each query', () => {
    expect(back([span(), span({ index: 1 })], [0, 1, 1, 0]).ofQuery).toEqual([0, 1, 1, 0])
  })

  test('with what was added up', () => {
    const sums: readonly SpanSum[] = [{ kind: 'http', name: 'GET api.test', count: 12, totalMs: 1.5 }]

    expect(back([span()], [], sums).spanSums).toEqual(sums)
  })
})

test('a value of another layout is told', () => {
  expect(() => unpackSpans(Uint8Array.of(9), () => null)).toThrow('Packed spans of layout 9, expected 1.')
})
