/** Waits no longer than that; what was begun goes on by itself. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs)
    timer.unref?.()
  })
  // A failure after the limit is nobody's any more.
  work.catch(() => {})
  try {
    return await Promise.race([work, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** Runs one piece of work after the other, with a bound on how many may wait. */
export function createQueue(mostWaiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return (work) => {
    if (waiting > mostWaiting) return Promise.reject(new Error('too many are waiting to be explained; try again'))
    waiting++
    const result = last.then(work)
    last = result.catch(() => {}).finally(() => waiting--)
    return result
  }
}
