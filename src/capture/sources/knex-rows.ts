import type { QueryLog } from '../query-log.js'
import type { Recorder } from '../recorder.js'

/** Rows looked at for the size of a result, evenly spread. */
const MEASURED_ROWS = 8
/** Rows kept for the values in them: of a fast query few, since most loops begin with the first rows. */
const KEPT_ROWS = 3
/** Of a slow one all up to this many: that it is independent of the next has to be sure. */
const KEPT_SLOW_ROWS = 200
const SLOW_MS = 10
const MAX_KEPT_ROW_BYTES = 2_000
/** Results of one statement whose rows are kept: those of a loop say no more after these. */
const READ_PER_STATEMENT = 4

/**
 * The rows that a driver answered with: an array of better-sqlite3 and sqlite3, `{ rows }` of pg, `[rows, fields]` of
 * mysql. `null`: none, as of writes.
 */
export function rowsOf(response: unknown): readonly unknown[] | null {
  if (Array.isArray(response)) {
    const [first, second] = response
    return response.length === 2 && Array.isArray(first) && Array.isArray(second) ? first : response
  }
  const rows = (response as { readonly rows?: unknown } | null | undefined)?.rows
  return Array.isArray(rows) ? rows : null
}

/**
 * Notes the size of a result and some of its rows: the app's own objects, never changed and never kept beyond the
 * recording. Bounded work: it looks at eight rows, however many there are.
 */
export function noteRows(rows: readonly unknown[], recorder: Recorder, log: QueryLog, at: number): void {
  const measured = Math.min(rows.length, MEASURED_ROWS)
  let bytes = 0
  for (let index = 0; index < measured; index++) bytes += rowBytes(rows[position(index, measured, rows.length)])
  const meanBytes = bytes / measured
  const statement = log.statements[at]
  const isRead = statement && recorder.countAnswer(statement) <= READ_PER_STATEMENT && meanBytes <= MAX_KEPT_ROW_BYTES
  const durationMs = (log.endMs(at) ?? 0) - log.startMs(at)
  const wanted = Math.min(rows.length, recorder.rowRoom, durationMs >= SLOW_MS ? KEPT_SLOW_ROWS : KEPT_ROWS)
  const kept = isRead ? pick(rows, wanted) : null
  if (kept !== null) recorder.keepRows(kept.length)
  // Of a loop's later results nothing is looked at: that is known, too.
  log.setRows(
    at,
    Math.round(meanBytes * rows.length),
    kept,
    kept === null ? wanted === rows.length : kept.length === rows.length,
  )
}

function pick(rows: readonly unknown[], wanted: number): readonly object[] {
  const kept: object[] = []
  for (let index = 0; index < wanted; index++) {
    const row = rows[position(index, wanted, rows.length)]
    if (typeof row === 'object' && row !== null) kept.push(row)
  }
  return kept
}

/** Of so many picked evenly from a length, the first and the last included. */
function position(at: number, picked: number, length: number): number {
  return picked < 2 || picked === length ? at : Math.round((at * (length - 1)) / (picked - 1))
}

function rowBytes(row: unknown): number {
  if (typeof row !== 'object' || row === null) return 0
  let bytes = 0
  for (const name in row) {
    bytes += valueBytes((row as Record<string, unknown>)[name])
  }
  return bytes
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value === null || value === undefined) return 0
  return ArrayBuffer.isView(value) ? value.byteLength : 8
}
