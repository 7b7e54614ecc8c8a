import type { AnalyzedRecording } from '../model/finding.js'

/** A profiler of this process, as those who wait for its recordings see it. */
export interface Live {
  /** Requests that are being answered. */
  readonly openCount: () => number
  /** Ends the grace for late queries and hands over all recordings of ended requests, before it returns. */
  readonly finishNow: () => void
}

const live = new Set<Live>()
const listeners = new Set<(recorded: AnalyzedRecording) => void>()

/** @returns takes it back */
export function enterFeed(profiler: Live): () => void {
  live.add(profiler)
  return () => {
    live.delete(profiler)
  }
}

export function liveProfilers(): readonly Live[] {
  return [...live]
}

/** Hears of each recording of this process, with what is wrong with it. @returns takes it back */
export function listen(listener: (recorded: AnalyzedRecording) => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export function publish(recorded: AnalyzedRecording): void {
  for (const listener of listeners) listener(recorded)
}
