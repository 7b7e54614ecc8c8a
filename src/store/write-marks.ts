import { MOST_PINS, MOST_TAGS, type ProcessUsage } from '../model/marks.js'
import type { Recording } from '../model/recording.js'
import { toUs } from './rows.js'
import type { SqlitePreparer, SqliteStatement } from './sqlite-driver.js'

export interface MarkStatements {
  readonly addTag: SqliteStatement
  readonly addPin: SqliteStatement
}

export function prepareMarks(db: SqlitePreparer): MarkStatements {
  return {
    addTag: db.prepare('INSERT OR IGNORE INTO recording_tags (number, tag) VALUES (?, ?)'),
    // Beyond the bound it is a recording like others: the app's code must not fill the store.
    addPin: db.prepare(`INSERT OR IGNORE INTO pins (number) SELECT ? WHERE (SELECT count(*) FROM pins) < ${MOST_PINS}`),
  }
}

/** What the app has said of a recording while it ran. */
export function writeMarks({ tags, pinned }: Recording, number: number, { addTag, addPin }: MarkStatements): void {
  for (const tag of tags.slice(0, MOST_TAGS)) addTag.run(number, tag)
  if (pinned) addPin.run(number)
}

/** `memory_bytes`, `loop_permille`, `cpu_us` */
export function usageColumns(usage: ProcessUsage | null): readonly (number | null)[] {
  if (usage === null) return [null, null, null]
  const { memoryBytes, eventLoopShare, cpuMs } = usage
  return [
    memoryBytes === null ? null : Math.round(memoryBytes),
    eventLoopShare === null ? null : Math.round(eventLoopShare * 1000),
    cpuMs === null ? null : toUs(cpuMs),
  ]
}

export function usageOf(row: {
  readonly memory_bytes: number | null
  readonly loop_permille: number | null
  readonly cpu_us: number | null
}): ProcessUsage | null {
  const { memory_bytes: memoryBytes, loop_permille: permille, cpu_us: cpuUs } = row
  if (memoryBytes === null && permille === null && cpuUs === null) return null
  return {
    memoryBytes,
    eventLoopShare: permille === null ? null : permille / 1000,
    cpuMs: cpuUs === null ? null : cpuUs / 1000,
  }
}
