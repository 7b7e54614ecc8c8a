import type { Controls } from '../model/controls.js'
import { readControls } from './controls.js'
import { fileBytes } from './store-file.js'
import type { StoreHandle } from './worker-connection.js'

export interface Storage {
  readonly fileBytes: number
  readonly recordingCount: number
  readonly controls: Controls
}

export function readStorage(handle: StoreHandle): Storage {
  const { count } = handle.get<{ count: number }>('SELECT count(*) AS count FROM recordings') ?? { count: 0 }
  return { fileBytes: fileBytes(handle.path), recordingCount: count, controls: readControls(handle) }
}
