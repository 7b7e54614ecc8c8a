import type { Located } from './call-sites.js'
import type { Holding } from './holding.js'
import type { Origin } from './origin.js'
import type { Statement } from './sites/statements.js'

/** What few queries have. */
export interface RareParts {
  transactionId: string | null
  /** The app's own `.timeout(ms)`; `null`: none. */
  timeoutMs: number | null
  /** Who had the connection that it waited for. */
  heldBy: Holding | null
  /** `undefined`: none. */
  error: unknown
  /** It got no connection. */
  isUnsent: boolean
  /** Its stack was taken when it was sent, not when it was built. */
  isStackLate: boolean
}

/** Columns of numbers; not known is NaN. Times by `performance.now()`. */
const START = 0
const END = 1
const POOL_WAIT = 2
const ROW_COUNT = 3
const RESULT_BYTES = 4
const POOL_SIZE = 5
const ARE_ALL_ROWS_KEPT = 6
const WIDTH = 7

const FIRST_CAPACITY = 16
const GROWTH = 4
/** Larger ones are not kept for the next request. */
const KEPT_CAPACITY = 4_096
/** Of all that are kept, in queries: some 6 MB. As many wait for late queries as an app answers in a tenth of a second. */
const FREE_CAPACITY = 65_536

/**
 * The queries of one request while it runs and until its recording is made, in columns that are used again: an object
 * for each query would live long enough to be moved about by the garbage collector, which costs more than noting it.
 * Raw values by reference, never copied on the hot path.
 */
export class QueryLog {
  count = 0
  #capacity = FIRST_CAPACITY
  #numbers = new Float64Array(FIRST_CAPACITY * WIDTH)
  /** `null`: not sent yet. */
  readonly statements: (Statement | null)[] = []
  /** The driver's own arrays or objects; `undefined`: none. */
  readonly bindings: unknown[] = []
  readonly connections: string[] = []
  /** `null`: nothing is known of where it was built. */
  readonly origins: (Origin | null)[] = []
  /** Where it comes from, known from earlier requests; `null`: its own stack says it. */
  readonly places: (Located | null)[] = []
  /** Some rows of its result. */
  readonly rows: (readonly object[] | null)[] = []
  readonly rare: (RareParts | null)[] = []

  /** @returns the number of the query */
  begin(connection: string, origin: Origin | null): number {
    const at = this.count++
    if (at === this.#capacity) this.#grow()
    const numbers = this.#numbers
    for (let cell = at * WIDTH; cell < (at + 1) * WIDTH; cell++) numbers[cell] = Number.NaN
    this.statements[at] = null
    this.bindings[at] = undefined
    this.connections[at] = connection
    this.origins[at] = origin
    this.places[at] = null
    this.rows[at] = null
    this.rare[at] = null
    return at
  }

  #grow(): void {
    this.#capacity *= GROWTH
    const grown = new Float64Array(this.#capacity * WIDTH)
    grown.set(this.#numbers)
    this.#numbers = grown
  }

  /** The rare parts of a query, made when first asked for. */
  rareOf(at: number): RareParts {
    const known = this.rare[at]
    if (known) return known
    const made: RareParts = {
      transactionId: null,
      timeoutMs: null,
      heldBy: null,
      error: undefined,
      isUnsent: false,
      isStackLate: false,
    }
    this.rare[at] = made
    return made
  }

  startMs(at: number): number {
    return this.#numbers[at * WIDTH + START] as number
  }

  setStart(at: number, ms: number): void {
    this.#numbers[at * WIDTH + START] = ms
  }

  /** `null`: it has not ended. */
  endMs(at: number): number | null {
    return this.#optional(at, END)
  }

  setEnd(at: number, ms: number): void {
    this.#numbers[at * WIDTH + END] = ms
  }

  /** `null`: it did not ask for a connection. */
  poolWaitMs(at: number): number | null {
    return this.#optional(at, POOL_WAIT)
  }

  poolSize(at: number): number | null {
    return this.#optional(at, POOL_SIZE)
  }

  setPool(at: number, waitMs: number | null, size: number | null): void {
    if (waitMs !== null) this.#numbers[at * WIDTH + POOL_WAIT] = waitMs
    if (size !== null) this.#numbers[at * WIDTH + POOL_SIZE] = size
  }

  rowCount(at: number): number | null {
    return this.#optional(at, ROW_COUNT)
  }

  setRowCount(at: number, count: number | null): void {
    if (count !== null) this.#numbers[at * WIDTH + ROW_COUNT] = count
  }

  /** `null`: its rows were not seen, as those of a stream. */
  resultBytes(at: number): number | null {
    return this.#optional(at, RESULT_BYTES)
  }

  areAllRowsKept(at: number): boolean {
    return this.#numbers[at * WIDTH + ARE_ALL_ROWS_KEPT] === 1
  }

  setRows(at: number, bytes: number, kept: readonly object[] | null, areAllKept: boolean): void {
    this.#numbers[at * WIDTH + RESULT_BYTES] = bytes
    this.#numbers[at * WIDTH + ARE_ALL_ROWS_KEPT] = areAllKept ? 1 : 0
    this.rows[at] = kept
  }

  #optional(at: number, column: number): number | null {
    const value = this.#numbers[at * WIDTH + column] as number
    return Number.isNaN(value) ? null : value
  }

  /** Lets go of all that it refers to. */
  clear(): void {
    for (let at = 0; at < this.count; at++) {
      this.statements[at] = null
      this.bindings[at] = undefined
      this.origins[at] = null
      this.places[at] = null
      this.rows[at] = null
      this.rare[at] = null
    }
    this.count = 0
  }

  /** Queries that there is room for. */
  get capacity(): number {
    return this.#capacity
  }
}

const free: QueryLog[] = []
let freeCapacity = 0

/** An empty log, to be given back by `releaseLog`. */
export function takeLog(): QueryLog {
  const log = free.pop()
  if (log === undefined) return new QueryLog()
  freeCapacity -= log.capacity
  return log
}

/** Nobody may refer to it any more. */
export function releaseLog(log: QueryLog): void {
  log.clear()
  if (log.capacity > KEPT_CAPACITY || freeCapacity + log.capacity > FREE_CAPACITY) return
  freeCapacity += log.capacity
  free.push(log)
}
