import type { AnalyzedRecording } from '../model/finding.js'

export interface QueueBounds {
  readonly maxCount: number
  readonly maxBytes: number
}

/**
 * What waits to be written: first in, first out, bounded by count and by estimated memory.
 *
 * When it is full the oldest go: whoever looks at a profiler looks for what they have just done.
 */
export class WriteQueue {
  readonly #bounds: QueueBounds
  /** `undefined`: has left. */
  readonly #waiting: ({ readonly recording: AnalyzedRecording; readonly bytes: number } | undefined)[] = []
  /** Where the queue begins in `#waiting`: taking from the front of a long array would move all of it. */
  #head = 0
  #bytes = 0
  #pushed = 0

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds
  }

  get count(): number {
    return this.#waiting.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /** How much waits, of what may: 0 to 1. */
  get fullness(): number {
    return Math.max(this.count / this.#bounds.maxCount, this.#bytes / this.#bounds.maxBytes)
  }

  /** How many were ever pushed. */
  get pushed(): number {
    return this.#pushed
  }

  /** How many have left again, written or dropped. */
  get settled(): number {
    return this.#pushed - this.count
  }

  /** @returns how many had to go for it */
  push(recording: AnalyzedRecording): number {
    const bytes = estimateBytes(recording)
    this.#waiting.push({ recording, bytes })
    this.#bytes += bytes
    this.#pushed += 1
    let dropped = 0
    while (this.count > this.#bounds.maxCount || (this.#bytes > this.#bounds.maxBytes && this.count > 1)) {
      this.remove(1)
      dropped += 1
    }
    return dropped
  }

  /** The oldest, up to `maxCount` of them or about `maxQueries` queries, at least one. They stay until removed. */
  peek(maxCount: number, maxQueries: number): AnalyzedRecording[] {
    const batch: AnalyzedRecording[] = []
    let queries = 0
    for (let at = this.#head; at < this.#waiting.length && batch.length < maxCount && queries < maxQueries; at++) {
      const recording = this.#waiting[at]?.recording
      if (recording === undefined) break
      batch.push(recording)
      queries += recording.recording.queries.length
    }
    return batch
  }

  remove(count: number): void {
    const end = Math.min(this.#head + count, this.#waiting.length)
    for (; this.#head < end; this.#head++) {
      this.#bytes -= this.#waiting[this.#head]?.bytes ?? 0
      this.#waiting[this.#head] = undefined
    }
    if (this.#head > 1000 || this.#head === this.#waiting.length) {
      this.#waiting.splice(0, this.#head)
      this.#head = 0
    }
  }
}

const BYTES_PER_RECORDING = 2_000
const BYTES_PER_QUERY = 200

/** Roughly what a recording holds in memory. Statements and call sites are shared; texts in bindings and URLs are not. */
function estimateBytes({ recording }: AnalyzedRecording): number {
  let bytes =
    BYTES_PER_RECORDING +
    (recording.queries.length + recording.spans.length) * BYTES_PER_QUERY +
    (recording.request?.url.length ?? 0) * 2
  bytes += ((recording.request?.body?.text?.length ?? 0) + (recording.response?.body?.text?.length ?? 0)) * 2
  if (recording.cpuProfile && 'file' in recording.cpuProfile) bytes += recording.cpuProfile.file.length
  for (const { bindings, statement } of recording.queries) {
    if (statement.length > 1_000) bytes += statement.length
    for (const value of bindings ?? []) if (typeof value === 'string') bytes += value.length * 2
  }
  return bytes
}
