import type { CappedTotal } from '../model/page.js'
import { NONE } from './contents.js'
import type { Criterion } from './request-conditions.js'
import { comparing, HIGHEST, measureOf, type Place } from './request-order.js'
import { allOf, boundOf, type List, type NumberList, pathOf, type Stretch, stretchOf, walk } from './request-walk.js'
import { withRanks } from './route-order.js'
import { walkRoutes } from './route-walk.js'
import type { StoreHandle } from './worker-connection.js'

/** So many recordings are taken up from an index at once, and put in order in memory. */
const TAKEN_ROWS = 20_000
const COUNTED_ROWS = 10_000

export interface Source {
  next(upwards: boolean, from: Place, limit: number): Stretch
  /** @param newest the newest page, if that is what was asked for: one that is not full tells the total itself */
  total(newest: Stretch | null): CappedTotal | null
}

/** Where the rows of a list come from: taken at once where an index leads to few, else along the order itself. */
export function sourceOf(list: List): Source {
  const few = fewest(list)
  return few === null ? walking(list) : taking(list, few)
}

/** The criterion whose index leads to the fewest recordings; `null`: none leads to few. */
function fewest({ handle, criteria }: List): Criterion | null {
  let few: Criterion | null = null
  let least = TAKEN_ROWS
  for (const criterion of criteria) {
    if (criterion.numbers === null) continue
    const { sql, values } = criterion.numbers
    const count = countOf(handle, `SELECT count(*) FROM (${sql} LIMIT ?)`, ...values, least + 1)
    if (count > least) continue
    few = criterion
    least = count
  }
  return few
}

function taking(list: List, { numbers }: Criterion): Source {
  const { handle, criteria, by, routes } = list
  const compare = comparing(by)
  const column = by === 'route' ? `ifnull(recordings.route_id, ${NONE})` : `recordings.${measureOf(by).column}`
  const where = allOf(criteria)
  const sql = `SELECT ${column} AS value, recordings.number
    FROM (SELECT DISTINCT number FROM (${numbers?.sql})) AS taken
    CROSS JOIN recordings ON recordings.number = taken.number WHERE ${where.sql}`
  const found = handle.all<Place>(sql, ...(numbers?.values ?? []), ...where.values)
  const rising = (routes === null ? found : withRanks(routes, found)).sort(compare)
  const falling = rising.toReversed()
  return {
    next: (upwards, from, limit) => {
      const beyond = upwards
        ? rising.filter((place) => compare(place, from) > 0)
        : falling.filter((place) => compare(place, from) < 0)
      return stretchOf(beyond.slice(0, limit + 1), limit, null)
    },
    total: () => capped(rising.length),
  }
}

function walking(list: List): Source {
  return {
    next: (upwards, from, limit) =>
      list.routes === null ? walk(list, upwards, from, limit) : walkRoutes(list, upwards, from, limit),
    total: (newest) => {
      if (newest === null || newest.isFull) return countBounded(list)
      return newest.end === null ? newest.places.length : null
    },
  }
}

/** Exact when the budget of a walk from the newest on reaches the oldest, or the cap. */
function countBounded(list: List): CappedTotal | null {
  const byTime: NumberList = { ...list, by: 'time', routes: null }
  const bound = boundOf(byTime, false, HIGHEST)
  const where = allOf(list.criteria)
  const sql = `SELECT count(*) FROM (SELECT 1 FROM recordings ${pathOf(byTime).index}
    WHERE recordings.number >= ? AND ${where.sql} LIMIT ${COUNTED_ROWS + 1})`
  const count = countOf(list.handle, sql, bound?.number ?? 0, ...where.values)
  return bound === null || count > COUNTED_ROWS ? capped(count) : null
}

function capped(count: number): CappedTotal {
  return count > COUNTED_ROWS ? '10000+' : count
}

function countOf(handle: StoreHandle, sql: string, ...values: readonly unknown[]): number {
  return handle
    .prepare(sql)
    .pluck()
    .get(...values) as number
}
