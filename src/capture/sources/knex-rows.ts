/** Rows looked at for the size of a result, evenly spread. */
const MEASURED_ROWS = 8
/** Rows kept for the values in them: of a fast query few, since most loops begin with the first rows. */
const KEPT_ROWS = 3
/** Of a slow one all up to this many: that it is independent of the next has to be sure. */
const KEPT_SLOW_ROWS = 200
const SLOW_MS = 10
const MAX_KEPT_ROW_BYTES = 2_000

/** The rows of a result as far as they are noted. */
export interface NotedRows {
  /** Reckoned from some of the rows. */
  readonly bytes: number
  /** Some of the app's own row objects, never changed and never kept beyond the recording; empty: too large to keep. */
  readonly kept: readonly object[]
  readonly areAllKept: boolean
}

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
 * Notes the size of a result and some of its rows. Bounded work: it looks at eight rows, however many there are.
 *
 * @param room how many more rows may be kept of this recording
 */
export function noteRows(rows: readonly unknown[], durationMs: number, room: number): NotedRows {
  const measured = Math.min(rows.length, MEASURED_ROWS)
  let bytes = 0
  for (let at = 0; at < measured; at++) bytes += rowBytes(rows[position(at, measured, rows.length)])
  const meanBytes = measured === 0 ? 0 : bytes / measured
  const wanted = Math.min(rows.length, room, durationMs >= SLOW_MS ? KEPT_SLOW_ROWS : KEPT_ROWS)
  const kept: object[] = []
  for (let at = 0; at < wanted && meanBytes <= MAX_KEPT_ROW_BYTES; at++) {
    const row = rows[position(at, wanted, rows.length)]
    if (typeof row === 'object' && row !== null) kept.push(row)
  }
  return { bytes: Math.round(meanBytes * rows.length), kept, areAllKept: kept.length === rows.length }
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
