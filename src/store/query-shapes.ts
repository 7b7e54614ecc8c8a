import type { RecordedQuery } from '../model/query.js'
import { type Contents, NONE } from './contents.js'
import type { QueryShape } from './packed-queries.js'
import { QueryLooks } from './query-looks.js'

/** The shape of each query of a batch, its texts stored once. Equal shapes are one object. */
export function createQueryShapes(contents: Contents): QueryLooks<QueryShape> {
  return new QueryLooks(({ statement, fingerprint, fingerprintText, operation, callSite, connection }) => {
    const textId = contents.text(statement)
    const statementId = contents.statement(fingerprint, fingerprintText, operation, textId)
    const callSiteId = contents.callSite(callSite)
    const inferred = callSite?.source === 'inferred'
    return { textId, statementId, connection, callSiteId: callSiteId === NONE ? null : callSiteId, inferred }
  })
}

export type ShapeOf = (query: RecordedQuery) => QueryShape
