import type { CpuProfile } from '../../model/cpu-profile.js'

/** The profile of a recording that has not been made yet. */
export interface ProfileInHand {
  /** The response, or the job, has ended. */
  end(): void
  /** The profile, once and in steps; `null`: there is none. */
  take(): Generator<void, CpuProfile | null>
}
