import type { Percentiles } from '../model/store.js'
import { durationOfBin, type Histogram, quantileBin } from './histogram.js'

/** The figures that pages show of a histogram of durations, none of them above the greatest value seen. */
export function percentilesOf(durations: Histogram, maxUs: number): Percentiles {
  const at = (share: number): number => {
    const bin = quantileBin(durations, share)
    return bin === null ? 0 : Math.min(Math.round(durationOfBin(bin)), maxUs) / 1000
  }
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: maxUs / 1000 }
}
