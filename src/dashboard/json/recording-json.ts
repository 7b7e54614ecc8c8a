import { isoTime } from '../../model/recording-json.js'
import type { RecordingSummary } from '../../model/request-list.js'

/** A recording in the words of `recordingJson`, without headers, queries and evidence. */
export function summaryJson(summary: RecordingSummary): object {
  const { method, url, path, route, status, aborted, contentLength } = summary
  return {
    id: summary.id,
    kind: summary.kind,
    name: summary.name,
    session: summary.session,
    tags: summary.tags,
    pinned: summary.pinned,
    user: summary.user,
    startedAt: isoTime(summary.startedAt),
    durationMs: summary.durationMs,
    overheadMs: summary.overheadMs,
    request: method === null ? null : { method, url, path, route },
    response: method === null ? null : { status, contentLength, aborted },
    errorClass: summary.errorClass,
    queryCount: summary.queryCount,
    sqlMs: summary.sqlMs,
    sqlWallMs: summary.sqlWallMs,
    poolWaitMs: summary.poolWaitMs,
    findings: summary.findings.map(({ key, kind, count, state }) => ({ key, kind, count, state })),
  }
}
