import type { QueryLog } from './query-log.js'

const MAX_CHARS = 1_000

/**
 * What went wrong with a query, in the driver's own words; `null`: nothing. knex puts the whole SQL with its values in
 * front of the driver's message (`select … where token = 'abc' - no such table`), which would put secrets past masking:
 * only what follows the last separator is kept.
 *
 * @param closedMs when the recording was closed, on the same clock as the query's times
 */
export function queryError(log: QueryLog, at: number, closedMs: number): string | null {
  const rare = log.rare[at]
  if (!rare) return null
  if (rare.error !== undefined) return driverMessage(rare.error)
  const { timeoutMs } = rare
  if (timeoutMs === null) return null
  const ranMs = (log.endMs(at) ?? closedMs) - log.startMs(at)
  // knex gives up on its own clock; the driver's answer comes later or never.
  return ranMs >= timeoutMs ? `timed out after ${timeoutMs} ms (the query's own timeout)` : null
}

/** The message of what was thrown, without the SQL that knex puts in front of it. Never throws. */
export function driverMessage(error: unknown): string {
  const message = messageOf(error)
  const separator = message.lastIndexOf(' - ')
  const text = separator === -1 ? message : message.slice(separator + 3)
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text
}

function messageOf(error: unknown): string {
  try {
    const { message } = error as { readonly message?: unknown }
    return typeof message === 'string' ? message : String(error)
  } catch {
    return 'an error that cannot be shown'
  }
}
