import type { Controls } from '../model/controls.js'
import { readControls } from './controls.js'
import { usedBytes } from './free-space.js'
import { pinCount } from './pins.js'
import { countOf } from './retention.js'
import { fileBytes } from './store-file.js'
import type { StoreHandle } from './worker-connection.js'

export interface Storage {
  readonly fileBytes: number
  readonly usedBytes: number
  readonly recordingCount: number
  readonly keptLongerCount: number
  readonly pinnedCount: number
  readonly prunedBefore: number | null
  readonly controls: Controls
}

export function readStorage(handle: StoreHandle): Storage {
  return {
    fileBytes: fileBytes(handle.path),
    usedBytes: usedBytes(handle),
    recordingCount: countOf(handle, 'recordings'),
    keptLongerCount: countOf(handle, 'kept_longer'),
    pinnedCount: pinCount(handle),
    prunedBefore: prunedBefore(handle),
    controls: readControls(handle),
  }
}

/** The oldest recording after the last one that is kept longer, pinned ones aside. */
function prunedBefore(handle: StoreHandle): number | null {
  const oldest = handle.get<{ us: number }>(
    `SELECT started_us AS us FROM recordings WHERE number > (SELECT coalesce(max(number), 0) FROM kept_longer)
      AND number NOT IN (SELECT number FROM pins) ORDER BY number LIMIT 1`,
  )
  return oldest === undefined ? null : oldest.us / 1000
}
