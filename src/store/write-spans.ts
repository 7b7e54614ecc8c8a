import type { Recording } from '../model/recording.js'
import type { RecordedSpan } from '../model/span.js'
import type { Contents } from './contents.js'
import { mergeInto } from './histogram.js'
import { addDuration, addValues, type Rollup, RollupBatch, SPAN_ROLLUPS } from './rollups.js'
import { toUs } from './rows.js'
import type { SqlitePreparer, SqliteStatement } from './sqlite-driver.js'

/** Kept of each hour and name. */
const EXAMPLES = 5
/** Names with an id or a date in them must not fill the roll-ups: of one recording so many count. */
const MAX_NAMES = 100

export interface SpanStatements {
  readonly examples: SqliteStatement
  readonly addExample: SqliteStatement
  readonly removeExample: SqliteStatement
}

export function prepareSpans(db: SqlitePreparer): SpanStatements {
  return {
    examples: db.prepare('SELECT number, max_us FROM span_examples WHERE span_id = ? AND hour = ? ORDER BY max_us'),
    addExample: db.prepare('INSERT OR REPLACE INTO span_examples (span_id, hour, number, max_us) VALUES (?, ?, ?, ?)'),
    removeExample: db.prepare('DELETE FROM span_examples WHERE span_id = ? AND hour = ? AND number = ?'),
  }
}

interface Place {
  readonly number: number
  readonly minute: number
  readonly routeId: number
  readonly sessionId: number
}

interface Example {
  readonly spanId: number
  readonly hour: number
  readonly number: number
  readonly maxUs: number
}

/** What the spans of a batch of recordings add up to. */
export class SpanBatch {
  readonly rollups: RollupBatch = new RollupBatch(SPAN_ROLLUPS)
  readonly #examples = new Map<string, Example[]>()

  add({ spans }: Recording, { number, minute, routeId, sessionId }: Place, contents: Contents): void {
    for (const [spanId, own] of byName(spans, contents)) {
      const one = sumOf(own)
      const row = this.rollups.row(minute, 1, [spanId, routeId, sessionId])
      addValues(row, one.sums, one.maxima)
      row.histograms.forEach((histogram, at) => {
        mergeInto(histogram, one.histograms[at] ?? new Map())
      })
      const hour = Math.floor(minute / 60)
      const key = `${spanId}/${hour}`
      const examples = this.#examples.get(key) ?? []
      examples.push({ spanId, hour, number, maxUs: one.maxima[0] ?? 0 })
      this.#examples.set(key, examples.sort((a, b) => b.maxUs - a.maxUs).slice(0, EXAMPLES))
    }
  }

  writeExamples({ examples, addExample, removeExample }: SpanStatements): void {
    for (const found of this.#examples.values()) {
      const [first] = found
      if (first === undefined) continue
      const stored = examples.all(first.spanId, first.hour) as { readonly number: number; readonly max_us: number }[]
      for (const { spanId, hour, number, maxUs } of found) {
        const [least] = stored
        if (stored.length >= EXAMPLES && least !== undefined) {
          if (least.max_us >= maxUs) break
          removeExample.run(spanId, hour, least.number)
          stored.shift()
        }
        addExample.run(spanId, hour, number, maxUs)
        stored.push({ number, max_us: maxUs })
        stored.sort((a, b) => a.max_us - b.max_us)
      }
    }
  }
}

function byName(spans: readonly RecordedSpan[], contents: Contents): ReadonlyMap<number, readonly RecordedSpan[]> {
  const byKey = new Map<string, RecordedSpan[]>()
  for (const span of spans) {
    const key = `${span.kind} ${span.name}`
    const own = byKey.get(key)
    if (own !== undefined) own.push(span)
    else if (byKey.size < MAX_NAMES) byKey.set(key, [span])
  }
  return new Map([...byKey.values()].map((own) => [contents.span(own[0] as RecordedSpan), own]))
}

function sumOf(spans: readonly RecordedSpan[]): Rollup {
  const row = new RollupBatch(SPAN_ROLLUPS).row(0, 1, [])
  addValues(row, [1], [0])
  for (const { durationMs, ownMs, error, queryCount, sqlMs } of spans) {
    const durationUs = toUs(durationMs ?? 0)
    const failed = Number(error !== null)
    addValues(row, [0, 1, failed, durationUs, toUs(ownMs ?? 0), queryCount, toUs(sqlMs)], [durationUs])
    if (durationMs !== null) addDuration(row, 0, durationUs)
  }
  return row
}
