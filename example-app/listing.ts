import type { Knex } from 'knex'

export interface Listing {
  limit?: number | undefined
  offset?: number | undefined
  /** Part of the name, in upper or lower case. */
  search?: string | undefined
}

/** Narrows a query on a table with `id` and `name` to one page, in the order of the ids. */
export function applyListing(query: Knex.QueryBuilder, { limit, offset, search }: Listing): void {
  query.orderBy('id')
  // lower() on both sides: LIKE minds the case on PostgreSQL and not on SQLite.
  if (search) query.whereRaw(`lower(name) like lower(?) escape '!'`, `%${search.replace(/[!%_]/g, '!$&')}%`)
  if (limit !== undefined) query.limit(limit)
  if (offset !== undefined) query.offset(offset)
}
