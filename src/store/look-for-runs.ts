import type { RecordedSpan } from '../model/span.js'
import type { SpanRunFilter } from '../model/span-run.js'
import { textsInPacked, unpackSpans } from './packed-spans.js'
import { type Criterion, criteriaOf } from './request-conditions.js'
import { sourceOf } from './request-source.js'
import type { StoreHandle } from './worker-connection.js'

/** Recordings with spans, and spans in them, that one page looks at. */
const MOST_RECORDINGS = 500
const MOST_SPANS = 25_000
/** Numbers of recordings are asked for so many at a time. */
const TAKEN = 100

/** A span that a look has found. */
export interface FoundRun {
  /** Of its recording. */
  readonly number: number
  readonly span: RecordedSpan
}

/** Where a run stands by time: its recording, and its index in it. Beside every run are places too, which none has. */
export interface RunPlace {
  readonly number: number
  readonly index: number
}

/** Indexes before and behind all runs of a recording. */
export const FRONT = -1
export const BACK = 99_999

export interface Look {
  /** In the order in which they were met. */
  readonly runs: readonly FoundRun[]
  /** The last recording that was looked into, where there may be more behind it; `null`: this is all. */
  readonly end: number | null
  /** The first recording that was looked into; `null`: there was none. */
  readonly first: number | null
}

/**
 * Looks into recordings with spans, one after the other by time, until so many runs that the filter lets through are
 * found, or the budget is used up.
 *
 * @param from only what is beyond it is looked at
 */
export function lookForRuns(
  handle: StoreHandle,
  filter: SpanRunFilter,
  { upwards, from, enough }: { readonly upwards: boolean; readonly from: RunPlace; readonly enough: number },
): Look {
  const source = sourceOf({ handle, criteria: criteriaFor(handle, filter), by: 'time', routes: null })
  const runs: FoundRun[] = []
  let [recordings, spans] = [0, 0]
  let first: number | null = null
  let at = upwards ? from.number - 1 : from.number + 1
  for (;;) {
    const { places, end, isFull } = source.next(upwards, { value: at, number: at }, TAKEN)
    for (const { number } of places) {
      first ??= number
      const all = spansOf(handle, number, filter)
      const isBeyond = ({ index }: RecordedSpan): boolean =>
        number !== from.number || (upwards ? index > from.index : index < from.index)
      const found = all.filter((span) => isBeyond(span) && passes(span, filter)).map((span) => ({ number, span }))
      runs.push(...(upwards ? found : found.reverse()))
      recordings += 1
      spans += all.length
      if (runs.length > enough || recordings >= MOST_RECORDINGS || spans >= MOST_SPANS)
        return { runs, end: number, first }
    }
    if (end === null || !isFull) return { runs, end: end?.number ?? null, first }
    at = end.number
  }
}

function criteriaFor(handle: StoreHandle, { window, route }: SpanRunFilter): Criterion[] {
  const { since, until, session } = window
  const ofRecordings = criteriaOf(handle, {
    limit: TAKEN,
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
    ...(session === undefined ? {} : { session }),
    ...(route === undefined ? {} : { route }),
  })
  const sql = `EXISTS (SELECT 1 FROM recording_details AS d WHERE d.number = recordings.number AND d.spans IS NOT NULL)`
  return [...ofRecordings, { sql, values: [], numbers: null, along: null }]
}

/** Without call sites; none at all where no name in it is asked for. */
function spansOf(handle: StoreHandle, number: number, { search }: SpanRunFilter): readonly RecordedSpan[] {
  const sql = 'SELECT spans FROM recording_details WHERE number = ?'
  const packed = handle.get<{ spans: Uint8Array | null }>(sql, number)?.spans
  if (packed == null) return []
  if (search !== undefined && !textsInPacked(packed).some((text) => holds(text, search))) return []
  return unpackSpans(packed, () => null).spans
}

function passes(span: RecordedSpan, { search, kind, minMs = 0, minQueries = 0, minSqlMs = 0 }: SpanRunFilter): boolean {
  return (
    (search === undefined || holds(span.name, search)) &&
    (kind === undefined || span.kind === kind) &&
    (minMs === 0 || (span.durationMs !== null && span.durationMs >= minMs)) &&
    span.queryCount >= minQueries &&
    span.sqlMs >= minSqlMs
  )
}

function holds(text: string, search: string): boolean {
  return text.toLowerCase().includes(search.toLowerCase())
}
