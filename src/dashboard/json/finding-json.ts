import type { FindingSummary } from '../../model/finding-summary.js'
import { isoTime, isoTimeOrNull, occurrenceJson } from '../../model/recording-json.js'

/** A finding with its newest occurrence and what it cost in the window looked at. */
export function findingJson(finding: FindingSummary): object {
  const { latest, fixedAt, regressedAt, firstSeen, lastSeen, ...told } = finding
  return {
    ...told,
    fixedAt: isoTimeOrNull(fixedAt),
    regressedAt: isoTimeOrNull(regressedAt),
    firstSeen: isoTime(firstSeen),
    lastSeen: isoTime(lastSeen),
    message: latest.message,
    callSite: latest.callSite,
    latest: occurrenceJson(latest),
  }
}
