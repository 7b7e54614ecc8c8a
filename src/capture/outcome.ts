import type { RecordedUser } from '../model/marks.js'
import { pathOf } from '../model/url.js'
import { onlyNumberOf } from './answer.js'
import { buildBodies } from './bodies-build.js'
import type { RequestOutcome } from './build-recording.js'
import type { Ended } from './exchange.js'
import type { Masker } from './mask.js'
import type { QueryLog } from './query-log.js'
import { contentLengthOf, headersFromRaw, sentHeaders } from './response-head.js'

interface OutcomeTools {
  readonly masker: Masker
  /** Bytes of each body that are kept; `null`: no bodies are. */
  readonly maxBodyBytes: number | null
}

/** What is recorded of a request and its response, masked. Runs when the recording is made. */
export function outcomeOf(
  ended: Ended,
  user: RecordedUser | null,
  { masker, maxBodyBytes }: OutcomeTools,
): RequestOutcome {
  const { method, status, aborted, req, route, recorder, answer } = ended
  const url = masker.url(ended.url)
  const headers = sentHeaders(ended.head, recorder.addedHeadLines)
  const contentLength = contentLengthOf(headers)
  const requestHeaders = headersFromRaw(ended.rawHeaders)
  const building = { mask: masker.body, maxBytes: maxBodyBytes ?? 0 }
  const raw = { req, requestHeaders, responseHeaders: headers }
  const bodies = ended.bodies && buildBodies(ended.bodies, raw, building)
  if (route !== null) recorder.request = { method, path: route }
  return {
    request: {
      method,
      url,
      path: pathOf(url),
      route,
      headers: masker.headers(requestHeaders, 'request'),
      ...(bodies?.request && { body: bodies.request }),
    },
    response: recorder.isUnfinished
      ? null
      : {
          status,
          headers: masker.headers(headers, 'response'),
          ...(bodies?.response && { body: bodies.response }),
          contentLength,
          bodyBytes: answer?.bytes ?? ('content-encoding' in headers ? null : contentLength),
          // Which only says something beside rows.
          onlyNumber: hasRows(recorder.log) ? onlyNumberOf(answer?.short ?? null) : null,
          aborted,
        },
    user: user && masker.user(user),
  }
}

/** Whether a query gave more than one row. */
function hasRows(log: QueryLog | null): boolean {
  for (let at = 0; log !== null && at < log.count; at++) if ((log.rowCount(at) ?? 0) > 1) return true
  return false
}
