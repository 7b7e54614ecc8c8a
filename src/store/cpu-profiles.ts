import type { CpuProfileBounds, CpuProfileFacts } from '../model/cpu-profile.js'
import type { Recording } from '../model/recording.js'
import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.js'
import type { StoreHandle } from './worker-connection.js'

const DEFAULT_BOUNDS: CpuProfileBounds = { count: 100, bytes: 50_000_000 }

/** Stores profiles with their recordings, and keeps them within bounds of their own. */
export class CpuProfileWriter {
  readonly #insert: SqliteStatement
  readonly #prune: SqliteStatement
  readonly #bounds: CpuProfileBounds

  constructor(db: SqliteDatabase, bounds: CpuProfileBounds = DEFAULT_BOUNDS) {
    this.#bounds = bounds
    this.#insert = db.prepare('INSERT INTO cpu_profiles (number, bytes, facts, file) VALUES (?, ?, ?, ?)')
    this.#prune = db.prepare(
      `DELETE FROM cpu_profiles WHERE number IN (SELECT number FROM
        (SELECT number, row_number() OVER newest AS place, sum(bytes) OVER newest AS total FROM cpu_profiles
          WINDOW newest AS (ORDER BY number DESC)) WHERE place > ? OR total > ?)`,
    )
  }

  write({ cpuProfile }: Recording, number: number): void {
    if (cpuProfile === undefined || !('file' in cpuProfile)) return
    const { file, ...facts } = cpuProfile
    this.#insert.run(number, file.length, JSON.stringify(facts), file)
    this.#prune.run(this.#bounds.count, this.#bounds.bytes)
  }
}

/** `null`: it was not profiled, or its profile is not kept any more. */
export function readCpuProfileFacts(handle: StoreHandle, number: number): CpuProfileFacts | null {
  const row = handle.get<{ readonly facts: string }>('SELECT facts FROM cpu_profiles WHERE number = ?', number)
  return row === undefined ? null : (JSON.parse(row.facts) as CpuProfileFacts)
}
