import type { RecordedQuery } from '../model/query.js'

/**
 * Groups queries by what is stored once for all of them: statement, call site and connection. The first of each group
 * stands for it.
 */
export class QueryLooks<Of> {
  readonly #byStatement = new Map<string, { readonly query: RecordedQuery; readonly of: Of }[]>()
  readonly #make: (first: RecordedQuery) => Of

  constructor(make: (first: RecordedQuery) => Of) {
    this.#make = make
  }

  readonly of = (query: RecordedQuery): Of => {
    const known = this.#byStatement.get(query.statement) ?? []
    for (const candidate of known) if (isAlike(candidate.query, query)) return candidate.of
    const of = this.#make(query)
    if (known.length === 0) this.#byStatement.set(query.statement, known)
    known.push({ query, of })
    return of
  }
}

function isAlike(a: RecordedQuery, b: RecordedQuery): boolean {
  if (a.connection !== b.connection) return false
  if (a.callSite === b.callSite) return true
  if (a.callSite === null || b.callSite === null) return false
  return (
    a.callSite.line === b.callSite.line &&
    a.callSite.column === b.callSite.column &&
    a.callSite.source === b.callSite.source &&
    a.callSite.file === b.callSite.file &&
    a.callSite.function === b.callSite.function
  )
}
