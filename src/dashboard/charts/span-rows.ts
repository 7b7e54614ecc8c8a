import type { RecordedSpan } from '../../model/span.js'
import {
  count,
  duration,
  durationText,
  type Place,
  place,
  plural,
  type Quantity,
  type ValuePart,
  valueParts,
} from '../display.js'
import type { EditorLinks } from '../editor-links.js'
import { type Bars, bars } from './bars.js'

/** Spans that are one row of the waterfall: a single one, or as many of one name as there are in one place. */
export interface SpanGroup {
  readonly spans: readonly RecordedSpan[]
  readonly first: RecordedSpan
  /** `null`: in no span. */
  readonly parent: SpanGroup | null
  readonly depth: number
}

export interface SpanRow {
  readonly name: string
  readonly kind: string
  /** `null`: a single one. */
  readonly count: string | null
  readonly tags: readonly { readonly name: string; readonly parts: readonly ValuePart[] }[]
  readonly facts: string
  readonly error: string | null
  readonly place: Place | null
  readonly indent: string
  /** 1: in no other span. */
  readonly depth: number
  readonly showsDepth: boolean
  readonly bars: readonly Bars[]
  readonly time: Quantity
}

const MAX_BARS = 500
const SHOWN_TAGS = 3
/** Deeper rows are set in as far as this one: their number tells how deep they are. */
const DEEPEST = 12
/** From the seventh on, steps are too small to be counted by eye. */
const COUNTED_FROM = 7

/** The rows of the spans in the order of their beginnings, and the row of each span. */
export function spanGroups(spans: readonly RecordedSpan[]): {
  readonly groups: readonly SpanGroup[]
  groupOf(spanIndex: number | null): SpanGroup | null
} {
  const byPath = new Map<string, { group: SpanGroup; spans: RecordedSpan[] }>()
  const pathOf: string[] = []
  const groupOf = (index: number | null): SpanGroup | null =>
    index === null ? null : (byPath.get(pathOf[index] ?? '')?.group ?? null)
  // A span comes after the one that it began in.
  for (const span of spans) {
    const parentPath = span.parentIndex === null ? '' : (pathOf[span.parentIndex] ?? '')
    const path = JSON.stringify([parentPath, span.kind, span.name])
    pathOf[span.index] = path
    const known = byPath.get(path)
    if (known !== undefined) {
      known.spans.push(span)
      continue
    }
    const parent = groupOf(span.parentIndex)
    const own = [span]
    byPath.set(path, {
      group: { spans: own, first: span, parent, depth: parent === null ? 0 : parent.depth + 1 },
      spans: own,
    })
  }
  return { groups: [...byPath.values()].map(({ group }) => group), groupOf }
}

/** How far a row is set in. */
export function indentOf(depth: number): string {
  return `ind${Math.min(depth + 1, DEEPEST)}`
}

export function spanRow({ spans, first, depth }: SpanGroup, axisMs: number, editor: EditorLinks): SpanRow {
  const { kind, name, tags, callSite } = first
  const isSingle = spans.length === 1
  const totalMs = isSingle ? first.durationMs : sum(spans, ({ durationMs }) => durationMs ?? 0)
  const failed = spans.filter(({ error }) => error !== null)
  const times = spans.slice(0, MAX_BARS).flatMap(({ startMs, durationMs }) => [startMs, startMs + (durationMs ?? 0)])
  return {
    name,
    kind: KIND_LABELS[kind],
    count: isSingle ? null : count(spans.length),
    tags: isSingle
      ? Object.entries(tags)
          .slice(0, SHOWN_TAGS)
          .map(([tag, value]) => ({ name: tag, parts: valueParts(String(value)) }))
      : [],
    facts: factsOf(spans, totalMs),
    error: failed[0]?.error ?? null,
    place: callSite && place(callSite, editor(callSite)),
    indent: indentOf(depth),
    depth: depth + 1,
    showsDepth: depth + 1 >= COUNTED_FROM,
    bars: [bars(times, axisMs, failed.length > 0 ? 'f-err' : 'f-app', 4, 6)],
    time: duration(totalMs, isSingle ? 2 : 1),
  }
}

export const KIND_LABELS: Readonly<Record<RecordedSpan['kind'], string>> = {
  code: 'span',
  middleware: 'middleware',
  handler: 'handler',
  http: 'HTTP',
}

function factsOf(spans: readonly RecordedSpan[], totalMs: number | null): string {
  const ownMs = sum(spans, (span) => span.ownMs ?? 0)
  const queryCount = sum(spans, (span) => span.queryCount)
  const facts = [
    ...(totalMs === null ? ['still running'] : []),
    ...(totalMs !== null && totalMs - ownMs >= 0.05 ? [`own ${durationText(ownMs)}`] : []),
    ...(queryCount === 0 ? [] : [plural(queryCount, 'query', 'queries')]),
  ]
  return facts.join(' · ')
}

function sum(spans: readonly RecordedSpan[], measure: (span: RecordedSpan) => number): number {
  return spans.reduce((total, span) => total + measure(span), 0)
}
