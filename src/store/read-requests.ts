import type { CappedTotal, Page } from '../model/page.js'
import type { RecordingSummary, RequestFilter, RequestMeasure } from '../model/request-list.js'
import { statesThatAreNotOpen } from './finding-state.js'
import { rowAt } from './read-request.js'
import { type Criterion, criteriaOf } from './request-conditions.js'
import { compare, HIGHEST, LOWEST, measureOf, type Place, placeOf, placeText } from './request-order.js'
import { summaryOf } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

/** So many recordings are taken up from an index at once, and put in order in memory. */
const TAKEN_ROWS = 20_000
/** How many rows one page looks at that goes along a list row by row; the next page goes on from there. */
const WALKED_ROWS = 20_000
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
  const list: List = { handle, criteria, by }
  const few = fewest(list)
  const source = few === null ? walking(list) : taking(list, few)
  const given = filter.before ?? filter.after
  const upwards = filter.before === undefined && (filter.after !== undefined || ascending)
  const start = upwards ? LOWEST : HIGHEST
  const stretch = source.next(upwards, given === undefined ? start : placeOf(handle, by, given), limit)
  const isNewest = given === undefined && by === 'time' && !ascending
  return {
    items: itemsOf(handle, upwards === ascending ? stretch.places : stretch.places.toReversed()),
    ...neighboursOf(list, source, { stretch, upwards, isFirst: given === undefined }),
    total: source.total(isNewest ? stretch : null),
    searchedTo: stretch.end === null || stretch.isFull ? null : readable(by, stretch.end),
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

interface List {
  readonly handle: StoreHandle
  readonly criteria: readonly Criterion[]
  readonly by: RequestMeasure
}

/** Up to so many places beyond one, in the order of the walk. */
interface Stretch {
  readonly places: readonly Place[]
  /** Where to go on; `null`: there is no more. */
  readonly end: Place | null
  readonly isEmpty: boolean
  readonly isFull: boolean
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
  const { handle, criteria, by } = list
  const { column } = measureOf(by)
  const where = allOf(criteria)
  const sql = `SELECT recordings.${column} AS value, recordings.number
    FROM (SELECT DISTINCT number FROM (${numbers?.sql})) AS taken
    CROSS JOIN recordings ON recordings.number = taken.number WHERE ${where.sql}`
  const rising = handle.all<Place>(sql, ...(numbers?.values ?? []), ...where.values).sort(compare)
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
    next: (upwards, from, limit) => walk(list, upwards, from, limit),
    total: (newest) => {
      if (newest === null || newest.isFull) return countBounded(list)
      return newest.end === null ? newest.places.length : null
    },
  }
}

function stretchOf(found: readonly Place[], limit: number, stoppedAt: Place | null): Stretch {
  const places = found.slice(0, limit)
  const end = found.length > limit ? (places.at(-1) ?? null) : stoppedAt
  return { places, end, isEmpty: places.length === 0 && end === null, isFull: places.length === limit }
}

function walk(list: List, upwards: boolean, from: Place, limit: number): Stretch {
  const bound = boundOf(list, upwards, from)
  const { handle, criteria } = list
  const path = pathOf(list)
  const side = upwards ? '>' : '<'
  const where = allOf(criteria)
  const within = bound === null ? '' : `AND ${path.place} ${upwards ? '<' : '>'}= ${path.marks}`
  const sql = `SELECT ${path.columns} FROM recordings ${path.index} WHERE ${path.place} ${side} ${path.marks} ${within}
    AND ${where.sql} ORDER BY ${path.order(upwards)} LIMIT ?`
  const bounds = [...path.values(from), ...(bound === null ? [] : path.values(bound))]
  const found = handle.all<Place>(sql, ...bounds, ...where.values, limit + 1)
  return stretchOf(found, limit, bound)
}

/** The last place that a walk may look at; `null`: it comes to the end before. */
function boundOf(list: List, upwards: boolean, from: Place): Place | null {
  const path = pathOf(list)
  const sql = `SELECT ${path.columns} FROM recordings ${path.index} WHERE ${path.place} ${upwards ? '>' : '<'} ${path.marks}
    AND ${path.along.sql} ORDER BY ${path.order(upwards)} LIMIT 1 OFFSET ?`
  return list.handle.get<Place>(sql, ...path.values(from), ...path.along.values, WALKED_ROWS - 1) ?? null
}

/** What a walk goes along: the table, one place in an index by time, or the index of a measure. */
function pathOf({ criteria, by }: List) {
  const { column, index } = measureOf(by)
  if (by !== 'time') {
    return {
      index,
      along: { sql: '1', values: [] as readonly unknown[] },
      columns: `recordings.${column} AS value, recordings.number`,
      place: `(recordings.${column}, recordings.number)`,
      marks: '(?, ?)',
      values: (place: Place): number[] => [place.value, place.number],
      order: (upwards: boolean): string =>
        upwards ? `${column}, recordings.number` : `${column} DESC, recordings.number DESC`,
    }
  }
  const onePlace = criteria.find(({ along }) => along !== null)
  return {
    index: onePlace?.along ?? index,
    along: onePlace ?? { sql: '1', values: [] },
    columns: 'recordings.number AS value, recordings.number',
    place: 'recordings.number',
    marks: '?',
    values: (place: Place): number[] => [place.number],
    order: (upwards: boolean): string => `recordings.number ${upwards ? 'ASC' : 'DESC'}`,
  }
}

/** Exact when the budget of a walk from the newest on reaches the oldest, or the cap. */
function countBounded(list: List): CappedTotal | null {
  const byTime: List = { ...list, by: 'time' }
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

function allOf(criteria: readonly Criterion[]): { readonly sql: string; readonly values: readonly unknown[] } {
  return {
    sql: criteria.map(({ sql }) => `(${sql})`).join(' AND '),
    values: criteria.flatMap(({ values }) => values),
  }
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

function textOf({ handle, by }: List, place: Place): string | null {
  const row = handle.get<{ id: Uint8Array | string }>('SELECT id FROM recordings WHERE number = ?', place.number)
  return row === undefined ? null : placeText(by, place, row.id)
}

/** 42 bits of milliseconds come before 11 others in a number. */
function readable(by: RequestMeasure, { value }: Place): number {
  return by === 'time' ? Math.floor(value / 2048) : value / measureOf(by).scale
}
