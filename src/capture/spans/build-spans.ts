import { roundToMicroseconds as round, unionMs } from '../../model/intervals.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import type { RecordedSpan, SpanTags } from '../../model/span.js'
import type { CallSites } from '../call-sites.js'
import { errorText } from '../exceptions.js'
import type { Masker } from '../mask.js'
import type { Recorder } from '../recorder.js'
import type { OpenSpan, SpanLog } from './open-span.js'
import { inferredSite, learnSite } from './sampled-sites.js'

interface SpanTools {
  readonly callSites: CallSites
  readonly masker: Masker
}

const NONE: Pick<Recording, 'spans' | 'spanSums'> = { spans: [], spanSums: [] }

/** Makes the spans of a recording, each with what its queries cost. Bounded, since their number is. */
export function buildSpans(
  log: SpanLog | null,
  recorder: Pick<Recorder, 'startMs' | 'endMs'>,
  queries: readonly RecordedQuery[],
  tools: SpanTools,
): Pick<Recording, 'spans' | 'spanSums'> {
  if (log === null) return NONE
  const ends = log.spans.map((span) => endOf(span, recorder.endMs))
  const children = childrenOf(log.spans, ends)
  const { counts, sqlMs } = queriesOf(log.spans, queries)
  return {
    spans: log.spans.map((span, index): RecordedSpan => {
      const durationMs = ends[index] == null ? null : Math.max(0, ends[index] - span.startMs)
      const inner = unionMs(children[index] ?? [])
      return {
        index,
        parentIndex: span.parent?.index ?? null,
        kind: span.kind,
        name: tools.masker.text(span.name),
        startMs: round(span.startMs - recorder.startMs),
        durationMs: durationMs === null ? null : round(durationMs),
        ownMs: durationMs === null ? null : round(Math.max(0, durationMs - inner - span.awayMs)),
        queryCount: counts[index] ?? 0,
        sqlMs: round(sqlMs[index] ?? 0),
        error: span.thrown && errorText(span.thrown.value, tools.masker),
        tags: tagsOf(span, tools.masker),
        callSite: siteOf(span, tools.callSites),
      }
    }),
    spanSums: [...log.sums.values()].map((sum) => ({
      ...sum,
      name: tools.masker.text(sum.name),
      totalMs: round(sum.totalMs),
    })),
  }
}

/** A middleware or a handler that has not called next() is what the request was in until its answer was sent. */
function endOf({ kind, endMs }: OpenSpan, answeredMs: number | null): number | null {
  return endMs ?? (kind === 'middleware' || kind === 'handler' ? answeredMs : null)
}

type Interval = { readonly startMs: number; readonly endMs: number }

/** The time of the spans right inside each, as far as it lies inside it. */
function childrenOf(spans: readonly OpenSpan[], ends: readonly (number | null)[]): readonly Interval[][] {
  const children: Interval[][] = spans.map(() => [])
  spans.forEach(({ parent, startMs }, index) => {
    if (parent?.index == null) return
    const until = Math.min(ends[index] ?? Number.POSITIVE_INFINITY, ends[parent.index] ?? Number.POSITIVE_INFINITY)
    const from = Math.max(startMs, parent.startMs)
    if (until > from && Number.isFinite(until)) children[parent.index]?.push({ startMs: from, endMs: until })
  })
  return children
}

/** Of each span with those in it. A span comes after the one it began in. */
function queriesOf(
  spans: readonly OpenSpan[],
  queries: readonly RecordedQuery[],
): { readonly counts: readonly number[]; readonly sqlMs: readonly number[] } {
  const counts = spans.map(() => 0)
  const sqlMs = spans.map(() => 0)
  for (const { spanIndex, operation, durationMs } of queries) {
    if (spanIndex === null || operation === 'transaction') continue
    counts[spanIndex] = (counts[spanIndex] ?? 0) + 1
    sqlMs[spanIndex] = (sqlMs[spanIndex] ?? 0) + (durationMs ?? 0)
  }
  for (let index = spans.length - 1; index >= 0; index--) {
    const parent = spans[index]?.parent?.index
    if (parent == null) continue
    counts[parent] = (counts[parent] ?? 0) + (counts[index] ?? 0)
    sqlMs[parent] = (sqlMs[parent] ?? 0) + (sqlMs[index] ?? 0)
  }
  return { counts, sqlMs }
}

const NO_TAGS: SpanTags = {}

function tagsOf({ tags, lateTags }: OpenSpan, masker: Masker): SpanTags {
  if (tags === null && lateTags === null) return NO_TAGS
  try {
    return masker.tags({ ...tags, ...lateTags })
  } catch {
    // Whatever the app has given for tags: the span is told without them.
    return NO_TAGS
  }
}

function siteOf({ kind, name, stack }: OpenSpan, callSites: CallSites): RecordedSpan['callSite'] {
  if (kind === 'middleware' || kind === 'handler') return null
  if (stack === null) return inferredSite(name)
  const { callSite } = callSites.locate(stack)
  learnSite(name, callSite)
  return callSite
}
