import type { ParentQuery } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import { alternate, isSameFunction, type Repeats } from './repeats.js'

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
  const loops: LoopPart[][] = []
  for (const part of parts) {
    const loop = loops.find((others) => others.some((other) => isSameLoop(part, other)))
    if (loop === undefined) loops.push([part])
    else loop.push(part)
  }
  return loops.map((loop) => loop.toSorted((a, b) => firstOf(a).index - firstOf(b).index))
}

function isSameLoop(a: LoopPart, b: LoopPart): boolean {
  if (!overlap(a.repeats, b.repeats)) return false
  if (a.parent !== null && b.parent !== null) return a.parent.queryIndex === b.parent.queryIndex
  if (a.parent !== null || b.parent !== null || !isSameFunction(a.repeats, b.repeats)) return false
  return a.repeats.length === b.repeats.length || alternate(a.repeats, b.repeats) || alternate(b.repeats, a.repeats)
}

function firstOf({ repeats }: LoopPart): RecordedQuery {
  return repeats[0] as RecordedQuery
}

function overlap(a: Repeats, b: Repeats): boolean {
  const [spanA, spanB] = [spanOf(a), spanOf(b)]
  return spanA.fromMs < spanB.toMs && spanB.fromMs < spanA.toMs
}

/** From the first one's wait for a connection, since on a small pool it is the waits that overlap, to the last's start. */
function spanOf(repeats: Repeats): { readonly fromMs: number; readonly toMs: number } {
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = 0
  for (const { startMs, poolWaitMs } of repeats) {
    fromMs = Math.min(fromMs, startMs - (poolWaitMs ?? 0))
    toMs = Math.max(toMs, startMs)
  }
  return { fromMs, toMs }
}
