import type { Condition, Criterion } from './request-conditions.js'
import { measureOf, type NumberMeasure, type Place } from './request-order.js'
import type { RouteOrder } from './route-order.js'
import type { StoreHandle } from './worker-connection.js'

/** How many rows one page looks at that goes along a list row by row; the next page goes on from there. */
export const WALKED_ROWS = 20_000

interface Asked {
  readonly handle: StoreHandle
  readonly criteria: readonly Criterion[]
}

/** A list in the order of a number that each recording has. */
export interface NumberList extends Asked {
  readonly by: NumberMeasure
  readonly routes: null
}

/** A list in the order of the routes. */
export interface RouteList extends Asked {
  readonly by: 'route'
  readonly routes: RouteOrder
}

export type List = NumberList | RouteList

/** Up to so many places beyond one, in the order of the walk. */
export interface Stretch {
  readonly places: readonly Place[]
  /** Where to go on; `null`: there is no more. */
  readonly end: Place | null
  readonly isEmpty: boolean
  readonly isFull: boolean
}

export function stretchOf(found: readonly Place[], limit: number, stoppedAt: Place | null): Stretch {
  const places = found.slice(0, limit)
  const end = found.length > limit ? (places.at(-1) ?? null) : stoppedAt
  return { places, end, isEmpty: places.length === 0 && end === null, isFull: places.length === limit }
}

export function walk(list: NumberList, upwards: boolean, from: Place, limit: number): Stretch {
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
export function boundOf(list: NumberList, upwards: boolean, from: Place): Place | null {
  const path = pathOf(list)
  const sql = `SELECT ${path.columns} FROM recordings ${path.index} WHERE ${path.place} ${upwards ? '>' : '<'} ${path.marks}
    AND ${path.along.sql} ORDER BY ${path.order(upwards)} LIMIT 1 OFFSET ?`
  return list.handle.get<Place>(sql, ...path.values(from), ...path.along.values, WALKED_ROWS - 1) ?? null
}

interface Path {
  readonly index: string
  readonly along: Condition
  readonly columns: string
  readonly place: string
  readonly marks: string
  values(place: Place): number[]
  order(upwards: boolean): string
}

/** What a walk goes along: the table, one place in an index by time, or the index of a measure. */
export function pathOf({ criteria, by }: NumberList): Path {
  const { column, index } = measureOf(by)
  if (by !== 'time') {
    return {
      index,
      along: { sql: '1', values: [] },
      columns: `recordings.${column} AS value, recordings.number`,
      place: `(recordings.${column}, recordings.number)`,
      marks: '(?, ?)',
      values: (place) => [place.value, place.number],
      order: (upwards) => (upwards ? `${column}, recordings.number` : `${column} DESC, recordings.number DESC`),
    }
  }
  const onePlace = criteria.find(({ along }) => along !== null)
  return {
    index: onePlace?.along ?? index,
    along: onePlace ?? { sql: '1', values: [] },
    columns: 'recordings.number AS value, recordings.number',
    place: 'recordings.number',
    marks: '?',
    values: (place) => [place.number],
    order: (upwards) => `recordings.number ${upwards ? 'ASC' : 'DESC'}`,
  }
}

export function allOf(criteria: readonly Criterion[]): Condition {
  return {
    sql: criteria.map(({ sql }) => `(${sql})`).join(' AND '),
    values: criteria.flatMap(({ values }) => values),
  }
}
