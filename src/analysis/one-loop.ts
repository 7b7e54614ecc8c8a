import type { ParentQuery } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import { alternate, isSameFunction, type Repeats } from './repeats.js'
import { areInSeries, CLOCK_STEP_MS, sentMs } from './turns.js'

/** One statement that a loop repeats. */
export interface LoopPart {
  readonly repeats: Repeats
  /** How many different values it was sent with. */
  readonly differentCount: number
  readonly parent: ParentQuery | null
}

/**
 * Joins the statements that one loop sends for each item: they go back to the same parent, and each begins before the
 * other has ended. Loops that follow each other stay apart, for those are two problems. Without a parent, the same
 * function must have sent them equally often, or one of them in turn with the other, with a turn left out here or there.
 *
 * @returns the parts of each loop, in the order in which its first item sent them
 */
export function joinLoops(parts: readonly LoopPart[]): readonly (readonly LoopPart[])[] {
  let loops: LoopPart[][] = []
  for (const part of parts) {
    // The second of three statements may be what joins the first and the third.
    const same = loops.filter((others) => others.some((other) => isSameLoop(part, other)))
    loops = [...loops.filter((loop) => !same.includes(loop)), [part, ...same.flat()]]
  }
  return loops.map((loop) => loop.toSorted((a, b) => firstOf(a).index - firstOf(b).index))
}

function isSameLoop(a: LoopPart, b: LoopPart): boolean {
  // What costs least first: of fifty loops each is compared with all others.
  if (a.parent?.queryIndex !== b.parent?.queryIndex || !overlap(a.repeats, b.repeats)) return false
  if (a.parent !== null) return true
  if (!isSameFunction(a.repeats, b.repeats)) return false
  return (
    a.repeats.length === b.repeats.length ||
    takesTurnsWith(a.repeats, b.repeats) ||
    takesTurnsWith(b.repeats, a.repeats)
  )
}

/**
 * Whether these others were sent in the turns of a loop: each after another turn of it, while the loop goes on; or by
 * what its rows had.
 */
export function takesTurnsWith(loop: Repeats, others: Repeats): boolean {
  const [firstIndex, otherIndex] = [loop[0]?.index ?? 0, others[0]?.index ?? 0]
  if (others.length > loop.length || otherIndex < firstIndex || !overlap(loop, others)) return false
  if (areFedBy(loop, others)) return true
  return (areInSeries(loop) ? alternate(loop, others) : follow(loop, others)) && isSameFunction(loop, others)
}

/** Where turns do not wait for each other: by the time that one of the others is sent, as many turns have ended. */
function follow(loop: Repeats, others: Repeats): boolean {
  const ends = loop.map(({ startMs, durationMs }) => startMs + (durationMs ?? 0)).sort((a, b) => a - b)
  const sent = others.map(sentMs).sort((a, b) => a - b)
  return sent.every((ms, at) => ms + CLOCK_STEP_MS >= (ends[at] ?? 0))
}

function areFedBy(loop: Repeats, others: Repeats): boolean {
  if (others.length !== loop.length) return false
  const sources = new Set(loop.map(({ index }) => index))
  const fed = others.filter(({ evidence }) => evidence.sourceIndexes.some((index) => sources.has(index)))
  return fed.length * 2 > others.length
}

function firstOf({ repeats }: LoopPart): RecordedQuery {
  return repeats[0] as RecordedQuery
}

function overlap(a: Repeats, b: Repeats): boolean {
  const [spanA, spanB] = [spanOf(a), spanOf(b)]
  return spanA.fromMs < spanB.toMs && spanB.fromMs < spanA.toMs
}

/** From the first one's wait for a connection, since on a small pool it is the waits that overlap, to the last's end. */
function spanOf(repeats: Repeats): Span {
  const known = spans.get(repeats)
  if (known !== undefined) return known
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = 0
  for (const query of repeats) {
    fromMs = Math.min(fromMs, sentMs(query))
    toMs = Math.max(toMs, query.startMs + (query.durationMs ?? 0) - CLOCK_STEP_MS)
  }
  const span = { fromMs, toMs }
  spans.set(repeats, span)
  return span
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Each loop is compared with all others. */
const spans = new WeakMap<Repeats, Span>()
