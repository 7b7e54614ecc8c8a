import type { FindingKind } from '../model/finding-kind.js'
import type { RecordedQuery } from '../model/query.js'

/** The queries as a detector may see them: without those that the app has said to be no finding of its kind. */
export function withoutIgnored(queries: readonly RecordedQuery[], kind: FindingKind): readonly RecordedQuery[] {
  const isIgnored = ({ evidence: { ignoredKinds } }: RecordedQuery): boolean =>
    ignoredKinds.length > 0 && (ignoredKinds.includes('all') || ignoredKinds.includes(kind))
  return queries.some(isIgnored) ? queries.filter((query) => !isIgnored(query)) : queries
}
