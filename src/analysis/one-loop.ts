import type { ParentQuery } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import { alternate, isSameFunction, type Repeats } from './repeats.js'
import { areInSeries, CLOCK_STEP_MS, sentMs } from './turns.js'

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Repeats with the time in which they were sent: each loop is compared with all others. */
export interface Stretch {
  readonly repeats: Repeats
  readonly span: Span
}

/** One statement that a loop repeats. */
export interface LoopPart extends Stretch {
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
  if (a.parent?.queryIndex !== b.parent?.queryIndex || !overlap(a.span, b.span)) return false
  if (a.parent !== null) return true
  if (!isSameFunction(a.repeats, b.repeats)) return false
  return a.repeats.length === b.repeats.length || takesTurnsWith(a, b) || takesTurnsWith(b, a)
}

/**
 * Whether these others were sent in the turns of a loop: each after another turn of it, while the loop goes on; or by
 * what its rows had.
 */
export function takesTurnsWith({ repeats: loop, span }: Stretch, { repeats: others, span: theirs }: Stretch): boolean {
  const [firstIndex, otherIndex] = [loop[0]?.index ?? 0, others[0]?.index ?? 0]
  if (others.length > loop.length || otherIndex < firstIndex || !overlap(span, theirs)) return false
  if (areFedBy(loop, others)) return true
  return isSameFunction(loop, others) && (areInSeries(loop) ? alternate(loop, others) : follow(loop, others))
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

function overlap(a: Span, b: Span): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs
}

/** From the first one's wait for a connection, since on a small pool it is the waits that overlap, to the last's end. */
export function spanOf(repeats: Repeats): Span {
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = 0
  for (const query of repeats) {
    fromMs = Math.min(fromMs, sentMs(query))
    toMs = Math.max(toMs, query.startMs + (query.durationMs ?? 0) - CLOCK_STEP_MS)
  }
  return { fromMs, toMs }
}
