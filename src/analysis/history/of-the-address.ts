import type { HistoryRecording } from '../../model/history.js'
import type { RecordedQuery } from '../../model/query.js'
import { pathOf, searchOf } from '../../model/url.js'

/**
 * Whether the values come from the address, and every request had the same one: somebody loads one page again and
 * again, which says nothing of the next page. Where addresses differ and the values do not, they are worth caching.
 */
export function isOfTheAddress({ bindings }: RecordedQuery, recordings: readonly HistoryRecording[]): boolean {
  const urls = new Set(recordings.map(({ request }) => request.url))
  const [url] = urls
  if (urls.size !== 1 || url === undefined) return false
  const parts = new Set(partsOf(url))
  return (bindings ?? []).some((value) => value !== null && parts.has(String(value)))
}

/** Segments of the path, and values of the query string. */
function partsOf(url: string): readonly string[] {
  const values = new URLSearchParams(searchOf(url)).values()
  return [...pathOf(url).split('/').map(decoded), ...values].filter((part) => part !== '')
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
