import { describe, expect, test } from 'vitest'
import {
  addToBin,
  countBin,
  countOfBin,
  durationBin,
  durationBounds,
  durationOfBin,
  type Histogram,
  mergeInto,
  mergePacked,
  packHistogram,
  quantileBin,
} from '../../src/store/histogram.js'

function histogramOf(durationsUs: readonly number[]): Histogram {
  const histogram: Histogram = new Map()
  for (const durationUs of durationsUs) addToBin(histogram, durationBin(durationUs))
  return histogram
}

describe('a duration', () => {
  test('is estimated within 2.5 %, from a microsecond to a day', () => {
    let worst = 0
    for (let durationUs = 1; durationUs < 86_400_000_000; durationUs = Math.ceil(durationUs * 1.013)) {
      const estimate = durationOfBin(durationBin(durationUs))
      worst = Math.max(worst, Math.abs(estimate - durationUs) / durationUs)
    }
    expect(worst).toBeLessThanOrEqual(0.025)
  })

  test('that was too short to measure is 0', () => {
    expect(durationOfBin(durationBin(0))).toEqual(0)
  })

  test('lies between the bounds of its bin, which have no gaps', () => {
    for (const durationUs of [1, 2, 3, 999, 1000, 4095, 4096, 1e6, 3.6e9]) {
      const bin = durationBin(durationUs)
      const { fromUs, toUs } = durationBounds(bin)
      expect(durationUs).toBeGreaterThan(fromUs)
      expect(durationUs).toBeLessThanOrEqual(toUs * (1 + 1e-12))
      expect(durationBounds(bin + 1).fromUs).toEqual(toUs)
    }
  })
})

describe('a number of queries', () => {
  test.each([0, 1, 2, 51, 101, 1000, 1024])('%i is exact', (count) => {
    expect(countOfBin(countBin(count))).toEqual(count)
  })

  test.each([1025, 5_000, 123_456])('%i is within 2.5 %%', (count) => {
    expect(Math.abs(countOfBin(countBin(count)) - count) / count).toBeLessThanOrEqual(0.025)
  })
})

describe('quantiles', () => {
  const thousand = histogramOf(Array.from({ length: 1000 }, (_, at) => (at + 1) * 1000))

  test.each([
    [0.5, 500_000],
    [0.95, 950_000],
    [0.99, 990_000],
  ])('of 1 to 1,000 ms: %d is within 2.5 %%', (share, exact) => {
    const estimate = durationOfBin(quantileBin(thousand, share) ?? 0)
    expect(Math.abs(estimate - exact) / exact).toBeLessThanOrEqual(0.025)
  })

  test('of one value are that value, of none there are none', () => {
    expect(quantileBin(histogramOf([7]), 0.99)).toEqual(durationBin(7))
    expect(quantileBin(new Map(), 0.5)).toEqual(null)
  })
})

test('packed and merged, histograms are as if counted together', () => {
  const left = [0, 1, 50, 50, 50, 1_000_000]
  const right = [2, 50, 3_600_000_000]
  const together = histogramOf(left)
  mergeInto(together, histogramOf(right))
  const packed: Histogram = new Map()
  mergePacked(packed, packHistogram(histogramOf(left)))
  mergePacked(packed, packHistogram(histogramOf(right)))
  expect([...packed].sort()).toEqual([...together].sort())
  expect([...together].sort()).toEqual([...histogramOf([...left, ...right])].sort())
})

test('a packed histogram of ordinary durations is small', () => {
  const durations = Array.from({ length: 1000 }, (_, at) => 200 + ((at * 7919) % 400))
  expect(packHistogram(histogramOf(durations)).length).toBeLessThan(80)
})
