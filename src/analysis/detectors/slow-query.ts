import type { Detector } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { type AtPlace, type PlaceStory, placeOccurrences } from '../place-occurrence.js'
import type { SettingsOf } from '../settings.js'
import { isStreamed } from '../streamed.js'
import { msText, rowsText, someText } from '../wording.js'

/**
 * Queries that took longer than `ms`, those that failed too: a time-out is slow. The wait for a connection is no part of
 * it, nor are BEGIN and COMMIT. What is read as a stream takes as long as its reader does, and is not judged.
 */
export function slowQuery({ ms }: SettingsOf<'slowQuery'>): Detector {
  const isSlow = (query: RecordedQuery): boolean =>
    query.durationMs !== null && query.durationMs > ms && query.operation !== 'transaction' && !isStreamed(query)
  return (recording) =>
    placeOccurrences(recording, recording.queries.filter(isSlow), (queries) => storyOf(recording, queries))
}

function storyOf(recording: Recording, queries: AtPlace): PlaceStory {
  return {
    kind: 'slow-query',
    message: `${someText(queries.length, recording)} took ${timeText(queries)}${effectText(queries)}`,
    savingBasis: 'not known before its plan is',
    fix: {
      summary: 'Look at its plan: an index, fewer rows or a simpler condition may be what it needs.',
      code: null,
    },
  }
}

/** `152 ms`, or `121 to 152 ms each`. */
function timeText(queries: AtPlace): string {
  const times = queries.map(({ durationMs }) => durationMs ?? 0)
  const most = msText(Math.max(...times))
  return queries.length === 1 ? most : `up to ${most} each`
}

/** What they did in that time, as far as it is known. */
function effectText(queries: AtPlace): string {
  if (queries.some(({ error }) => error !== null))
    return queries.length === 1 ? ' and failed' : ', and not all succeeded'
  let rows = 0
  for (const { rowCount } of queries) {
    if (rowCount === null) return ''
    rows += rowCount
  }
  const isRead = queries[0].operation === 'select'
  return ` and ${isRead ? 'returned' : 'changed'} ${rowsText(rows)}${queries.length === 1 ? '' : ' in all'}`
}
