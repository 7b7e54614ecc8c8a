import { JOB_METHOD } from '../model/recording.js'
import type { RequestFilter } from '../model/request-list.js'
import { NONE } from './contents.js'
import { findRow } from './read-request.js'
import type { Place } from './request-order.js'
import { kindNumber } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

/** The recordings of one method and route. */
export interface RouteGroup {
  /** `NONE`: those that belong to no request and no job. */
  readonly id: number
  /** `/orders/:id`, without a method; `null`: no route matched. */
  readonly route: string | null
  readonly method: string
  /** Whether the filter lets any of them through, as far as the route tells. */
  readonly isAsked: boolean
}

/**
 * All routes in the order of their text, then of their method; what no route matched comes last. In this order a place
 * has the rank of its route as its value, and within a route the newest recording comes first.
 *
 * Routes are few, and an index leads from each to its recordings in the order of time: so the order costs nothing when
 * recordings are written, as an index on the addresses would.
 */
export type RouteOrder = readonly RouteGroup[]

export function routeOrderOf(handle: StoreHandle, filter: RequestFilter): RouteOrder {
  const found = handle.all<{ id: number; method: string; route: string | null }>('SELECT id, method, route FROM routes')
  const groups = found.map((one) => ({ ...one, isAsked: isAsked(one, filter) })).sort(byText)
  return [...groups, { id: NONE, route: null, method: '', isAsked: filter.kind === 'background' }]
}

function isAsked({ method, route }: Pick<RouteGroup, 'method' | 'route'>, filter: RequestFilter): boolean {
  const kind = method === JOB_METHOD ? 'job' : 'request'
  return (
    (filter.kind === undefined || filter.kind === kind) &&
    (filter.method === undefined || filter.method === method) &&
    (filter.route === undefined || filter.route === route)
  )
}

function byText(a: RouteGroup, b: RouteGroup): number {
  if (a.route === b.route) return a.method < b.method ? -1 : 1
  if (a.route === null || b.route === null) return a.route === null ? 1 : -1
  return a.route < b.route ? -1 : 1
}

/** As it stands in addresses: by the route itself, since ranks change with each route that is new. */
export function routePlaceText(routes: RouteOrder, { value, number }: Place): string {
  return `${routes[value]?.id ?? NONE}:${number}`
}

/** @returns the place that a text, or the id of a recording, names; `null`: its route is not there any more */
export function routePlaceOf(handle: StoreHandle, routes: RouteOrder, text: string): Place | null {
  const [, id, number] = /^(\d{1,16}):(\d{1,16})$/.exec(text) ?? []
  const row = id === undefined ? findRow(handle, text) : undefined
  const wanted = id === undefined ? (row?.route_id ?? NONE) : Number(id)
  const value = routes.findIndex((group) => group.id === wanted)
  if (value === -1 || (id === undefined && row === undefined)) return null
  return { value, number: row?.number ?? Number(number) }
}

/** What a group has of the rows of `recordings`, by the index that is in the order of time within it. */
export function rowsOfRoute({ id }: RouteGroup): {
  readonly from: string
  readonly where: string
  readonly values: readonly number[]
} {
  if (id !== NONE) return { from: 'INDEXED BY recordings_route', where: 'route_id = ?', values: [id] }
  return { from: 'NOT INDEXED', where: `route_id IS NULL AND kind = ${kindNumber('background')}`, values: [] }
}

/** Places whose value is the id of their route, by its rank. */
export function withRanks(routes: RouteOrder, places: readonly Place[]): Place[] {
  const ranks = new Map(routes.map(({ id }, rank) => [id, rank]))
  return places.map(({ value, number }) => ({ value: ranks.get(value) ?? routes.length, number }))
}

/** As a person reads it. */
export function routeText(group: RouteGroup | undefined): string {
  return `${group?.method ?? ''} ${group?.route ?? '(no route)'}`.trim()
}
