/** The time of queries that are only counted. */
export class DroppedTime {
  /** Sum of their durations. */
  sqlMs = 0
  /** Time in which at least one of them ran. */
  wallMs = 0
  #running = 0
  #sinceMs = 0

  begin(nowMs: number): void {
    if (this.#running++ === 0) this.#sinceMs = nowMs
  }

  end(startMs: number, nowMs: number): void {
    this.sqlMs += nowMs - startMs
    if (--this.#running === 0) this.wallMs += nowMs - this.#sinceMs
  }
}
