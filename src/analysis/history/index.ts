import type { FoundInHistory, HistoryDetectors } from '../../model/history.js'
import { type Detection, isIgnored, settingsFor } from '../settings.js'
import { MOST_RECORDINGS, repeatedAcrossRequests } from './repeated-across-requests.js'
import { mayBeSlow, SLOW_ABOVE_MS, slowExecution } from './slow-execution.js'

/** Enough to see what nearly every request asks, few enough to be read again every few seconds. */
const RECORDINGS = 50

/** What can be found only by looking at more than one recording, with the settings of each route. */
export function createHistoryDetectors(detection: Detection): HistoryDetectors {
  const wanted = (found: readonly FoundInHistory[]): readonly FoundInHistory[] =>
    found.filter(({ occurrence }) => !isIgnored(occurrence, detection.ignore))
  const isSlowWanted = [detection, ...Object.values(detection.routes)].some(({ slowQuery }) => slowQuery !== null)
  return {
    recordingsOf: (route) => {
      const settings = settingsFor(route, detection).repeatedAcrossRequests
      if (settings === null) return null
      const least = Math.min(settings.recordings, MOST_RECORDINGS)
      return { least, most: Math.max(least, RECORDINGS) }
    },
    ofRoute: (history) => {
      const settings = settingsFor(history.request, detection).repeatedAcrossRequests
      return settings === null ? [] : wanted(repeatedAcrossRequests(settings, history))
    },
    slowAboveMs: isSlowWanted ? SLOW_ABOVE_MS : null,
    mayBeSlow,
    ofStatement: (history) => {
      const settings = settingsFor(history.request, detection).slowQuery
      return settings === null ? [] : wanted(slowExecution(settings, history))
    },
  }
}
