import type { CappedTotal, Page } from '../model/page.js'
import type { RecordingSummary, RequestFilter } from '../model/request-list.js'
import { NONE } from './contents.js'
import { statesThatAreNotOpen } from './finding-state.js'
import { rowAt } from './read-request.js'
import { type Criterion, criteriaOf } from './request-conditions.js'
import { comparing, HIGHEST, LOWEST, measureOf, type Place, placeOf, placeText } from './request-order.js'
import { allOf, boundOf, type List, type NumberList, pathOf, type Stretch, stretchOf, walk } from './request-walk.js'
import { routeOrderOf, routePlaceOf, routePlaceText, routeText, withRanks } from './route-order.js'
import { walkRoutes } from './route-walk.js'
import { summaryOf } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

/** So many recordings are taken up from an index at once, and put in order in memory. */
const TAKEN_ROWS = 20_000
const COUNTED_ROWS = 10_000
const LARGEST_PAGE = 200

/**
 * One page of a list, in any order, at any number of recordings.
 *
 * Where an index leads to at most 20,000 recordings, these are taken, and filtered by all else: the page and its total
 * are exact. Otherwise matches are frequent, and a walk along the order itself meets them soon; one that does not stops
 * after its budget, and tells how far it came. So a page far back costs what the first one does.
 */
export function readRequests(handle: StoreHandle, filter: RequestFilter): Page<RecordingSummary> {
  const criteria = criteriaOf(handle, filter)
  const { by, ascending } = filter.order ?? { by: 'time', ascending: false }
  const limit = Math.min(Math.max(1, Math.trunc(filter.limit)), LARGEST_PAGE)
  const list: List =
    by === 'route'
      ? { handle, criteria, by, routes: routeOrderOf(handle, filter) }
      : { handle, criteria, by, routes: null }
  const few = fewest(list)
  const source = few === null ? walking(list) : taking(list, few)
  const given = filter.before ?? filter.after
  const upwards = filter.before === undefined && (filter.after !== undefined || ascending)
  const start = upwards ? LOWEST : HIGHEST
  const stretch = source.next(upwards, given === undefined ? start : (placeIn(list, given) ?? start), limit)
  const isNewest = given === undefined && by === 'time' && !ascending
  return {
    items: itemsOf(handle, upwards === ascending ? stretch.places : stretch.places.toReversed()),
    ...neighboursOf(list, source, { stretch, upwards, isFirst: given === undefined }),
    total: source.total(isNewest ? stretch : null),
    searchedTo: stretch.end === null || stretch.isFull ? null : readable(list, stretch.end),
  }
}

/** A walk goes on at its end; on the other side of where it began there is something, or nothing. */
function neighboursOf(
  list: List,
  source: Source,
  walked: { readonly stretch: Stretch; readonly upwards: boolean; readonly isFirst: boolean },
): Pick<Page<unknown>, 'nextBefore' | 'previousAfter'> {
  const { stretch, upwards, isFirst } = walked
  const [nearest] = stretch.places
  const isBack = !isFirst && nearest !== undefined && !source.next(!upwards, nearest, 1).isEmpty
  const back = isBack ? textOf(list, nearest) : null
  const on = stretch.end === null ? null : textOf(list, stretch.end)
  return upwards ? { nextBefore: back, previousAfter: on } : { nextBefore: on, previousAfter: back }
}

interface Source {
  next(upwards: boolean, from: Place, limit: number): Stretch
  /** @param newest the newest page, if that is what was asked for: one that is not full tells the total itself */
  total(newest: Stretch | null): CappedTotal | null
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

function itemsOf(handle: StoreHandle, places: readonly Place[]): RecordingSummary[] {
  const states = statesThatAreNotOpen(handle)
  return places.flatMap(({ number }) => {
    const row = rowAt(handle, number)
    return row === undefined ? [] : [summaryOf(row, states)]
  })
}

function textOf(list: List, place: Place): string | null {
  if (list.routes !== null) return routePlaceText(list.routes, place)
  const row = list.handle.get<{ id: Uint8Array | string }>('SELECT id FROM recordings WHERE number = ?', place.number)
  return row === undefined ? null : placeText(list.by, place, row.id)
}

/** `null`: what it names is gone, and nobody can tell where it stood. */
function placeIn(list: List, text: string): Place | null {
  if (list.routes !== null) return routePlaceOf(list.handle, list.routes, text)
  return placeOf(list.handle, list.by, text)
}

/** 42 bits of milliseconds come before 11 others in a number. */
function readable(list: List, { value }: Place): number | string {
  if (list.routes !== null) return routeText(list.routes[value])
  return list.by === 'time' ? Math.floor(value / 2048) : value / measureOf(list.by).scale
}
