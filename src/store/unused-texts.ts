import { textsOf } from './pins.js'
import { countOf } from './retention.js'
import type { StoreHandle } from './worker-connection.js'

/** So many more than were left the last time, and twice as many, before it is worth looking at every recording. */
const WORTH_COUNT = 20_000
const LOOKED_AT_ONCE = 100
/** Looking at more would keep the store's thread for minutes: there the hour alone counts. */
const MOST_RECORDINGS = 100_000
/** The host's own writing waits for each of these. */
const DELETED_AT_ONCE = 2_000

let leftCount = 0

/** Whether there are many more texts than the kept recordings used when it was last known. */
export function mayHaveUnusedTexts(handle: StoreHandle): boolean {
  return countOfTexts(handle) >= 2 * leftCount + WORTH_COUNT && areFew(handle)
}

/**
 * Deletes the texts that no recording has, by looking at every recording, in small steps. Else they are known by the hour
 * in which they were last used, and stay for a day after the oldest recording: an app that writes values into its SQL has
 * filled the disk by then.
 *
 * @returns a step, which tells whether there is more to do
 */
export function unusedTextsStep(handle: StoreHandle): () => boolean {
  if (!areFew(handle)) return () => false
  // Of all things a disk that is full must not keep it from this.
  handle.db.exec(`PRAGMA temp_store = MEMORY;
    CREATE TEMP TABLE IF NOT EXISTS used_texts (id INTEGER PRIMARY KEY);
    CREATE TEMP TABLE IF NOT EXISTS looked_at (number INTEGER PRIMARY KEY);
    DELETE FROM used_texts; DELETE FROM looked_at`)
  let lookedTo: number | null = 0
  let lastId = Number.MIN_SAFE_INTEGER
  const deleteSlice = handle.db.transaction((): number | null => {
    // Others have written meanwhile, with texts that are there already.
    while (lookAt(handle, 'number NOT IN (SELECT number FROM looked_at)') !== null);
    return deleteUnused(handle, lastId)
  })
  return () => {
    if (lookedTo !== null) {
      lookedTo = lookAt(handle, `number > ${lookedTo}`)
      return true
    }
    const deletedTo = deleteSlice.immediate()
    lastId = deletedTo ?? lastId
    if (deletedTo !== null) return true
    handle.db.exec('DELETE FROM used_texts; DELETE FROM looked_at')
    leftCount = countOfTexts(handle)
    return false
  }
}

function areFew(handle: StoreHandle): boolean {
  return countOf(handle, 'recordings') <= MOST_RECORDINGS
}

/** @returns the last number that was looked at; `null`: there was none */
function lookAt(handle: StoreHandle, where: string): number | null {
  const recordings = handle.db
    .prepare(`SELECT number, findings FROM recordings WHERE ${where} ORDER BY number LIMIT ${LOOKED_AT_ONCE}`)
    .all() as { readonly number: number; readonly findings: string | null }[]
  const use = handle.prepare('INSERT OR IGNORE INTO used_texts SELECT value FROM json_each(?)')
  const look = handle.prepare('INSERT OR IGNORE INTO looked_at VALUES (?)')
  for (const { number, findings } of recordings) {
    use.run(JSON.stringify(textsOf(handle, number, findings)))
    look.run(number)
  }
  return recordings.at(-1)?.number ?? null
}

/** @returns the last id that was deleted; `null`: there was none */
function deleteUnused(handle: StoreHandle, afterId: number): number | null {
  handle.prepare('INSERT OR IGNORE INTO used_texts SELECT example_id FROM statements WHERE example_id NOT NULL').run()
  const ids = handle
    .prepare('SELECT id FROM texts WHERE id > ? AND id NOT IN (SELECT id FROM used_texts) ORDER BY id LIMIT ?')
    .pluck()
    .all(afterId, DELETED_AT_ONCE) as number[]
  handle.prepare('DELETE FROM texts WHERE id IN (SELECT value FROM json_each(?))').run(JSON.stringify(ids))
  return ids.at(-1) ?? null
}

function countOfTexts(handle: StoreHandle): number {
  return handle.get<{ count: number }>('SELECT count(*) AS count FROM texts')?.count ?? 0
}
