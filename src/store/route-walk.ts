import type { Place } from './request-order.js'
import { allOf, type RouteList, type Stretch, stretchOf, WALKED_ROWS } from './request-walk.js'
import { type RouteGroup, type RouteOrder, rowsOfRoute } from './route-order.js'

/**
 * A walk along the routes, and in each along its recordings: upwards from the first route on, the newest of each first.
 *
 * A route without recordings counts as one that was looked at: so there may be any number of either.
 */
export function walkRoutes(list: RouteList, upwards: boolean, from: Place, limit: number): Stretch {
  const found: Place[] = []
  let left = WALKED_ROWS
  for (const { group, rank } of groupsFrom(list.routes, upwards, from.value)) {
    const start = rank === from.value ? from.number : upwards ? Number.MAX_SAFE_INTEGER : -1
    const { count, last } = lookedAt(list, group, upwards, start, left)
    const placed = matching(list, group, { upwards, start, last, limit: limit + 1 - found.length })
    found.push(...placed.map((number) => ({ value: rank, number })))
    left -= Math.max(1, count)
    if (found.length > limit) break
    if (left <= 0) return stretchOf(found, limit, { value: rank, number: last ?? start })
  }
  return stretchOf(found, limit, null)
}

function groupsFrom(
  routes: RouteOrder,
  upwards: boolean,
  from: number,
): readonly { readonly group: RouteGroup; readonly rank: number }[] {
  const asked = routes
    .map((group, rank) => ({ group, rank }))
    .filter(({ group, rank }) => group.isAsked && (upwards ? rank >= from : rank <= from))
  return upwards ? asked : asked.reverse()
}

/** How many recordings of a group the budget allows to look at, and the last of them. */
function lookedAt(
  { handle }: RouteList,
  group: RouteGroup,
  upwards: boolean,
  start: number,
  budget: number,
): { readonly count: number; readonly last: number | null } {
  const { from, where, values } = rowsOfRoute(group)
  const sql = `SELECT count(*) AS count, ${upwards ? 'min' : 'max'}(number) AS last FROM (SELECT number FROM recordings ${from}
    WHERE ${where} AND number ${upwards ? '<' : '>'} ? ORDER BY number ${upwards ? 'DESC' : 'ASC'} LIMIT ?)`
  return handle.get(sql, ...values, start, budget) ?? { count: 0, last: null }
}

function matching(
  { handle, criteria }: RouteList,
  group: RouteGroup,
  at: { readonly upwards: boolean; readonly start: number; readonly last: number | null; readonly limit: number },
): readonly number[] {
  if (at.last === null) return []
  const { from, where, values } = rowsOfRoute(group)
  const all = allOf(criteria)
  const side = at.upwards ? 'number < ? AND number >= ? ' : 'number > ? AND number <= ?'
  const sql = `SELECT number FROM recordings ${from} WHERE ${where} AND ${side} AND ${all.sql}
    ORDER BY number ${at.upwards ? 'DESC' : 'ASC'} LIMIT ?`
  return handle
    .all<{ number: number }>(sql, ...values, at.start, at.last, ...all.values, at.limit)
    .map(({ number }) => number)
}
