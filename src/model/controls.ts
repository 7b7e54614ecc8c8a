/** What the pages set for all processes on a store. Times in milliseconds since the epoch. */
export interface Controls {
  /** Since when nothing is recorded; what began before still is. `null`: it is recorded. */
  readonly pausedAt: number | null
  /** The label of what begins now; `null`: none. */
  readonly session: string | null
  /** When `session` was set; `null`: never. */
  readonly sessionAt: number | null
  /** The label before that. */
  readonly sessionBefore: string | null
}

/** Those of a store on which nobody has set anything. */
export const NO_CONTROLS: Controls = { pausedAt: null, session: null, sessionAt: null, sessionBefore: null }

/** The label of what began at a time: it may have gone on while another session was started. */
export function sessionOf({ session, sessionAt, sessionBefore }: Controls, startedAt: number): string | null {
  return sessionAt !== null && startedAt < sessionAt ? sessionBefore : session
}

/** Whether what began at a time is not to be kept. */
export function isPausedFor({ pausedAt }: Controls, startedAt: number): boolean {
  return pausedAt !== null && startedAt > pausedAt
}
