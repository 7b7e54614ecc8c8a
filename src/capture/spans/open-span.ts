import type { SpanKind, SpanTags } from '../../model/span.js'
import { clock } from '../clock.js'
import type { CapturedStack } from '../stack.js'

/** Detail of spans is kept up to this many per recording; the rest is added up by name. */
const MAX_SPANS = 1_000
const MAX_SUMS = 200

/** A span while it runs and until its recording is made; times by `clock.now()`. */
export interface OpenSpan {
  /** In the recording; `null`: beyond the limit, so that only its time is added up. */
  readonly index: number | null
  /** The nearest one around it that is kept. */
  readonly parent: OpenSpan | null
  readonly kind: SpanKind
  readonly name: string
  readonly tags: SpanTags | null
  /** `null`: its call site is known from earlier. */
  readonly stack: CapturedStack | null
  startMs: number
  endMs: number | null
  /** Of a generator: between the steps. */
  awayMs: number
  thrown: { readonly value: unknown } | null
  /** Known when it ends, as a status. */
  lateTags: SpanTags | null
}

interface OpenSum {
  readonly kind: SpanKind
  readonly name: string
  count: number
  totalMs: number
}

/** The spans of one recording; made with its first. */
export class SpanLog {
  readonly spans: OpenSpan[] = []
  readonly sums: Map<string, OpenSum> = new Map()

  /** Counts one that is not kept. */
  addUp({ kind, name, startMs, endMs }: OpenSpan): void {
    const key = `${kind} ${name}`
    const isFull = this.sums.size >= MAX_SUMS && !this.sums.has(key)
    const sum = this.sums.get(isFull ? kind : key) ?? { kind, name: isFull ? 'others' : name, count: 0, totalMs: 0 }
    this.sums.set(isFull ? kind : key, sum)
    sum.count++
    sum.totalMs += (endMs ?? startMs) - startMs
  }
}

/** What spans need of a recorder. */
export interface SpanHolder {
  spans: SpanLog | null
  lastActivityMs: number
  readonly sealed: boolean
}

export interface SpanStart {
  readonly kind: SpanKind
  readonly name: string
  readonly parent: OpenSpan | null
  readonly tags: SpanTags | null
  readonly stack: CapturedStack | null
}

export function beginSpan(recorder: SpanHolder, { kind, name, parent, tags, stack }: SpanStart): OpenSpan {
  recorder.spans ??= new SpanLog()
  const { spans } = recorder.spans
  const isKept = spans.length < MAX_SPANS
  const startMs = clock.now()
  const index = isKept ? spans.length : null
  const span: OpenSpan = {
    ...{ index, parent, kind, name, tags, stack, startMs },
    ...{ endMs: null, awayMs: 0, thrown: null, lateTags: null },
  }
  if (isKept) spans.push(span)
  recorder.lastActivityMs = startMs
  return span
}

/** May come again, as when a builder is awaited twice: the last end counts. */
export function endSpan(recorder: SpanHolder, span: OpenSpan): void {
  const isFirst = span.endMs === null
  const nowMs = clock.now()
  span.endMs = nowMs
  if (recorder.sealed) return
  recorder.lastActivityMs = nowMs
  if (span.index === null && isFirst) recorder.spans?.addUp(span)
}

export function failSpan(recorder: SpanHolder, span: OpenSpan, error: unknown): void {
  span.thrown = { value: error }
  endSpan(recorder, span)
}

/** What is begun inside it belongs to it, or to the nearest one around it that is kept. */
export function keptSpan(span: OpenSpan): OpenSpan | null {
  return span.index === null ? span.parent : span
}
