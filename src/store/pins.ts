import { MOST_PINS, PIN_DAYS } from '../model/marks.js'
import type { Pinned } from '../model/store.js'
import { idOfHash } from './content-id.js'
import { unpackEvidence } from './packed-occurrence.js'
import { unpackQueries } from './packed-queries.js'
import { findRow } from './read-request.js'
import { numberOfTime } from './recording-number.js'
import { badgesOf } from './rows.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_TRIES = 20
const HOUR_US = 3_600_000_000
const DAY_MS = 86_400_000
/** A day longer than the pin lasts, by the clocks of several processes. */
const HELD_HOURS = (PIN_DAYS + 2) * 24
/** Of so many in one step are the texts looked up: a recording may have 10,000 queries. */
const HELD_AT_ONCE = 20

/** Pins recordings, as many as there is room for, or takes their pins off. */
export function setPinned(handle: StoreHandle, ids: readonly string[], pinned: boolean): Promise<Pinned> {
  const set = handle.db.transaction((): Pinned => {
    const numbers = ids.flatMap((id) => findRow(handle, id)?.number ?? [])
    const changed = numbers.filter((number) => (pinned ? pin(handle, number) : unpin(handle, number)))
    return { found: numbers.length, changed: changed.length }
  })
  return untilFree(() => set.immediate(), MOST_TRIES)
}

/** @returns false: there is no room */
function pin(handle: StoreHandle, number: number): boolean {
  if (handle.get('SELECT 1 FROM pins WHERE number = ?', number) !== undefined) return true
  if (pinCount(handle) >= MOST_PINS) return false
  handle.prepare('INSERT INTO pins (number) VALUES (?)').run(number)
  handle.prepare('DELETE FROM kept_longer WHERE number = ?').run(number)
  return true
}

function unpin(handle: StoreHandle, number: number): true {
  handle.prepare('DELETE FROM pins WHERE number = ?').run(number)
  return true
}

export function pinCount(handle: StoreHandle): number {
  return handle.get<{ count: number }>('SELECT count(*) AS count FROM pins')?.count ?? 0
}

/** Takes the pins off those that are too much older than the newest recording: they are recordings like others then. */
export function dropOldPins(handle: StoreHandle): void {
  const newestUs = handle.get<{ us: number }>(
    'SELECT started_us AS us FROM recordings ORDER BY number DESC LIMIT 1',
  )?.us
  if (newestUs === undefined) return
  const before = numberOfTime(newestUs / 1000 - PIN_DAYS * DAY_MS)
  if (handle.get('SELECT 1 FROM pins WHERE number < ?', before) === undefined) return
  handle.prepare('DELETE FROM pins WHERE number < ?').run(before)
}

/** Takes the pin off the oldest, where the file has no room for anything else. @returns false: none is pinned */
export function dropOldestPin(handle: StoreHandle): boolean {
  return handle.prepare('DELETE FROM pins WHERE number = (SELECT min(number) FROM pins)').run().changes > 0
}

/**
 * Keeps the texts of pinned recordings from the sweep for as long as a pin lasts: else those of all recordings since
 * the oldest pin would have to stay. Once for each pin, a few at a time.
 *
 * @returns whether there may be more to do
 */
export function holdTexts(handle: StoreHandle): boolean {
  const fresh = handle.all<{ number: number; findings: string | null; started_us: number; user_id: number | null }>(
    `SELECT number, findings, started_us, user_id FROM recordings
      WHERE number IN (SELECT number FROM pins WHERE held = 0 LIMIT ?)`,
    HELD_AT_ONCE,
  )
  const hold = handle.prepare(
    'UPDATE texts SET seen_hour = max(seen_hour, ?) WHERE id IN (SELECT value FROM json_each(?))',
  )
  const holdUser = handle.prepare('UPDATE users SET seen_hour = max(seen_hour, ?) WHERE id = ?')
  const done = handle.prepare('UPDATE pins SET held = 1 WHERE number = ?')
  handle.db
    .transaction(() => {
      for (const { number, findings, started_us, user_id } of fresh) {
        const until = Math.floor(started_us / HOUR_US) + HELD_HOURS
        hold.run(until, JSON.stringify(textsOf(handle, number, findings)))
        holdUser.run(until, user_id)
        done.run(number)
      }
    })
    .immediate()
  return fresh.length === HELD_AT_ONCE
}

interface DetailsRow {
  readonly request_headers_id: number | null
  readonly response_headers_id: number | null
  readonly queries: Uint8Array | null
}

interface OccurrenceRow {
  readonly evidence: string
  readonly wording_id: number
}

/** Ids of all texts that a recording shares with others. */
export function textsOf(handle: StoreHandle, number: number, findings: string | null): readonly number[] {
  const details = handle.get<DetailsRow>(
    'SELECT request_headers_id, response_headers_id, queries FROM recording_details WHERE number = ?',
    number,
  )
  const ids = new Set<number | null | undefined>([details?.request_headers_id, details?.response_headers_id])
  for (const { shape, pathId } of details?.queries ? unpackQueries(details.queries) : []) {
    ids.add(shape.textId).add(pathId)
  }
  const occurrences = 'SELECT evidence, wording_id FROM occurrences WHERE finding_id = ? AND number = ?'
  for (const { key } of badgesOf(findings)) {
    for (const { evidence, wording_id } of handle.all<OccurrenceRow>(occurrences, idOfHash(key), number)) {
      ids.add(wording_id).add(unpackEvidence(evidence).parent?.[1])
    }
  }
  return [...ids].filter((id) => id != null)
}
