import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'
import { append, type Repeats } from './repeats.js'

/** A transaction from its BEGIN to its COMMIT or ROLLBACK, or to the end of the recording. */
export interface Transaction {
  readonly begin: RecordedQuery
  /** When BEGIN was answered and when its end was sent: in between the app has the connection. */
  readonly fromMs: number
  readonly toMs: number
  /** What was sent in between on its connection, also inside its savepoints. */
  readonly queries: Repeats
}

const BEGIN = /^(?:begin|start transaction)\b/
const END = /^(?:commit|rollback(?! to\b))\b/

/** The transactions of a recording, savepoints inside them left out. */
export function transactionsOf(recording: Recording): readonly Transaction[] {
  const byId = new Map<string, RecordedQuery[]>()
  for (const query of recording.queries) if (query.transactionId !== null) append(byId, query.transactionId, query)
  if (byId.size === 0) return []
  const inTransactions = recording.queries.filter(({ transactionId }) => transactionId !== null)
  return [...byId.values()].flatMap((own) => {
    const begin = own.find(({ fingerprintText }) => BEGIN.test(fingerprintText))
    if (begin === undefined) return []
    const end = own.findLast(({ fingerprintText }) => END.test(fingerprintText))
    const fromMs = begin.startMs + (begin.durationMs ?? 0)
    const toMs = Math.max(fromMs, end?.startMs ?? recording.durationMs)
    // A savepoint has an id of its own, and shares the connection of the transaction around it.
    const queries = inTransactions.filter(
      ({ index, startMs, connection }) =>
        index !== begin.index &&
        index !== end?.index &&
        connection === begin.connection &&
        startMs >= fromMs &&
        startMs <= toMs,
    )
    return [{ begin, fromMs, toMs, queries }]
  })
}
