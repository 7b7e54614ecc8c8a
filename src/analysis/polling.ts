import type { RecordedQuery } from '../model/query.js'
import { append, groupByCallSite, type Repeats } from './repeats.js'

/** The app sleeps rather than works, milliseconds without any query. */
const SHORT_PAUSE_MS = 3
/** Where there are only two looks, nothing else may have been sent, and the pause must leave no doubt. */
const LONG_PAUSE_MS = 10

/**
 * Tells whether a read was repeated to wait for a change: one line asks the same three times and more, with pauses (most
 * of them, for back-off begins with short ones) that are not the time of other queries. What is sent in each of the
 * pauses is the body of a loop, and the pause the work for its items.
 *
 * @param queries of the recording
 */
export function createPollingCheck(queries: Repeats): (same: Repeats) => boolean {
  const busyMs = new Float64Array(queries.length + 1)
  let sumMs = 0
  let at = 0
  for (const { durationMs } of queries) {
    sumMs += durationMs ?? 0
    busyMs[++at] = sumMs
  }
  let indexes: ReadonlyMap<string, readonly number[]> | null = null

  return (same) => {
    const [first, last] = [same[0], same.at(-1)] as [RecordedQuery, RecordedQuery]
    // Most repeats have no pause between them at all.
    if (gapMs(first, last) - busyBetween(first, last) < SHORT_PAUSE_MS) return false
    const line = groupByCallSite(same).reduce((most, group) => (group.length > most.length ? group : most))
    // The first look may be another line's.
    if (line.length < same.length - 1 || line.length < 2) return false
    return line.length === 2 ? same.length === 2 && isLongPause(line) : isPollingLine(line)
  }

  function isLongPause([a, b]: Repeats): boolean {
    return a !== undefined && b !== undefined && b.index === a.index + 1 && gapMs(a, b) >= LONG_PAUSE_MS
  }

  function isPollingLine(line: Repeats): boolean {
    const pauses = line.slice(1).filter((query, at) => isPause(line[at] as RecordedQuery, query))
    return pauses.length * 2 > line.length - 1 && !haveOneBody(line)
  }

  function isPause(a: RecordedQuery, b: RecordedQuery): boolean {
    const busy = busyBetween(a, b)
    const pauseMs = gapMs(a, b) - busy
    return pauseMs >= SHORT_PAUSE_MS && pauseMs > busy
  }

  function busyBetween(a: RecordedQuery, b: RecordedQuery): number {
    return (busyMs[b.index] ?? 0) - (busyMs[a.index + 1] ?? 0)
  }

  /** Whether one statement is sent in most of the gaps: then it is in one of the first half of them. */
  function haveOneBody(line: Repeats): boolean {
    const ends = line.slice(0, MAX_GAPS + 1).map(({ index }) => index)
    const gapCount = ends.length - 1
    const middle = ends[(gapCount + 1) >> 1] ?? 0
    const tried = new Set<string>()
    for (let at = (ends[0] ?? 0) + 1; at < middle; at++) {
      const print = queries[at]?.fingerprint
      if (print === undefined || tried.has(print)) continue
      if (gapsWith(print, ends) * 2 > gapCount) return true
      tried.add(print)
    }
    return false
  }

  function gapsWith(print: string, ends: readonly number[]): number {
    indexes ??= indexesByPrint(queries)
    const sent = indexes.get(print) ?? []
    return ends.slice(1).filter((end, gap) => isAnyBetween(sent, ends[gap] ?? 0, end)).length
  }
}

function indexesByPrint(queries: Repeats): ReadonlyMap<string, readonly number[]> {
  const indexes = new Map<string, number[]>()
  let at = 0
  for (const { fingerprint } of queries) append(indexes, fingerprint, at++)
  return indexes
}

/** @param numbers in order */
function isAnyBetween(numbers: readonly number[], above: number, below: number): boolean {
  let [from, to] = [0, numbers.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((numbers[middle] as number) <= above) from = middle + 1
    else to = middle
  }
  return (numbers[from] ?? Number.POSITIVE_INFINITY) < below
}

const MAX_GAPS = 8

function gapMs(a: RecordedQuery, b: RecordedQuery): number {
  return b.startMs - (a.startMs + (a.durationMs ?? 0))
}
