import type { Occurrence } from '../../model/finding.js'
import type { RecordedBinding, RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { count, duration, type Quantity, REDACTED, shorten, type ValuePart, valueParts } from '../display.js'
import { highlight } from '../highlight.js'
import { roundTicks, svgPercent } from './ticks.js'

interface Span {
  readonly x: string
  readonly width: string
  readonly className: string
}

interface WaterfallRow {
  /** Highlighted HTML, one line. */
  readonly sql: string
  readonly spans: readonly Span[]
  readonly time: Quantity
  readonly error: string | null
  readonly late: boolean
}

export interface WaterfallCall {
  readonly bindings: readonly ValuePart[]
  readonly spans: readonly Span[]
  readonly time: Quantity
}

export interface WaterfallBand extends WaterfallRow {
  readonly count: string
  readonly isFinding: boolean
  /** The first of the repeats. */
  readonly calls: readonly WaterfallCall[]
  readonly moreCount: number
  readonly outline: Span
}

export interface Waterfall {
  readonly ticks: readonly { readonly x: string; readonly text: string; readonly anchor: string }[]
  readonly request: { readonly width: string; readonly time: Quantity }
  readonly rows: readonly (({ readonly band: null } & WaterfallRow) | ({ readonly band: true } & WaterfallBand))[]
  /** Rows that were left out at the end. */
  readonly moreCount: number
}

/** From so many repeats on, equal queries are drawn as one band that unfolds. */
const BAND_FROM = 5
const MAX_CALLS = 100
const MAX_ROWS = 100
/** Spans closer than this share of the width are drawn as one: no more of them can be told apart. */
const FINEST = 0.0012
const SQL_LENGTH = 300

/** The queries of a recording on one time axis, what repeats folded into one band at its first call. */
export function waterfall(recording: Recording, occurrences: readonly Occurrence[]): Waterfall {
  const axisMs = axisLength(recording)
  const groups = groupQueries(recording.queries, occurrences)
  const shown = groups.slice(0, MAX_ROWS)
  return {
    ticks: axisTicks(axisMs),
    request: { width: svgPercent(recording.durationMs / axisMs), time: duration(recording.durationMs) },
    rows: shown.map((group) => {
      if (group.queries.length >= BAND_FROM) return { band: true as const, ...bandRow(group, axisMs) }
      return { band: null, ...queryRow(group, axisMs) }
    }),
    moreCount: groups.length - shown.length,
  }
}

/** Bindings in one line, as they would stand in SQL. */
export function bindingParts(bindings: readonly RecordedBinding[] | null, length = 200): readonly ValuePart[] {
  if (bindings === null) return [{ text: 'bindings not kept', redacted: false }]
  if (bindings.length === 0) return [{ text: 'no bindings', redacted: false }]
  const text = bindings.slice(0, 50).map(bindingText).join(', ')
  return valueParts(shorten(bindings.length > 50 ? `${text}, …` : text, length))
}

function bindingText(value: RecordedBinding): string {
  if (value === REDACTED) return value
  return typeof value === 'string' ? `'${shorten(value, 120)}'` : String(value)
}

interface QueryGroup {
  readonly queries: readonly RecordedQuery[]
  readonly isFinding: boolean
}

function groupQueries(queries: readonly RecordedQuery[], occurrences: readonly Occurrence[]): readonly QueryGroup[] {
  const found = new Set(occurrences.flatMap((occurrence) => occurrence.queryIndexes))
  const byFingerprint = new Map<string, { queries: RecordedQuery[]; isFinding: boolean }[]>()
  for (const query of queries) {
    const isFinding = found.has(query.index)
    const alike = byFingerprint.get(query.fingerprint)
    const group = alike?.find((other) => other.isFinding === isFinding && isSameSite(other.queries[0], query))
    if (group !== undefined) group.queries.push(query)
    else if (alike !== undefined) alike.push({ queries: [query], isFinding })
    else byFingerprint.set(query.fingerprint, [{ queries: [query], isFinding }])
  }
  return [...byFingerprint.values()]
    .flat()
    .flatMap(({ queries: same, isFinding }): QueryGroup[] => {
      if (same.length >= BAND_FROM) return [{ queries: same, isFinding }]
      return same.map((query) => ({ queries: [query], isFinding }))
    })
    .sort((left, right) => startOf(left) - startOf(right))
}

function isSameSite(left: RecordedQuery | undefined, right: RecordedQuery): boolean {
  const [one, other] = [left?.callSite, right.callSite]
  return one?.line === other?.line && one?.column === other?.column && one?.file === other?.file
}

function startOf(group: QueryGroup): number {
  return group.queries[0]?.startMs ?? 0
}

function queryRow({ queries, isFinding }: QueryGroup, axisMs: number): WaterfallRow {
  const query = queries[0] as RecordedQuery
  const { startMs, poolWaitMs, error, late } = query
  const waited = poolWaitMs !== null && poolWaitMs / axisMs >= 2 * FINEST
  const wait = waited ? [span(startMs - poolWaitMs, startMs, axisMs, 'f-wait')] : []
  return {
    sql: highlight(shorten(oneLine(query.statement), SQL_LENGTH), 'sql'),
    spans: [...wait, span(startMs, endOf(query), axisMs, classOf(query, isFinding))],
    time: duration(query.durationMs, 2),
    error,
    late,
  }
}

function classOf({ error }: RecordedQuery, isFinding: boolean): string {
  if (error !== null) return 'f-err'
  return isFinding ? 'f-waste' : 'f-sql'
}

function bandRow({ queries, isFinding }: QueryGroup, axisMs: number): WaterfallBand {
  const first = queries[0] as RecordedQuery
  const className = isFinding ? 'f-waste' : 'f-sql'
  const lastEnd = queries.reduce((end, query) => Math.max(end, endOf(query)), 0)
  return {
    sql: highlight(shorten(oneLine(first.statement), SQL_LENGTH), 'sql'),
    spans: mergedSpans(queries, axisMs, className),
    outline: span(first.startMs, lastEnd, axisMs, isFinding ? 'f-tint' : 'f-band'),
    time: duration(queries.reduce((sum, query) => sum + (query.durationMs ?? 0), 0)),
    error: queries.find((query) => query.error !== null)?.error ?? null,
    late: queries.some((query) => query.late),
    count: count(queries.length),
    isFinding,
    calls: queries.slice(0, MAX_CALLS).map((query) => ({
      bindings: bindingParts(query.bindings),
      spans: [span(query.startMs, endOf(query), axisMs, classOf(query, isFinding))],
      time: duration(query.durationMs, 2),
    })),
    moreCount: Math.max(0, queries.length - MAX_CALLS),
  }
}

/** One span per query where they can be told apart; overlapping ones become one, so 10,000 queries stay drawable. */
function mergedSpans(queries: readonly RecordedQuery[], axisMs: number, className: string): readonly Span[] {
  const intervals = queries.map((query) => ({ from: query.startMs, to: endOf(query) }))
  intervals.sort((left, right) => left.from - right.from)
  const merged: { from: number; to: number }[] = []
  for (const { from, to } of intervals) {
    const last = merged.at(-1)
    const tooFine = last !== undefined && (to - last.from) / axisMs < 3 * FINEST
    if (last !== undefined && (from < last.to || tooFine)) last.to = Math.max(last.to, to)
    else merged.push({ from, to })
  }
  // A hair of space keeps queries apart that follow each other at once.
  const hair = FINEST * axisMs
  return merged.map(({ from, to }) => span(from, to - from > 3 * hair ? to - hair : to, axisMs, className))
}

function span(fromMs: number, toMs: number, axisMs: number, className: string): Span {
  const x = Math.max(0, fromMs / axisMs)
  return { x: svgPercent(x), width: svgPercent(Math.max(FINEST, toMs / axisMs - x)), className }
}

function axisLength(recording: Recording): number {
  return recording.queries.reduce((end, query) => Math.max(end, endOf(query)), Math.max(recording.durationMs, 0.001))
}

function endOf(query: RecordedQuery): number {
  return query.startMs + (query.durationMs ?? 0)
}

function axisTicks(axisMs: number): Waterfall['ticks'] {
  const inSeconds = axisMs >= 5000
  return roundTicks(axisMs, 5).map((ms, index) => ({
    x: svgPercent(ms / axisMs),
    text: `${inSeconds ? ms / 1000 : ms}${index === 0 ? (inSeconds ? ' s' : ' ms') : ''}`,
    anchor: index === 0 ? 'start' : ms / axisMs > 0.97 ? 'end' : 'middle',
  }))
}

function oneLine(sql: string): string {
  return sql
    .slice(0, 2 * SQL_LENGTH)
    .replace(/\s+/g, ' ')
    .trim()
}
