import { type Controls, NO_CONTROLS } from '../model/controls.js'
import type { HostConnection } from './host-connection.js'

/** Another process hears of a change at the latest after this time, when it has something to record. */
const FRESH_MS = 500

/**
 * The controls as the host's thread knows them: one row, read by its own handle (a few microseconds, which wait for
 * nobody) when something begins or ends and the last look was half a second ago. Nothing runs while the app is idle.
 */
export class HostControls {
  readonly #connection: HostConnection
  #known = NO_CONTROLS
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(connection: HostConnection) {
    this.#connection = connection
  }

  /** @param mayOpen not while a request waits for its answer */
  read(mayOpen: boolean): Controls {
    const nowMs = performance.now()
    if (nowMs - this.#readAtMs < FRESH_MS) return this.#known
    // While it is paused nothing is written, for which the file would be opened; and what is asked for others may take.
    const isSet = this.#known.pausedAt !== null || this.#known.profiles.length > 0
    const mayLook = mayOpen || this.#connection.isOpen || isSet
    if (!mayLook) return this.#known
    this.#readAtMs = nowMs
    try {
      this.#known = this.#connection.readControls() ?? this.#known
    } catch {
      // A file that is busy or cannot be used is told of by whoever writes to it.
    }
    return this.#known
  }

  /** They were changed from here: no need to look. */
  set(controls: Controls): void {
    this.#known = controls
    this.#readAtMs = performance.now()
  }
}
