/** Latency figures read from mergeable histograms: right within 2.5 %. */
export interface Percentiles {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}
