/** What is left out of recordings under overload, in this order. */
export const LOAD_LEVELS = ['stacks', 'bindings', 'bodies', 'requests'] as const

export type LoadPart = (typeof LOAD_LEVELS)[number]

/** A change of what is taken. */
export interface LoadStep {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** How many of `LOAD_LEVELS` are left out from then on; 0: nothing. */
  readonly level: number
  /** How late the event loop was at that moment, milliseconds. */
  readonly lateMs: number
  /** How full the fullest queue was, 0 to 1. */
  readonly queueShare: number
}

/** What the overload guard does in this process. */
export interface LoadHealth {
  readonly level: number
  /** The newest twenty, oldest first. */
  readonly steps: readonly LoadStep[]
  /** How often each part was not taken, since the process started. */
  readonly left: Readonly<Record<LoadPart, number>>
}
