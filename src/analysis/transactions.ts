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
  const inTransactions = byStart(recording.queries.filter(({ transactionId }) => transactionId !== null))
  return [...byId.values()].flatMap((own) => {
    const begin = own.find(({ fingerprintText }) => BEGIN.test(fingerprintText))
    if (begin === undefined) return []
    const end = own.findLast(({ fingerprintText }) => END.test(fingerprintText))
    const fromMs = begin.startMs + (begin.durationMs ?? 0)
    const toMs = Math.max(fromMs, end?.startMs ?? recording.durationMs)
    // A savepoint has an id of its own, and shares the connection of the transaction around it.
    const queries = inTransactions(fromMs, toMs).filter(
      ({ index, connection }) => index !== begin.index && index !== end?.index && connection === begin.connection,
    )
    return [{ begin, fromMs, toMs, queries }]
  })
}

/** Those that started between two times, in the order they were sent: a request may have hundreds of transactions. */
function byStart(queries: Repeats): (fromMs: number, toMs: number) => Repeats {
  const sorted = queries.toSorted((a, b) => a.startMs - b.startMs)
  return (fromMs, toMs) => {
    let [from, to] = [0, sorted.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((sorted[middle] as RecordedQuery).startMs < fromMs) from = middle + 1
      else to = middle
    }
    let end = from
    while (end < sorted.length && (sorted[end] as RecordedQuery).startMs <= toMs) end++
    return sorted.slice(from, end).sort((a, b) => a.index - b.index)
  }
}
