import type { SentQuery } from './query-time-sites.js'
import type { CaseRun } from './record.js'

/**
 * What was seen at the driver of each recorded query, by its index: both are in the order of sending, statement by
 * statement. Those that another instance of knex sent have not been seen.
 */
export function sentByIndex({ recording, sent }: CaseRun): ReadonlyMap<number, SentQuery> {
  const waiting = new Map<string, SentQuery[]>()
  for (const query of sent) {
    const same = waiting.get(query.sql)
    if (same === undefined) waiting.set(query.sql, [query])
    else same.push(query)
  }
  const found = new Map<number, SentQuery>()
  for (const { index, statement } of recording.queries) {
    const next = waiting.get(statement)?.shift()
    if (next) found.set(index, next)
  }
  return found
}
