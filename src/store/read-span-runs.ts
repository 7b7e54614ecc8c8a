import type { RecordingSummary } from '../model/request-list.js'
import type { RecordedSpan } from '../model/span.js'
import type { SpanRun, SpanRunFilter, SpanRunMeasure, SpanRunPage } from '../model/span-run.js'
import { statesThatAreNotOpen } from './finding-state.js'
import { BACK, type FoundRun, FRONT, lookForRuns, type RunPlace } from './look-for-runs.js'
import { createLookup } from './lookup.js'
import { unpackSpans } from './packed-spans.js'
import { rowAt } from './read-request.js'
import { timeOfNumber } from './recording-number.js'
import { summaryOf } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

const LARGEST_PAGE = 200
const NEWEST = Number.MAX_SAFE_INTEGER - 1
const MEASURES: Readonly<Record<Exclude<SpanRunMeasure, 'time'>, (run: FoundRun) => number>> = {
  duration: ({ span }) => Math.round((span.durationMs ?? 0) * 1000),
  sql: ({ span }) => Math.round(span.sqlMs * 1000),
  queries: ({ span }) => span.queryCount,
}

const NO_RUNS: SpanRunPage = {
  ...{ items: [], total: 0, nextBefore: null, previousAfter: null, searchedTo: null, further: null },
}

/** Single runs of spans, filtered and in any order. */
export function readSpanRuns(handle: StoreHandle, given: SpanRunFilter): SpanRunPage {
  const filter = { ...given, limit: Math.min(Math.max(1, Math.trunc(given.limit)), LARGEST_PAGE) }
  const { by } = filter.order
  // Who names no spans would search through everything for nothing.
  if (handle.get('SELECT 1 FROM span_names LIMIT 1') === undefined) return NO_RUNS
  return by === 'time' ? pageByTime(handle, filter) : pageByMeasure(handle, filter, MEASURES[by])
}

function pageByTime(handle: StoreHandle, filter: SpanRunFilter): SpanRunPage {
  const { order, before, after, limit } = filter
  const upwards = before === undefined && (after !== undefined || order.ascending)
  const given = runPlaceOf(before ?? after)
  const from = given ?? (upwards ? { number: 0, index: FRONT } : { number: NEWEST, index: BACK })
  const look = lookForRuns(handle, filter, { upwards, from, enough: limit })
  const shown = look.runs.slice(0, limit)
  const isFull = look.runs.length > limit
  const next = isFull ? lastOf(shown) : behind(look.end, upwards)
  const back = given === null ? null : placeBack(handle, filter, upwards, shown[0])
  return {
    items: itemsOf(handle, upwards === order.ascending ? shown : shown.toReversed()),
    ...(upwards ? { nextBefore: back, previousAfter: next } : { nextBefore: next, previousAfter: back }),
    total: given === null && next === null ? shown.length : null,
    searchedTo: isFull || look.end === null ? null : timeOfNumber(look.end),
    further: null,
  }
}

function lastOf(runs: readonly FoundRun[]): string | null {
  return runs.map((run) => placeText(placeOf(run))).at(-1) ?? null
}

/** Beyond all runs of a recording. */
function behind(number: number | null, upwards: boolean): string | null {
  return number === null ? null : placeText({ number, index: upwards ? BACK : FRONT })
}

/** From the first run of a page the other way, if there is anything. */
function placeBack(
  handle: StoreHandle,
  filter: SpanRunFilter,
  upwards: boolean,
  first: FoundRun | undefined,
): string | null {
  if (first === undefined) return null
  const { runs, end } = lookForRuns(handle, filter, { upwards: !upwards, from: placeOf(first), enough: 0 })
  return runs.length > 0 || end !== null ? placeText(placeOf(first)) : null
}

/**
 * The runs of as many recordings as the budget allows, in order; then those of older ones. A place has the newest of
 * these recordings with it, so that what is recorded meanwhile moves nothing.
 */
function pageByMeasure(handle: StoreHandle, filter: SpanRunFilter, measure: (run: FoundRun) => number): SpanRunPage {
  const { ascending } = filter.order
  const given = measuredPlaceOf(filter.before ?? filter.after)
  const from = { number: given?.from ?? NEWEST, index: BACK }
  const { runs, end, first } = lookForRuns(handle, filter, { upwards: false, from, enough: Number.POSITIVE_INFINITY })
  const measured = runs.map((run) => ({ ...run, value: measure(run), index: run.span.index }))
  const sorted = measured.sort((a, b) => (ascending ? compare(a, b) : compare(b, a)))
  const goesOn = ascending === (filter.before === undefined)
  const [low, high] = partOf(sorted, given?.run ?? null, { ascending, goesOn, limit: filter.limit })
  const textOf = (run: MeasuredRun | undefined): string => [first, run?.value, run?.number, run?.index].join(':')
  const further = end === null ? null : String(end - 1)
  const on = high < sorted.length ? textOf(sorted[high - 1]) : further
  const back = low > 0 ? textOf(sorted[low]) : null
  return {
    items: itemsOf(handle, sorted.slice(low, high)),
    ...(ascending ? { nextBefore: back, previousAfter: on } : { nextBefore: on, previousAfter: back }),
    total: end === null && given === null ? sorted.length : null,
    searchedTo: end === null ? null : timeOfNumber(end),
    further,
  }
}

/** Where a run stands by a measure; equal ones stand by time. */
interface MeasuredPlace extends RunPlace {
  readonly value: number
}
type MeasuredRun = FoundRun & MeasuredPlace

function compare(a: MeasuredPlace, b: MeasuredPlace): number {
  return a.value - b.value || a.number - b.number || a.index - b.index
}

/** From where to where a page of a sorted list goes that begins beyond a place, or ends before it. */
function partOf(
  sorted: readonly MeasuredRun[],
  place: MeasuredPlace | null,
  { ascending, goesOn, limit }: { readonly ascending: boolean; readonly goesOn: boolean; readonly limit: number },
): readonly [number, number] {
  if (place === null) return [0, Math.min(limit, sorted.length)]
  const side = (run: MeasuredRun): number => (ascending ? compare(run, place) : compare(place, run))
  const before = sorted.filter((run) => side(run) < 0).length
  if (!goesOn) return [Math.max(0, before - limit), before]
  const low = before + sorted.filter((run) => side(run) === 0).length
  return [low, Math.min(low + limit, sorted.length)]
}

function placeOf({ number, span }: FoundRun): RunPlace {
  return { number, index: span.index }
}

function placeText({ number, index }: RunPlace): string {
  return `${number}:${index}`
}

/** `null`: none is named. Any other text is where the list begins. */
function runPlaceOf(text: string | undefined): RunPlace | null {
  const [, number, index] = /^(\d{1,16}):(-?\d{1,5})$/.exec(text ?? '') ?? []
  return number === undefined ? null : { number: Number(number), index: Number(index) }
}

/** With the recording to look from; `run`: `null`: from the first run in the order. */
function measuredPlaceOf(
  text: string | undefined,
): { readonly from: number; readonly run: MeasuredPlace | null } | null {
  const [, from, value, number, index] = /^(\d{1,16})(?::(\d{1,16}):(\d{1,16}):(\d{1,5}))?$/.exec(text ?? '') ?? []
  if (from === undefined) return null
  const run = value === undefined ? null : { value: Number(value), number: Number(number), index: Number(index) }
  return { from: Number(from), run }
}

function itemsOf(handle: StoreHandle, found: readonly FoundRun[]): readonly SpanRun[] {
  const states = statesThatAreNotOpen(handle)
  const lookup = createLookup(handle)
  // Runs of one page often stand in few recordings: each is read and unpacked once.
  const known = new Map<
    number,
    { readonly recording: RecordingSummary; readonly spans: readonly RecordedSpan[] } | null
  >()
  const read = (number: number) => {
    const row = rowAt(handle, number)
    if (row === undefined) return null
    const packed = handle.get<{ spans: Uint8Array }>('SELECT spans FROM recording_details WHERE number = ?', number)
    const spans = packed === undefined ? [] : unpackSpans(packed.spans, lookup.callSite).spans
    return { recording: summaryOf(row, states), spans }
  }
  return found.flatMap(({ number, span }) => {
    if (!known.has(number)) known.set(number, read(number))
    const whole = known.get(number)
    return whole ? [{ recording: whole.recording, span: whole.spans[span.index] ?? span }] : []
  })
}
