import type { Page } from '../model/page.js'
import type { RecordingSummary, RequestFilter } from '../model/request-list.js'
import { statesThatAreNotOpen } from './finding-state.js'
import { rowAt } from './read-request.js'
import { criteriaOf } from './request-conditions.js'
import { HIGHEST, LOWEST, measureOf, type Place, placeOf, placeText } from './request-order.js'
import { type Source, sourceOf } from './request-source.js'
import type { List, Stretch } from './request-walk.js'
import { routeOrderOf, routePlaceOf, routePlaceText, routeText } from './route-order.js'
import { summaryOf } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

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
  const source = sourceOf(list)
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
