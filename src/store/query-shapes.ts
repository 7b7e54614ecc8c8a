import type { RecordedQuery } from '../model/query.js'
import { type Contents, NONE } from './contents.js'
import type { QueryShape } from './packed-queries.js'

/**
 * The shape of each query of a batch, its texts stored once. Equal shapes are one object, so that packing and adding
 * up compare identities; a query that looks like one before it costs one look-up.
 */
export class QueryShapes {
  readonly #contents: Contents
  readonly #byStatement = new Map<string, { query: RecordedQuery; shape: QueryShape }[]>()

  constructor(contents: Contents) {
    this.#contents = contents
  }

  readonly of = (query: RecordedQuery): QueryShape => {
    const known = this.#byStatement.get(query.statement) ?? []
    for (const candidate of known) if (isAlike(candidate.query, query)) return candidate.shape
    const shape = this.#make(query)
    if (known.length === 0) this.#byStatement.set(query.statement, known)
    known.push({ query, shape })
    return shape
  }

  #make({ statement, fingerprint, fingerprintText, operation, callSite, connection }: RecordedQuery): QueryShape {
    const textId = this.#contents.text(statement)
    const statementId = this.#contents.statement(fingerprint, fingerprintText, operation, textId)
    const callSiteId = this.#contents.callSite(callSite)
    const inferred = callSite?.source === 'inferred'
    return { textId, statementId, connection, callSiteId: callSiteId === NONE ? null : callSiteId, inferred }
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
