/**
 * What asked for a profile: a header or a parameter with the secret, a page, the app's own function, a slow one before, or
 * the code that ran a job.
 */
export type CpuProfileTrigger = 'secret' | 'page' | 'predicate' | 'slow' | 'code'

/** What is known of a CPU profile without reading it. */
export interface CpuProfileFacts {
  readonly trigger: CpuProfileTrigger
  /** From the beginning of the recording to the first sample: to start the sampler takes some milliseconds. */
  readonly startMs: number
  /** What was sampled, to the end of the response or job. */
  readonly durationMs: number
  readonly intervalUs: number
  readonly sampleCount: number
  /** Other recorded requests of the process that ran meanwhile: their samples are in it too. */
  readonly otherRequestCount: number
  /** It ended before the response did, at the longest time allowed. */
  readonly isCut: boolean
  /** One in so many samples was kept, to stay within the size allowed; 1: all were. */
  readonly keptOneIn: number
}

/** A profile as it is stored. */
export interface CpuProfile extends CpuProfileFacts {
  /** A `.cpuprofile`, by gzip. */
  readonly file: Uint8Array
}

/** How many profiles are kept, and how large they may be together. */
export interface CpuProfileBounds {
  readonly count: number
  /** Compressed. */
  readonly bytes: number
}
