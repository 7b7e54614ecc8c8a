import type { RecordedStatement } from '../model/explain.js'
import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'
import type { StatementDetail } from '../model/statement.js'
import type { RecordingReader } from '../model/store.js'

/** What one recording has of a statement. */
export interface Execution {
  readonly recording: Omit<Recording, 'queries'>
  /** Of this statement, in their order. */
  readonly queries: readonly [RecordedQuery, ...RecordedQuery[]]
}

const MOST_LOOKED_AT = 3
/** All that are kept of a recording. */
const MOST_QUERIES = 10_000

/** `null`: none is stored any more. */
export async function newestExecution(
  reader: Pick<RecordingReader, 'requestView'>,
  { summary, recentRecordings }: StatementDetail,
): Promise<Execution | null> {
  for (const { id } of recentRecordings.slice(0, MOST_LOOKED_AT)) {
    // Of this statement alone: a recording may have thousands of others.
    const view = await reader.requestView(id, { from: 0, limit: MOST_QUERIES, fingerprint: summary.id })
    if (view === null) continue
    const [first, ...others] = view.queries
    if (first !== undefined) return { recording: view.recording, queries: [first, ...others] }
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
