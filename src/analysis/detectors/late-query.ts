import type { Detector } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { type AtPlace, type PlaceStory, placeOccurrences } from '../place-occurrence.js'
import type { SettingsOf } from '../settings.js'
import { msText, someText } from '../wording.js'

const SAVES_NOTHING = 'nothing, since the response did not wait; what is at stake is the query and its error'

/**
 * Queries that ended more than `ms` after the response: nobody awaited them, so that their errors reach nobody, a
 * process that stops may lose them, and the next request may not see what they wrote.
 *
 * What is not late: BEGIN, COMMIT and the like; what was sent before another query failed (`Promise.all` waits for
 * nothing once one has failed); and whatever a response that broke off has left behind, because the client went away or
 * the answer is an error of the server's, such as a time-out that answers for a handler still at work.
 */
export function lateQuery({ ms }: SettingsOf<'lateQuery'>): Detector {
  return (recording) => {
    if (hasBrokenOff(recording)) return []
    const failedMs = lastFailureMs(recording)
    const late = recording.queries.filter((query) => isLate(query, recording, ms) && query.startMs > failedMs)
    return placeOccurrences(recording, late, (queries) => storyOf(recording, queries))
  }
}

function hasBrokenOff({ kind, response }: Recording): boolean {
  if (response === null) return kind === 'request'
  return response.aborted || (response.status ?? 500) >= 500
}

/** When the last query failed that was in time; `-Infinity`: none did. */
function lastFailureMs({ queries }: Recording): number {
  return queries.reduce(
    (last, { error, late, startMs, durationMs }) =>
      error === null || late ? last : Math.max(last, startMs + (durationMs ?? 0)),
    Number.NEGATIVE_INFINITY,
  )
}

function isLate(query: RecordedQuery, recording: Recording, ms: number): boolean {
  if (!query.late || query.operation === 'transaction') return false
  const lateMs = lateMsOf(query, recording)
  return lateMs === null || lateMs > ms
}

/** `null`: it was still running when the recording was closed. */
function lateMsOf({ startMs, durationMs }: RecordedQuery, recording: Recording): number | null {
  return durationMs === null ? null : startMs + durationMs - recording.durationMs
}

function storyOf(recording: Recording, queries: AtPlace): PlaceStory {
  const end = recording.kind === 'job' ? 'job' : 'response'
  const [it, was] = queries.length === 1 ? ['it', 'was'] : ['them', 'were']
  const times = queries.map((query) => lateMsOf(query, recording))
  const latestMs = times.includes(null) ? null : Math.max(...times.map((ms) => ms ?? 0))
  const some = someText(queries.length, recording)
  const said =
    latestMs === null
      ? `${was} still running some time after the ${end}`
      : `ended ${queries.length === 1 ? '' : 'up to '}${msText(latestMs)} after the ${end}`
  return {
    kind: 'late-query',
    message: `${some} ${said}, which did not wait for ${it}`,
    savingBasis: SAVES_NOTHING,
    fix: {
      summary: `Await ${it} before the ${end} ends, or hand the work to a queue or a job that notes when it fails.`,
      code: null,
    },
  }
}
