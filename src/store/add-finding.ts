import type { Occurrence } from '../model/finding.js'
import type { FoundInHistory } from '../model/history.js'
import { idOfHash } from './content-id.js'
import { Contents, NONE } from './contents.js'
import { findRow } from './read-request.js'
import { addValues, FINDING_ROLLUPS, minuteOf, prepareRollups, ROUTE_ROLLUPS, RollupBatch } from './rollups.js'
import { badgesOf, kindNumber, packBadges, type SummaryRow } from './rows.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'
import { badgesOf as badgesFor, FindingBatch, prepareFindings, writeFindings } from './write-findings.js'

const MOST_TRIES = 20

/** Adds what was found later to a stored recording, once; a recording that is gone has none. */
export function addFinding(handle: StoreHandle, recordingId: string, occurrence: Occurrence): Promise<void> {
  return addFindings(handle, [{ recordingId, occurrence }])
}

/** All or none. Those that are there already cost a read each, and no wait for other writers. */
export async function addFindings(handle: StoreHandle, found: readonly FoundInHistory[]): Promise<void> {
  const missing = found.filter(({ recordingId, occurrence }) => isMissing(findRow(handle, recordingId), occurrence))
  if (missing.length === 0) return
  const add = handle.db.transaction(() => {
    for (const { recordingId, occurrence } of missing) addToRecording(handle, recordingId, occurrence)
  })
  await untilFree(() => add.immediate(), MOST_TRIES)
}

function isMissing(row: SummaryRow | undefined, { findingKey }: Occurrence): row is SummaryRow {
  return row !== undefined && !badgesOf(row.findings).some(({ key }) => key === findingKey)
}

/** To be called inside a write transaction: another process may have been faster. */
function addToRecording(handle: StoreHandle, recordingId: string, occurrence: Occurrence): void {
  const row = findRow(handle, recordingId)
  if (!isMissing(row, occurrence)) return
  const before = badgesOf(row.findings)
  const badges = [...before, ...badgesFor([occurrence])]
  handle.prepare('UPDATE recordings SET findings = ? WHERE number = ?').run(packBadges(badges), row.number)
  const isFirst = before.length === 0 && row.kind === kindNumber('request')
  write(handle, row, occurrence, { ordinal: nextOrdinal(handle, row), isFirst })
}

function nextOrdinal(handle: StoreHandle, { number, findings }: SummaryRow): number {
  const ids = badgesOf(findings).map(({ key }) => idOfHash(key))
  const sql = `SELECT max(ordinal) AS last FROM occurrences
    WHERE finding_id IN (SELECT value FROM json_each(?)) AND number = ?`
  const last = handle.get<{ last: number | null }>(sql, JSON.stringify(ids), number)?.last ?? -1
  return last + 1
}

function write(
  handle: StoreHandle,
  { number, route_id, session_id, started_us }: SummaryRow,
  occurrence: Occurrence,
  { ordinal, isFirst }: { readonly ordinal: number; readonly isFirst: boolean },
): void {
  const statements = prepareFindings(handle)
  // What this connection itself deletes does not show in `data_version`: nothing is known from before.
  const contents = new Contents(handle)
  contents.begin(Date.now())
  const sums = { findings: new FindingBatch(), rollups: new RollupBatch(FINDING_ROLLUPS) }
  const ids = { routeId: route_id ?? NONE, sessionId: session_id ?? NONE }
  const place = { number, minute: minuteOf(started_us), ...ids, seenUs: started_us }
  writeFindings([occurrence], { ...place, firstOrdinal: ordinal }, { statements, contents, sums })
  sums.rollups.write(prepareRollups(handle, FINDING_ROLLUPS))
  sums.findings.write(statements)
  if (!isFirst) return
  const routes = new RollupBatch(ROUTE_ROLLUPS)
  const none = ROUTE_ROLLUPS.sums.map((column) => Number(column === 'finding_count'))
  addValues(routes.row(place.minute, 1, [place.routeId, place.sessionId]), none, [])
  routes.write(prepareRollups(handle, ROUTE_ROLLUPS))
}
