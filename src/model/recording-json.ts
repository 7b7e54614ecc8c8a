import type { CpuProfileFacts } from './cpu-profile.js'
import type { Occurrence } from './finding.js'
import type { RecordedQuery } from './query.js'
import type { Recording } from './recording.js'

/**
 * A recording in the shape that the contract fixes: times in ISO 8601, `null` for not known.
 *
 * @param joinsOf how many tables a statement joins
 */
export function recordingJson(
  recording: Recording,
  occurrences: readonly Occurrence[],
  joinsOf: (statement: string) => number,
): object {
  const { request, response } = recording
  return {
    id: recording.id,
    kind: recording.kind,
    name: recording.name,
    session: recording.session,
    tags: recording.tags,
    pinned: recording.pinned,
    user: recording.user,
    startedAt: isoTime(recording.startedAt),
    durationMs: recording.durationMs,
    overheadMs: recording.overheadMs,
    usage: recording.usage,
    request: request && {
      method: request.method,
      url: request.url,
      path: request.path,
      route: request.route,
      headers: request.headers,
      body: request.body ?? null,
    },
    response: response && {
      status: response.status,
      headers: response.headers,
      body: response.body ?? null,
      contentLength: response.contentLength,
      aborted: response.aborted,
    },
    error: recording.error,
    queryCount: recording.queryCount,
    droppedQueryCount: recording.droppedQueryCount,
    sqlMs: recording.sqlMs,
    sqlWallMs: recording.sqlWallMs,
    poolWaitMs: recording.poolWaitMs,
    cpuProfile: cpuProfileFacts(recording.cpuProfile),
    spans: recording.spans,
    spanSums: recording.spanSums,
    queries: recording.queries.map((query) => queryJson(query, joinsOf)),
    occurrences: occurrences.map(occurrenceJson),
  }
}

/** Without the file, which has an address of its own. */
function cpuProfileFacts(profile: Recording['cpuProfile']): CpuProfileFacts | null {
  if (profile === undefined) return null
  if (!('file' in profile)) return profile
  const { file: _, ...facts } = profile
  return facts
}

export function occurrenceJson(occurrence: Occurrence): object {
  const { fingerprints: _, ...told } = occurrence
  return told
}

export function isoTime(at: number): string {
  return new Date(at).toISOString()
}

export function isoTimeOrNull(at: number | null): string | null {
  return at === null ? null : isoTime(at)
}

// The numbers of binding sets and call paths, and the evidence, are for detectors alone.
function queryJson(recorded: RecordedQuery, joinsOf: (statement: string) => number): object {
  const { bindingSet: _, keyBindingSet: __, callPath: ___, evidence: ____, ...query } = recorded
  return { ...query, joinCount: joinsOf(query.fingerprintText) }
}
