/** A route, or a job, whose next run is to have a CPU profile, in whichever process it is. */
export interface AwaitedProfile {
  /** `null`: whatever comes next. */
  readonly method: string | null
  readonly route: string | null
  /** When it was asked for, milliseconds since the epoch: one that is asked for again is another. */
  readonly since: number
}

/** What is asked for, and what is not to be waited for any longer. */
export interface AwaitedChange {
  readonly add: readonly AwaitedProfile[]
  readonly remove: readonly AwaitedProfile[]
}

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
  /** At most 50, of the last hour. */
  readonly profiles: readonly AwaitedProfile[]
}

/** Those of a store on which nobody has set anything. */
export const NO_CONTROLS: Controls = {
  ...{ pausedAt: null, session: null, sessionAt: null, sessionBefore: null },
  profiles: [],
}

/** The label of what began at a time: it may have gone on while another session was started. */
export function sessionOf({ session, sessionAt, sessionBefore }: Controls, startedAt: number): string | null {
  return sessionAt !== null && startedAt < sessionAt ? sessionBefore : session
}

/** Whether what began at a time is not to be kept. */
export function isPausedFor({ pausedAt }: Controls, startedAt: number): boolean {
  return pausedAt !== null && startedAt > pausedAt
}
