import { expect, test } from 'vitest'
import { histogramChart } from '../../src/dashboard/charts/histogram-chart.js'
import { roundTicks } from '../../src/dashboard/charts/ticks.js'
import type { StatementSummary } from '../../src/model/statement.js'

test.each([
  [47, 2, [0, 20, 40]],
  [1, 2, [0, 0.5, 1]],
  [3, 2, [0, 2]],
  [0, 2, [0]],
  [12, 5, [0, 5, 10]],
])('an axis up to %d has round numbers, and more than its zero', (maximum, wanted, expected) => {
  expect(roundTicks(maximum, wanted)).toEqual(expected)
})

test.each([
  ['close together', { p50Ms: 0.02, p95Ms: 0.05, maxMs: 7.43 }],
  ['all at the left', { p50Ms: 0.02, p95Ms: 0.03, maxMs: 0.05 }],
  ['all at the right', { p50Ms: 6, p95Ms: 7, maxMs: 7.43 }],
  ['far from each other', { p50Ms: 0.02, p95Ms: 0.4, maxMs: 7.43 }],
])('the words of a histogram do not cover each other: %s', (_, times) => {
  const bins = [
    { fromMs: 0.01, toMs: 0.04, count: 90 },
    { fromMs: 0.04, toMs: 8, count: 10 },
  ]
  const chart = histogramChart(bins, { calls: 100, ...times } as StatementSummary)
  const spans = (chart?.marks ?? []).map(({ x, anchor, textY }) => {
    const at = Number.parseFloat(x)
    return { row: textY, from: anchor === 'start' ? at : at - 30, to: anchor === 'start' ? at + 30 : at }
  })

  expect(spans.length).toBeGreaterThan(1)
  for (const [index, one] of spans.entries()) {
    expect(one.from).toBeGreaterThanOrEqual(-0.01)
    for (const other of spans.slice(index + 1)) {
      expect(one.row !== other.row || one.to <= other.from + 0.01 || other.to <= one.from + 0.01).toEqual(true)
    }
  }
})
