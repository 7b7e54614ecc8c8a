import type { RecordedQuery } from '../model/query.js'
import type { QuerySlice, RequestView, ShownStatement } from '../model/request-view.js'
import type { StatementUse, StoredRecording } from '../model/stored-recording.js'
import { endOf, foldQueries } from './fold-queries.js'
import { transactionSpans } from './transaction-spans.js'

const MAX_STATEMENTS = 100
const MAX_FOLDS = 100
const MAX_TRANSACTIONS = 50

/** Cuts a recording down to what its page shows. Runs in the worker: O(n log n) over its queries. */
export function requestView(stored: StoredRecording, slice: QuerySlice | null): RequestView {
  const { recording, statements, badges, occurrences } = stored
  const { queries, ...head } = recording
  const openKeys = new Set(badges.filter(({ state }) => state === 'open').map(({ key }) => key))
  const open = occurrences.filter(({ findingKey }) => openKeys.has(findingKey))
  const axisMs = queries.reduce((end, query) => Math.max(end, endOf(query)), Math.max(recording.durationMs, 0.001))
  const folds = foldQueries(queries, new Set(open.flatMap(({ queryIndexes }) => queryIndexes)), axisMs, MAX_FOLDS)
  const transactions = transactionSpans(queries)
  const { fingerprint } = slice ?? {}
  const matching = fingerprint === undefined ? queries : queries.filter((query) => query.fingerprint === fingerprint)
  return {
    ...stored,
    recording: head,
    keptCount: queries.length,
    statements: shownStatements(statements, queries),
    statementCount: statements.length,
    distinctCount: statements.filter(({ operation }) => operation !== 'transaction').length,
    rowCount: statements.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0),
    resultBytes: sumKnown(queries),
    axisMs,
    ...folds,
    transactions: transactions.slice(0, MAX_TRANSACTIONS),
    transactionCount: transactions.length,
    queries: slice === null ? [] : matching.slice(slice.from, slice.from + slice.limit),
    matchingCount: matching.length,
  }
}

function shownStatements(uses: readonly StatementUse[], queries: readonly RecordedQuery[]): readonly ShownStatement[] {
  const shown = uses.toSorted((left, right) => right.totalMs - left.totalMs).slice(0, MAX_STATEMENTS)
  const bySite = new Map<string, RecordedQuery[]>(shown.map((use) => [siteKey(use), []]))
  for (const query of queries) bySite.get(siteKey(query))?.push(query)
  return shown.map((use) => {
    const same = bySite.get(siteKey(use)) ?? []
    return { ...use, first: same[0] ?? null, resultBytes: sumKnown(same) }
  })
}

function siteKey({ fingerprint, callSite }: Pick<RecordedQuery, 'fingerprint' | 'callSite'>): string {
  return callSite === null ? fingerprint : `${fingerprint} ${callSite.line}:${callSite.column} ${callSite.file}`
}

/** `null`: the size is not known of any. */
function sumKnown(queries: readonly RecordedQuery[]): number | null {
  return queries.reduce<number | null>(
    (sum, { resultBytes }) => (resultBytes === null ? sum : (sum ?? 0) + resultBytes),
    null,
  )
}
