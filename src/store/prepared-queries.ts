import type { RecordedQuery } from '../model/query.js'
import { finish, type Steps } from '../model/steps.js'
import { draftQueries, type QueryDraft } from './pack-queries.js'
import { QueryLooks } from './query-looks.js'
import { addUse, emptyUse, type LookUse } from './statement-uses.js'

/** What is made of a recording's queries before they are written, for which no store is needed. */
export type PreparedQueries = QueryDraft<LookUse>

/** Of these a batch cannot be written at one go: what can be done before is done in steps. */
const LONG = 1_000

const prepared = new WeakMap<readonly RecordedQuery[], PreparedQueries>()

/** Prepares the queries of a long recording, pausing at each `yield`; those of others are when they are written. */
export function* prepareLong(queries: readonly RecordedQuery[]): Steps<void> {
  if (queries.length > LONG) prepared.set(queries, yield* prepare(queries))
}

export function preparedOf(queries: readonly RecordedQuery[]): PreparedQueries {
  if (queries.length === 0) return NOTHING
  return prepared.get(queries) ?? finish(prepare(queries))
}

function prepare(queries: readonly RecordedQuery[]): Steps<PreparedQueries> {
  const looks = new QueryLooks(emptyUse)
  return draftQueries(queries, (query) => {
    const look = looks.of(query)
    addUse(look, query)
    return look
  })
}

const NOTHING = finish(prepare([]))
