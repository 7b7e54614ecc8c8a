import type { RecordedQuery } from '../model/query.js'
import { append, type Repeats, siteKey } from './repeats.js'

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
  const busyMs = [0]
  for (const { durationMs } of queries) busyMs.push((busyMs.at(-1) ?? 0) + (durationMs ?? 0))

  return (same) => {
    const [first, last] = [same[0], same.at(-1)] as [RecordedQuery, RecordedQuery]
    // Most repeats have no pause between them at all.
    if (gapMs(first, last) - busyBetween(first, last) < SHORT_PAUSE_MS) return false
    const byLine = new Map<string, RecordedQuery[]>()
    for (const query of same) append(byLine, siteKey(query.callSite), query)
    const line = [...byLine.values()].reduce((most, group) => (group.length > most.length ? group : most))
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

  /** Whether one statement is sent in most of the gaps. */
  function haveOneBody(line: Repeats): boolean {
    const gapsOf = new Map<string, number>()
    for (const [at, query] of line.slice(1, MAX_GAPS + 1).entries()) {
      const between = queries.slice((line[at]?.index ?? 0) + 1, query.index)
      for (const print of new Set(between.map(({ fingerprint }) => fingerprint))) {
        gapsOf.set(print, (gapsOf.get(print) ?? 0) + 1)
      }
    }
    return [...gapsOf.values()].some((count) => count * 2 > Math.min(line.length - 1, MAX_GAPS))
  }
}

const MAX_GAPS = 8

function gapMs(a: RecordedQuery, b: RecordedQuery): number {
  return b.startMs - (a.startMs + (a.durationMs ?? 0))
}
