import type { Exchange } from './exchange.js'
import type { Report } from './report.js'

/**
 * So many are known one by one. It is bounded since there are responses that never end: those that packages make up to
 * lead a WebSocket through the app, for one.
 */
const MOST_KNOWN = 500

/** The recorded requests that are being answered. */
export class InFlight {
  /** How many they are. */
  count = 0
  /** How many there ever were. */
  begun = 0
  readonly #known = new Set<Exchange>()
  readonly #report: Report

  constructor(report: Report) {
    this.#report = report
  }

  add(exchange: Exchange): void {
    this.count += 1
    this.begun += 1
    if (this.#known.size >= MOST_KNOWN) this.#forgetOldest()
    this.#known.add(exchange)
  }

  delete(exchange: Exchange): void {
    this.count -= 1
    this.#known.delete(exchange)
  }

  /** Ends the recordings of all that are known, as they stand: the process ends, or the profiler closes. */
  endAll(): void {
    for (const exchange of [...this.#known]) exchange.endUnfinished()
    if (this.count === 0) return
    this.#report(new Error(`${this.count} requests that are still being answered are not recorded.`), 'closing')
  }

  #forgetOldest(): void {
    const [oldest] = this.#known
    if (oldest) this.#known.delete(oldest)
  }
}
