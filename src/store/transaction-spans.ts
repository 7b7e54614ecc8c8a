import type { RecordedQuery } from '../model/query.js'
import type { TransactionSpan } from '../model/request-view.js'
import { endOf } from './fold-queries.js'

/** The transactions of a recording in the order of their first statements, which number them. */
export function transactionSpans(queries: readonly RecordedQuery[]): readonly TransactionSpan[] {
  const byId = new Map<string, RecordedQuery[]>()
  for (const query of queries) {
    if (query.transactionId === null) continue
    const known = byId.get(query.transactionId)
    if (known === undefined) byId.set(query.transactionId, [query])
    else known.push(query)
  }
  return [...byId].map(([id, own], index) => ({
    label: `T${index + 1}`,
    id,
    fromMs: own.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY),
    toMs: own.reduce((most, query) => Math.max(most, endOf(query)), 0),
    queryCount: own.filter(({ operation }) => operation !== 'transaction').length,
    end: endingOf(own),
  }))
}

/** A savepoint that is rolled back or released ends none. */
function endingOf(own: readonly RecordedQuery[]): TransactionSpan['end'] {
  const last = own.findLast(({ operation }) => operation === 'transaction')?.statement ?? ''
  if (/^\s*(?:commit|end)\b/i.test(last)) return 'commit'
  return /^\s*rollback\b(?!.*\bto\b)/i.test(last) ? 'rollback' : null
}
