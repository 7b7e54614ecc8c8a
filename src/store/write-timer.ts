/** When the next batch is written: one timer that does not keep the process alive. */
export class WriteTimer {
  readonly #run: () => void
  #next: { readonly cancel: () => void; readonly urgent: boolean } | null = null
  #stopped = false

  constructor(run: () => void) {
    this.#run = run
  }

  /**
   * What is scheduled already stays, but for what is not urgent where this is.
   *
   * @param ms 0: as soon as the event loop has a turn
   */
  schedule(ms: number, urgent: boolean): void {
    if (urgent && this.#next?.urgent === false) this.#cancel()
    if (this.#next || this.#stopped) return
    const run = (): void => {
      this.#next = null
      this.#run()
    }
    if (ms === 0) {
      const soon = setImmediate(run).unref()
      this.#next = { cancel: () => clearImmediate(soon), urgent }
    } else {
      const later = setTimeout(run, ms).unref()
      this.#next = { cancel: () => clearTimeout(later), urgent }
    }
  }

  /** For good. */
  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  #cancel(): void {
    this.#next?.cancel()
    this.#next = null
  }
}
