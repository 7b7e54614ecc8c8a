import type { RecordedStatement } from '../model/explain.js'
import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'
import type { RecordingReader, StatementDetail } from '../model/store.js'

/** What one recording has of a statement. */
export interface Execution {
  readonly recording: Recording
  /** Of this statement, in their order. */
  readonly queries: readonly [RecordedQuery, ...RecordedQuery[]]
}

const MOST_LOOKED_AT = 3

/** `null`: none is stored any more. */
export async function newestExecution(
  reader: Pick<RecordingReader, 'request'>,
  { summary, recentRecordings }: StatementDetail,
): Promise<Execution | null> {
  for (const { id } of recentRecordings.slice(0, MOST_LOOKED_AT)) {
    const stored = await reader.request(id)
    if (stored === null) continue
    const [first, ...others] = stored.recording.queries.filter(({ fingerprint }) => fingerprint === summary.id)
    if (first !== undefined) return { recording: stored.recording, queries: [first, ...others] }
  }
  return null
}

export function recordedStatement(
  { summary, example }: StatementDetail,
  execution: Execution | null,
): RecordedStatement {
  const [query] = execution?.queries ?? []
  return {
    fingerprintText: summary.text,
    statement: query?.statement ?? example,
    bindings: query?.bindings ?? null,
    connection: query?.connection ?? null,
  }
}
