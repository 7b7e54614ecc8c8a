/** Work that pauses at each `yield`: whoever asks for the next step decides when. */
export type Steps<T> = Generator<void, T>

/** All steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Of so many queries one look at each takes a good part of a millisecond where the code has not been compiled yet. */
export const MANY_QUERIES = 1_000
