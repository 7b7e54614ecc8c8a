import type { CappedTotal } from '../../model/page.js'

/** The shape of all lists: `next` and `previous` are addresses, `null` where there is no such page; `total`: `null` where it is not known. */
export function listJson(
  items: readonly object[],
  total: CappedTotal | null,
  next: string | null = null,
  previous: string | null = null,
): object {
  return { items, next, previous, total }
}
