/** What a process has done with its triggers. */
export interface CpuProfileCounts {
  readonly taken: number
  /** Not profiled: another was running. */
  readonly busy: number
  /** Not profiled: as many as a minute may have. */
  readonly limited: number
  /** Not profiled: the app was under overload. */
  readonly overloaded: number
  /** The sampler could not be started, or gave nothing. */
  readonly failed: number
  /** The request turned out to be of another route than the one that was waited for. */
  readonly otherRoute: number
  /** Larger than what is allowed, however few samples of it were kept. */
  readonly tooLarge: number
}

/** A route, or a job, whose next run is profiled. */
export interface Awaited {
  /** `null`: whatever comes next. */
  readonly method: string | null
  readonly route: string | null
  readonly trigger: 'page' | 'slow'
  /** Milliseconds since the epoch. */
  readonly since: number
}

/** The profiles that processes are asked for by a page. */
export interface CpuProfiling {
  /**
   * Profiles the next request of a route or run of a job, in whichever process on the store; of `null`, the next of any.
   *
   * @throws StoreError by rejection when the store cannot be written
   */
  await(group: { readonly method: string; readonly route: string } | null): Promise<void>
  /**
   * Waits no longer for a route, nor for any; of `null`, for nothing at all.
   *
   * @throws StoreError by rejection when the store cannot be written
   */
  cancel(group: { readonly method: string; readonly route: string } | null): Promise<void>
  state(): {
    /** By this process since one was slow, and by all since a page asked, as far as this process has heard. */
    readonly awaited: readonly Awaited[]
    readonly counts: CpuProfileCounts
    /** What a secret is sent by; `null`: none is set. */
    readonly askedBy: { readonly header: string; readonly query: string } | null
    readonly slowerThanMs: number | null
  }
}
