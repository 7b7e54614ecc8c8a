import type { RecordedQuery } from '../model/query.js'
import { finish, type Steps } from '../model/steps.js'
import { draftQueries, type QueryDraft } from './pack-queries.js'
import { QueryLooks } from './query-looks.js'
import { addUse, emptySums, type UseSums } from './statement-uses.js'

/** What is made of a recording's queries before they are written, for which no store is needed. */
export interface PreparedQueries {
  readonly draft: QueryDraft<RecordedQuery>
  /** By the first query of each look. */
  readonly uses: ReadonlyMap<RecordedQuery, UseSums>
}

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

function* prepare(queries: readonly RecordedQuery[]): Steps<PreparedQueries> {
  const looks = new QueryLooks((first) => first)
  const uses = new Map<RecordedQuery, UseSums>()
  const lookOf = (query: RecordedQuery): RecordedQuery => {
    const look = looks.of(query)
    let sums = uses.get(look)
    if (sums === undefined) {
      sums = emptySums()
      uses.set(look, sums)
    }
    addUse(sums, query)
    return look
  }
  return { draft: yield* draftQueries(queries, lookOf), uses }
}

const NOTHING = finish(prepare([]))
