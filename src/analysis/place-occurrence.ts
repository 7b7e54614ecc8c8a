import type { FindingKind, Fix, Occurrence } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'
import { finish } from '../model/steps.js'
import { costliest } from './costliest.js'
import { findingKey } from './finding-key.js'
import { sumMs, timesOfUnknownSaving } from './repeat-times.js'
import { groupByPlace, type Repeats } from './repeats.js'

/** Queries of one statement from one call site that have the same thing wrong with them, each by itself. */
export type AtPlace = readonly [RecordedQuery, ...RecordedQuery[]]

export interface PlaceStory {
  readonly kind: FindingKind
  readonly message: string
  /** Why it is not known what its end saves. */
  readonly savingBasis: string
  readonly fix: Fix
}

const MAX_PLACES = 50

/** One finding for each statement and call site among the queries; of more than 50, those that took the most time. */
export function placeOccurrences(
  recording: Recording,
  queries: Repeats,
  tell: (queries: AtPlace) => PlaceStory,
): readonly Occurrence[] {
  return occurrencesAt(recording, finish(groupByPlace(queries)), tell)
}

/** `placeOccurrences` of queries that `groupByPlace` has divided. */
export function occurrencesAt(
  recording: Recording,
  places: readonly Repeats[],
  tell: (queries: AtPlace) => PlaceStory,
): readonly Occurrence[] {
  return costliest(places, MAX_PLACES, sumMs).map((group) => {
    const atPlace = group as AtPlace
    const [{ fingerprint, fingerprintText, callSite }] = atPlace
    const { kind, message, savingBasis, fix } = tell(atPlace)
    const statements = [fingerprintText]
    return {
      findingKey: findingKey({ kind, statements, callSite, request: recording.request }),
      kind,
      message,
      statements,
      fingerprints: [fingerprint],
      count: group.length,
      queryIndexes: group.map(({ index }) => index),
      callSite,
      parent: null,
      ...timesOfUnknownSaving(group, savingBasis),
      fix,
    }
  })
}
