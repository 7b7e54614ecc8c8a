import type { RecordedBinding, RecordedQuery } from '../../model/query.js'
import { locksRows } from '../../sql/row-locks.js'
import { tablesOf } from '../../sql/tables.js'
import { isStreamed } from '../streamed.js'

/** What masking and shortening leave: different values may look alike there. */
const NOT_WHOLE = /\[redacted\]|…|^<[^>]*>$|^\*+$/
/** Answers differ by chance or by the clock, though nothing was written. */
const CHANGING = new RegExp(
  [
    '(?:random|rand|newid|uuid|gen_random_uuid|uuid_generate_v\\w+|nextval|currval|lastval|last_insert_id)\\s*\\(',
    '(?:last_insert_rowid|changes|total_changes|row_count|found_rows|sleep|pg_sleep|get_lock|pg_\\w*lock\\w*)\\s*\\(',
    '(?:now|sysdate|getdate|unix_timestamp|julianday|unixepoch|timeofday|age)\\s*\\(',
    '(?:clock|statement|transaction)_timestamp\\s*\\(',
    '(?:current_(?:date|time|timestamp)|localtime(?:stamp)?|utc_(?:date|time|timestamp))\\b',
  ]
    .map((pattern) => `\\b${pattern}`)
    .join('|'),
)
/** SQLite's `datetime('now')`. */
const BY_CLOCK = /'now'/i

/**
 * A text that is equal for two executions that must have had the same answer as long as nothing was written; `null`:
 * this one cannot be compared (values masked or not kept), or its answer changes by itself.
 */
export function comparableKey(query: RecordedQuery): string | null {
  const { operation, error, transactionId, statement, fingerprintText, bindings, connection } = query
  if (operation !== 'select' || error !== null || transactionId !== null || bindings === null) return null
  // What is too much to be held in memory once is no matter for a cache.
  if (isStreamed(query)) return null
  if (NOT_WHOLE.test(statement) || BY_CLOCK.test(statement) || bindings.some(isNotWhole)) return null
  const text = fingerprintText.toLowerCase()
  if (locksRows(text) || CHANGING.test(text) || tablesOf(fingerprintText).length === 0) return null
  return JSON.stringify([connection, statement, bindings])
}

function isNotWhole(value: RecordedBinding): boolean {
  return typeof value === 'string' && NOT_WHOLE.test(value)
}
