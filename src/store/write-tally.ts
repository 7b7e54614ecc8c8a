import type { DropCause, WriteHealth } from '../model/health.js'
import { addToBin, durationBin, type Histogram } from './histogram.js'
import { percentilesOf } from './read-percentiles.js'

/** Counts what becomes of recordings in this process. */
export class WriteTally {
  readonly #dropped: Record<DropCause, number> = { overflow: 0, unusable: 0, refused: 0, closed: 0 }
  readonly #batches: Histogram = new Map()
  #batchCount = 0
  #maxUs = 0
  #storedCount = 0
  #lastBatchAt: number | null = null

  drop(cause: DropCause, count: number): void {
    this.#dropped[cause] += count
  }

  /** @param storedCount recordings that were new */
  batch(storedCount: number, durationMs: number): void {
    const durationUs = Math.round(durationMs * 1000)
    this.#storedCount += storedCount
    this.#batchCount += 1
    this.#maxUs = Math.max(this.#maxUs, durationUs)
    this.#lastBatchAt = Date.now()
    addToBin(this.#batches, durationBin(durationUs))
  }

  get droppedCount(): number {
    return Object.values(this.#dropped).reduce((sum, count) => sum + count, 0)
  }

  get health(): WriteHealth {
    const { p50Ms, p95Ms, maxMs } = percentilesOf(this.#batches, this.#maxUs)
    return {
      storedCount: this.#storedCount,
      dropped: { ...this.#dropped },
      batchCount: this.#batchCount,
      batchP50Ms: p50Ms,
      batchP95Ms: p95Ms,
      batchMaxMs: maxMs,
      lastBatchAt: this.#lastBatchAt,
    }
  }
}
