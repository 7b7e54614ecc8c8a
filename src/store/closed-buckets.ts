import type { StoreHandle } from './worker-connection.js'

/** Of windows, sessions and tables together. */
const MOST_PARTS = 48

interface Parts {
  version: string
  readonly byKey: Map<string, unknown>
}

const partsOf = new WeakMap<StoreHandle, Parts>()

/**
 * What was read of closed buckets, kept in the thread as long as it holds.
 *
 * Pages add up all roll-ups of their window, of which those of weeks are many and stay as they are: nobody but the
 * compaction writes rows of more than a minute. Whoever does says so by `closedBucketsChanged`, in the store itself,
 * since it may be another process.
 *
 * @param key tells the read from all others
 * @param read what it gives is shared: nobody may change it
 */
export function readClosed<Part>(handle: StoreHandle, key: string, read: () => Part): Part {
  const parts = currentParts(handle)
  const part = parts.byKey.has(key) ? (parts.byKey.get(key) as Part) : read()
  // The one that was asked for last comes last: the first is the one to go.
  parts.byKey.delete(key)
  parts.byKey.set(key, part)
  for (const oldest of parts.byKey.keys()) {
    if (parts.byKey.size <= MOST_PARTS) break
    parts.byKey.delete(oldest)
  }
  return part
}

/** To be called in the transaction that writes or deletes rows of more than a minute. */
export function closedBucketsChanged(handle: StoreHandle): void {
  handle
    .prepare(
      `INSERT INTO silk_properties (name, value) VALUES ('closed_buckets', '1')
        ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1`,
    )
    .run()
}

function currentParts(handle: StoreHandle): Parts {
  const row = handle.get<{ value: string }>(`SELECT value FROM silk_properties WHERE name = 'closed_buckets'`)
  const version = row?.value ?? ''
  const known = partsOf.get(handle)
  if (known?.version === version) return known
  const parts = { version, byKey: new Map() }
  partsOf.set(handle, parts)
  return parts
}
