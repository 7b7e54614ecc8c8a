import type { RecordedBinding, RecordedQuery } from '../../model/query.js'
import { REDACTED } from '../../model/redacted.js'
import type { QueryFold, RequestView, TransactionSpan } from '../../model/store.js'
import {
  count,
  duration,
  durationText,
  plural,
  type Quantity,
  shorten,
  type ValuePart,
  valueParts,
} from '../display.js'
import { highlight } from '../highlight.js'
import { roundTicks, svgPercent } from './ticks.js'

/** Drawn on a width of 10,000 and stretched: one path for all of a row's bars, however many they are. */
export interface Bars {
  readonly className: string
  readonly d: string
}

export interface WaterfallRow {
  /** Highlighted HTML, one line; `null`: a bracket around the rows of transactions. */
  readonly sql: string | null
  readonly label: string
  readonly transaction: string | null
  readonly bars: readonly Bars[]
  readonly time: Quantity
  /** `waited 12.0 ms`; `null`: not for long. */
  readonly waited: string | null
  readonly error: string | null
  readonly late: boolean
  /** `null`: a single query. */
  readonly band: { readonly count: string; readonly calls: readonly WaterfallCall[]; readonly isCut: boolean } | null
  readonly isFinding: boolean
  readonly allHref: string
}

interface WaterfallCall {
  readonly bindings: readonly ValuePart[]
  readonly bars: Bars
  readonly time: Quantity
}

export interface Waterfall {
  readonly ticks: readonly { readonly x: string; readonly text: string; readonly anchor: string }[]
  readonly request: { readonly width: string; readonly time: Quantity }
  /** In the order of time. What each looks like: `waterfallRow`. */
  readonly items: readonly WaterfallItem[]
  /** Rows that were left out at the end. */
  readonly moreCount: number
}

export type WaterfallItem = { readonly fold: QueryFold } | { readonly transactions: readonly TransactionSpan[] }

const SQL_LENGTH = 300
const WIDTH = 10_000
/** A bar is never narrower, in parts of the width. */
const FINEST = 12
/** Waits that are shorter than this share of the axis, or than a millisecond, are drawn without a word. */
const LEAST_WAIT = 0.0024
const LEAST_WAIT_MS = 1
/** More transactions than these share one row. */
const OWN_ROWS = 5

/** The queries of a recording on one time axis: what repeats is one row at its first call. */
export function waterfall(view: RequestView): Waterfall {
  const { axisMs, folds, foldCount, transactions, recording } = view
  const brackets: readonly WaterfallItem[] =
    transactions.length > OWN_ROWS ? [{ transactions }] : transactions.map((one) => ({ transactions: [one] }))
  const items = [...brackets, ...folds.map((fold) => ({ fold }))]
  return {
    ticks: axisTicks(axisMs),
    request: { width: svgPercent(recording.durationMs / axisMs), time: duration(recording.durationMs) },
    items: items.toSorted((left, right) => startOf(left) - startOf(right)),
    moreCount: foldCount - folds.length,
  }
}

function startOf(item: WaterfallItem): number {
  return 'fold' in item ? item.fold.first.startMs : (item.transactions[0]?.fromMs ?? 0)
}

/** @param orderHref where all queries of a statement stand in order */
export function waterfallRow(
  view: RequestView,
  item: WaterfallItem,
  orderHref: (fingerprint: string) => string,
): WaterfallRow {
  return 'fold' in item ? foldRow(view, item.fold, orderHref) : bracketRow(view, item.transactions)
}

function foldRow(view: RequestView, fold: QueryFold, orderHref: (fingerprint: string) => string): WaterfallRow {
  const { first, calls, isFinding, waitMs } = fold
  const { axisMs } = view
  const isBand = fold.count > 1
  const outline = isBand ? [bars([first.startMs, fold.endMs], axisMs, isFinding ? 'f-tint' : 'f-band', 0.5, 13)] : []
  const waits = fold.waitedMs.length === 0 ? [] : [bars(fold.waitedMs, axisMs, 'f-wait')]
  return {
    sql: highlight(shorten(oneLine(first.statement), SQL_LENGTH), 'sql'),
    label: '',
    transaction: isBand ? null : labelOf(view, first),
    bars: [...outline, ...waits, bars(fold.ranMs, axisMs, isBand ? bandClass(fold) : classOf(first, isFinding))],
    time: isBand ? duration(fold.totalMs) : duration(first.durationMs, 2),
    waited: waitMs < Math.max(LEAST_WAIT_MS, LEAST_WAIT * axisMs) ? null : `waited ${durationText(waitMs)}`,
    error: fold.error,
    late: fold.late,
    band: isBand ? { count: count(fold.count), calls: callRows(fold, axisMs), isCut: calls.length < fold.count } : null,
    isFinding,
    allHref: isBand ? orderHref(first.fingerprint) : '',
  }
}

function bandClass({ isFinding }: QueryFold): string {
  return isFinding ? 'f-waste' : 'f-sql'
}

function callRows({ calls, isFinding }: QueryFold, axisMs: number): readonly WaterfallCall[] {
  return calls.map((query) => ({
    bindings: bindingParts(query.bindings),
    bars: bars([query.startMs, endOf(query)], axisMs, classOf(query, isFinding), 0, 8),
    time: duration(query.durationMs, 2),
  }))
}

/** From BEGIN to COMMIT, with feet. */
function bracketRow({ axisMs, transactionCount }: RequestView, spans: readonly TransactionSpan[]): WaterfallRow {
  const [first] = spans
  const d = spans.map(({ fromMs, toMs }) => {
    const [from, to] = ends(fromMs, toMs, axisMs)
    return `M${from} 13V4H${to}V13`
  })
  const single = spans.length === 1 && first !== undefined
  return {
    sql: null,
    label: single ? transactionText(first) : `${count(transactionCount)} transactions`,
    transaction: single ? first.label : null,
    bars: [{ className: 'f-bracket', d: d.join('') }],
    time: duration(spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)),
    waited: null,
    error: null,
    late: false,
    band: null,
    isFinding: false,
    allHref: '',
  }
}

function transactionText({ queryCount, end }: TransactionSpan): string {
  const ending = { commit: ', committed', rollback: ', rolled back' }
  return `transaction of ${plural(queryCount, 'query', 'queries')}${end === null ? '' : ending[end]}`
}

export function labelOf({ transactions }: RequestView, { transactionId }: RecordedQuery): string | null {
  if (transactionId === null) return null
  return transactions.find(({ id }) => id === transactionId)?.label ?? 'transaction'
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

function classOf({ error }: RecordedQuery, isFinding: boolean): string {
  if (error !== null) return 'f-err'
  return isFinding ? 'f-waste' : 'f-sql'
}

/** @param times from, to, from, to … in milliseconds */
export function bars(times: ArrayLike<number>, axisMs: number, className: string, y = 2, height = 10): Bars {
  let d = ''
  for (let at = 0; at < times.length; at += 2) {
    const [from, to] = ends(times[at] ?? 0, times[at + 1] ?? 0, axisMs)
    d += `M${from} ${y}H${to}v${height}H${from}z`
  }
  return { className, d }
}

function ends(fromMs: number, toMs: number, axisMs: number): readonly [number, number] {
  const within = (ms: number): number => Math.round(Math.min(1, Math.max(0, ms / axisMs)) * WIDTH)
  const from = Math.min(within(fromMs), WIDTH - FINEST)
  return [from, Math.max(from + FINEST, within(toMs))]
}

function endOf(query: RecordedQuery): number {
  return query.startMs + (query.durationMs ?? 0)
}

export function axisTicks(axisMs: number): Waterfall['ticks'] {
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
