import { expect } from 'vitest'
import { analyze } from '../../src/analysis/analyze.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import type { Recording } from '../../src/model/recording.js'
import { buildRecording, callSite, DETECT, query, type RecordingSketch, repeat } from '../support/build-recording.js'

export const NOON: number = Date.UTC(2026, 10, 22, 12)
export const ALL_TIME = { since: null, until: null } as const

let made = 0

/** A UUIDv7 of a time; later calls give greater ids within one millisecond. */
export function idAt(timeMs: number): string {
  const time = timeMs.toString(16).padStart(12, '0')
  const serial = (made++).toString(16).padStart(8, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${serial.slice(5)}-8000-${serial}0000`
}

export function analyzed(recording: Recording): AnalyzedRecording {
  return { recording, occurrences: analyze(recording, DETECT, (error) => expect.fail(String(error))) }
}

/** A request as the example app answers it, `afterMs` after noon. */
export function request(sketch: Partial<RecordingSketch> = {}, afterMs = 0): AnalyzedRecording {
  const startedAt = NOON + afterMs
  return analyzed(buildRecording({ id: idAt(startedAt), startedAt, queries: [], ...sketch }))
}

export const COLLECTIONS = 'select * from "collections" limit ?'
export const PRODUCTS = 'select * from "products" where "collection_id" = ?'

/** One query for the collections and one for each collection's products, from lines 20 and 30. */
export function naive(sketch: Partial<RecordingSketch> = {}, afterMs = 0, count = 50): AnalyzedRecording {
  const list = query(COLLECTIONS, [count], { rowCount: count, callSite: callSite(20) })
  const products = repeat(count, (turn) => query(PRODUCTS, [turn + 1], { rowCount: 20, callSite: callSite(30) }))
  return request(
    { url: '/collections/?load=naive', route: '/collections/', ...sketch, queries: [list, products] },
    afterMs,
  )
}
