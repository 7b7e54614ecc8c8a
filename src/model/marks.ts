/** Of one recording, so many tags at most. */
export const MOST_TAGS = 20
export const MOST_TAG_CHARS = 60
/** A tag: 1 to 60 characters on one line, without spaces around. */
export const TAG: RegExp = /^(?!\s)[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,60}(?<!\s)$/u
/** So many recordings of a store are pinned at most. */
export const MOST_PINS = 500
/** So much older than the newest recording a pinned one is at most. */
export const PIN_DAYS = 90

/** Who sent a request, as the app's own function says. Masked. */
export interface RecordedUser {
  readonly id: string
  /** `null`: not told. */
  readonly name: string | null
}

/**
 * What the whole process used between the beginning and the end of a recording, other requests included. `null`: not
 * measured.
 */
export interface ProcessUsage {
  /** Growth of the heap and of buffers outside it; less than 0 where garbage was collected. */
  readonly memoryBytes: number | null
  /** Share of the time in which the event loop was busy, 0 to 1. */
  readonly eventLoopShare: number | null
  /** Of all its threads. */
  readonly cpuMs: number | null
}
