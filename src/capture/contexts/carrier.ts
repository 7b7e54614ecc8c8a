/** The port that brings a value along through asynchronous code. */
export interface ContextCarrier<T extends object> {
  /** Runs fn with value current; value follows every asynchronous step begun inside. What fn throws is thrown on. */
  run<R>(value: T, fn: () => R): R
  /** The value of the running step; undefined outside. */
  current(): T | undefined
  /** Runs fn, and every asynchronous step begun inside, with no value current. */
  outside<R>(fn: () => R): R
}
