import type { Occurrence } from '../model/finding.js'
import { idOfHash } from './content-id.js'
import type { Contents } from './contents.js'
import { packOccurrence } from './packed-occurrence.js'
import { addDuration, addValues, type RollupBatch } from './rollups.js'
import { type StoredBadge, toUs } from './rows.js'
import type { SqlitePreparer, SqliteStatement } from './sqlite-driver.js'

export type FindingStatements = Readonly<Record<'occurrence' | 'known' | 'finding', SqliteStatement>>

/** The recording that the occurrences are of. */
export interface FindingPlace {
  readonly number: number
  readonly minute: number
  readonly routeId: number
  readonly sessionId: number
  readonly seenUs: number
  /** Where the occurrences come among those that the recording has already. Default 0. */
  readonly firstOrdinal?: number
}

export function prepareFindings(db: SqlitePreparer): FindingStatements {
  const ifNewer = (column: string): string =>
    `${column} = iif(excluded.latest_number >= latest_number, excluded.${column}, ${column})`
  // Only what began after the fix can show that it did not help; other recordings may still have waited to be written.
  const isBack = "(state = 'fixed' AND excluded.last_seen_us > fixed_us)"
  const backUs = 'iif(excluded.first_seen_us > fixed_us, excluded.first_seen_us, excluded.last_seen_us)'
  return {
    occurrence: db.prepare('INSERT INTO occurrences VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    known: db.prepare('SELECT 1 FROM findings WHERE id = ?'),
    finding: db.prepare(
      `INSERT INTO findings (id, key, kind, first_seen_us, last_seen_us, route_id, latest_number, latest)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET first_seen_us = min(first_seen_us, excluded.first_seen_us),
        last_seen_us = max(last_seen_us, excluded.last_seen_us), ${ifNewer('route_id')}, ${ifNewer('latest')},
        latest_number = max(latest_number, excluded.latest_number),
        regressed_us = iif(${isBack}, ${backUs}, regressed_us), state = iif(${isBack}, 'open', state)`,
    ),
  }
}

/** The findings of one batch: each is written once, with its newest occurrence. */
export class FindingBatch {
  readonly #seen = new Map<number, Seen>()

  add(id: number, latest: Occurrence, { number, routeId, seenUs }: FindingPlace): void {
    const before = this.#seen.get(id)
    const newest = before === undefined || number >= before.number ? { latest, number, routeId } : before
    this.#seen.set(id, {
      ...newest,
      firstUs: Math.min(seenUs, before?.firstUs ?? seenUs),
      lastUs: Math.max(seenUs, before?.lastUs ?? seenUs),
    })
  }

  /** @returns keys of those that the store has never had */
  write({ known, finding }: FindingStatements): readonly string[] {
    const added: string[] = []
    for (const [id, { latest, firstUs, lastUs, routeId, number }] of this.#seen) {
      if (known.get(id) === undefined) added.push(latest.findingKey)
      finding.run(id, latest.findingKey, latest.kind, firstUs, lastUs, routeId, number, JSON.stringify(latest))
    }
    return added
  }
}

interface Seen {
  readonly latest: Occurrence
  readonly number: number
  readonly routeId: number
  readonly firstUs: number
  readonly lastUs: number
}

export interface FindingSums {
  readonly findings: FindingBatch
  readonly rollups: RollupBatch
}

/** Writes the occurrences of one recording, and adds them to their findings and roll-ups. */
export function writeFindings(
  occurrences: readonly Occurrence[],
  place: FindingPlace,
  batch: { readonly statements: FindingStatements; readonly contents: Contents; readonly sums: FindingSums },
): void {
  occurrences.forEach((occurrence, ordinal) => {
    const { findingKey, totalMs, savingMs, count, message } = occurrence
    const { evidence, wordingId } = packOccurrence(occurrence, batch.contents)
    const savingUs = savingMs === null ? null : toUs(savingMs)
    const placed = [idOfHash(findingKey), place.number, (place.firstOrdinal ?? 0) + ordinal]
    batch.statements.occurrence.run(...placed, toUs(totalMs), savingUs, count, message, evidence, wordingId)
  })
  for (const [key, sameFinding] of byFinding(occurrences)) sumFinding(idOfHash(key), sameFinding, place, batch.sums)
}

/** What lists show of a recording's findings: one badge each. */
export function badgesOf(occurrences: readonly Occurrence[]): StoredBadge[] {
  return [...byFinding(occurrences)].map(([key, [first, ...rest]]) => {
    return { key, kind: first.kind, count: rest.reduce((count, one) => count + one.count, first.count) }
  })
}

type SameFinding = [Occurrence, ...Occurrence[]]

/** One finding may occur twice in a recording, at two lines of one function: it is one recording that has it. */
function byFinding(occurrences: readonly Occurrence[]): Map<string, SameFinding> {
  const groups = new Map<string, SameFinding>()
  for (const occurrence of occurrences) {
    const group = groups.get(occurrence.findingKey)
    if (group) group.push(occurrence)
    else groups.set(occurrence.findingKey, [occurrence])
  }
  return groups
}

function sumFinding(id: number, sameFinding: SameFinding, place: FindingPlace, sums: FindingSums): void {
  let repeats = 0
  let totalUs = 0
  let savingUs = 0
  for (const { count, totalMs, savingMs } of sameFinding) {
    repeats += count
    totalUs += toUs(totalMs)
    savingUs += toUs(savingMs ?? 0)
  }
  const row = sums.rollups.row(place.minute, 1, [id, place.routeId, place.sessionId])
  addValues(row, [1, repeats, totalUs, savingUs], [totalUs])
  addDuration(row, 0, totalUs)
  sums.findings.add(id, sameFinding[0], place)
}
