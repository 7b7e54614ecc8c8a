/**
 * Lets so many through in any stretch of time.
 *
 * @returns asks for one more: 0, or the milliseconds until there is room again
 */
export function createRateLimit(most: number, perMs: number): () => number {
  let passed: readonly number[] = []
  return () => {
    const nowMs = performance.now()
    passed = passed.filter((at) => nowMs - at < perMs)
    const [oldest] = passed
    if (passed.length >= most && oldest !== undefined) return perMs - (nowMs - oldest)
    passed = [...passed, nowMs]
    return 0
  }
}
