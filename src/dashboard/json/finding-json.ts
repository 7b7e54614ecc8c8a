import type { FindingSummary } from '../../model/store.js'
import { isoTime, occurrenceJson } from './recording-json.js'

/** A finding with its newest occurrence and what it cost in the window looked at. */
export function findingJson(finding: FindingSummary): object {
  const { latest, firstSeen, lastSeen, ...told } = finding
  return {
    ...told,
    firstSeen: isoTime(firstSeen),
    lastSeen: isoTime(lastSeen),
    message: latest.message,
    callSite: latest.callSite,
    latest: occurrenceJson(latest),
  }
}
