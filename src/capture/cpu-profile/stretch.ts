import { nowUs, type Sampling } from './sampler.js'
import type { V8Profile } from './v8-profile.js'

/** What was sampled, from the start of the sampler to the end of the response. */
export interface Stretch {
  readonly toUs: number
  /** It was longer than is allowed. */
  readonly isCut: boolean
  readonly profile: V8Profile
}

export interface RunningStretch {
  /** Notes the end; the sampler is stopped a little later, so that nobody who waits for the response waits for it. */
  end(): void
  /** Ends it where nobody has. @throws Error when V8 gives no profile */
  take(): Stretch
}

/** @param onEnd called once, when the end is noted */
export function runStretch(sampling: Sampling, maxMs: number, onEnd: () => void): RunningStretch {
  const lastUs = sampling.startUs + maxMs * 1_000
  let endUs: number | null = null
  let isTimedOut = false
  let stopped: Stopped | null = null

  function stop(): Stopped {
    stopped ??= stopSampling(sampling)
    return stopped
  }
  function note(): number {
    if (endUs !== null) return endUs
    clearTimeout(timer)
    endUs = nowUs()
    onEnd()
    return endUs
  }
  // Never keeps the process alive. Where the event loop is held for longer, what is too long is cut off.
  const timer = setTimeout(() => {
    isTimedOut = true
    note()
    stop()
  }, maxMs).unref()

  return {
    end() {
      if (endUs !== null) return
      note()
      setImmediate(stop)
    },
    take() {
      const toUs = Math.min(note(), lastUs)
      const taken = stop()
      if ('error' in taken) throw taken.error
      return { toUs, isCut: isTimedOut || (endUs ?? toUs) >= lastUs, profile: taken.profile }
    },
  }
}

type Stopped = { readonly profile: V8Profile } | { readonly error: unknown }

function stopSampling(sampling: Sampling): Stopped {
  try {
    return { profile: sampling.stop() }
  } catch (error) {
    return { error }
  }
}
