import type { RecordedBinding, RecordedQuery } from '../../model/query.js'
import { REDACTED } from '../../model/redacted.js'
import type { QueryFold, RequestView, TransactionSpan } from '../../model/request-view.js'
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
import type { Highlighter } from '../highlight.js'
import { type Bars, bars, ends } from './bars.js'
import { indentOf, type SpanGroup, spanGroups } from './span-rows.js'
import { roundTicks, svgPercent } from './ticks.js'

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
  /** Class of how far it is set in. */
  readonly indent: string
}

interface WaterfallCall {
  readonly bindings: readonly ValuePart[]
  readonly bars: Bars
  readonly time: Quantity
}

export interface Waterfall {
  readonly ticks: readonly { readonly x: string; readonly text: string; readonly anchor: string }[]
  readonly request: { readonly width: string; readonly time: Quantity }
  /** In the order of time, what began in a span below it. What each looks like: `waterfallRow`, `spanRow`. */
  readonly items: readonly (WaterfallItem | { readonly span: SpanGroup })[]
  /** Rows that were left out at the end. */
  readonly moreCount: number
}

/** What a row of the waterfall shows, but for spans. */
export type WaterfallItem = { readonly indent: string } & (
  | { readonly fold: QueryFold }
  | { readonly transactions: readonly TransactionSpan[] }
)

const SQL_LENGTH = 300
/** Waits that are shorter than this share of the axis, or than a millisecond, are drawn without a word. */
const LEAST_WAIT = 0.0024
const LEAST_WAIT_MS = 1
const MAX_SPAN_ROWS = 200
/** More transactions than these share one row. */
const OWN_ROWS = 5

/** The queries and spans of a recording on one time axis: what repeats is one row at its first call. */
export function waterfall(view: RequestView): Waterfall {
  const { axisMs, folds, foldCount, recording } = view
  const { groups, groupOf } = spanGroups(recording.spans)
  const shown = groups.slice(0, MAX_SPAN_ROWS)
  const rows: readonly TreeRow[] = [
    ...shown.map((span) => ({ startMs: span.first.startMs, parent: span.parent, item: { span } })),
    ...brackets(view).map((transactions) => ({
      startMs: transactions[0]?.fromMs ?? 0,
      parent: null,
      item: { transactions, indent: indentOf(0) },
    })),
    ...folds.map((fold) => {
      const parent = groupOf(fold.first.spanIndex)
      return {
        startMs: fold.first.startMs,
        parent,
        item: { fold, indent: indentOf(parent === null ? 0 : parent.depth + 1) },
      }
    }),
  ]
  return {
    ticks: axisTicks(axisMs),
    request: { width: svgPercent(recording.durationMs / axisMs), time: duration(recording.durationMs) },
    items: inTreeOrder(rows, new Set(shown)),
    moreCount: foldCount - folds.length + groups.length - shown.length,
  }
}

function brackets({ transactions }: RequestView): readonly (readonly TransactionSpan[])[] {
  return transactions.length > OWN_ROWS ? [transactions] : transactions.map((one) => [one])
}

interface TreeRow {
  readonly startMs: number
  readonly parent: SpanGroup | null
  readonly item: Waterfall['items'][number]
}

/** Each span with all that began in it, then the next; one whose span is not shown stands by itself. */
function inTreeOrder(rows: readonly TreeRow[], shown: ReadonlySet<SpanGroup>): Waterfall['items'] {
  const inside = new Map<SpanGroup | null, TreeRow[]>()
  for (const row of rows.toSorted((left, right) => left.startMs - right.startMs)) {
    const parent = row.parent !== null && shown.has(row.parent) ? row.parent : null
    const siblings = inside.get(parent)
    if (siblings === undefined) inside.set(parent, [row])
    else siblings.push(row)
  }
  const below = (parent: SpanGroup | null): Waterfall['items'] =>
    (inside.get(parent) ?? []).flatMap(({ item }) => ('span' in item ? [item, ...below(item.span)] : [item]))
  return below(null)
}

/** @param orderHref where all queries of a statement stand in order */
export async function waterfallRow(
  { highlight }: { readonly highlight: Highlighter },
  view: RequestView,
  item: WaterfallItem,
  orderHref: (fingerprint: string) => string,
): Promise<WaterfallRow> {
  const row =
    'fold' in item ? await foldRow(highlight, view, item.fold, orderHref) : bracketRow(view, item.transactions)
  return { ...row, indent: item.indent }
}

async function foldRow(
  highlight: Highlighter,
  view: RequestView,
  fold: QueryFold,
  orderHref: (fingerprint: string) => string,
): Promise<Omit<WaterfallRow, 'indent'>> {
  const { first, calls, isFinding, waitMs } = fold
  const { axisMs } = view
  const isBand = fold.count > 1
  const outline = isBand ? [bars([first.startMs, fold.endMs], axisMs, isFinding ? 'f-tint' : 'f-band', 0.5, 13)] : []
  const waits = fold.waitedMs.length === 0 ? [] : [bars(fold.waitedMs, axisMs, 'f-wait')]
  return {
    sql: await highlight(shorten(oneLine(first.statement), SQL_LENGTH), 'sql'),
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
function bracketRow(
  { axisMs, transactionCount }: RequestView,
  spans: readonly TransactionSpan[],
): Omit<WaterfallRow, 'indent'> {
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
