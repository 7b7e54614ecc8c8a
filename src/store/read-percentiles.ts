import type { Percentiles } from '../model/percentiles.js'
import { durationOfBin, type Histogram, quantileBins } from './histogram.js'

/** The figures that pages show of a histogram of durations, none of them above the greatest value seen. */
export function percentilesOf(durations: Histogram, maxUs: number): Percentiles {
  const ms = (bin: number | undefined): number =>
    bin === undefined ? 0 : Math.min(Math.round(durationOfBin(bin)), maxUs) / 1000
  const [p50, p95, p99] = quantileBins(durations, [0.5, 0.95, 0.99])
  return { p50Ms: ms(p50), p95Ms: ms(p95), p99Ms: ms(p99), maxMs: maxUs / 1000 }
}
