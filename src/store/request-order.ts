import type { RequestMeasure } from '../model/request-list.js'
import { findRow } from './read-request.js'
import { numberOfId, unpackId } from './recording-number.js'
import type { StoreHandle } from './worker-connection.js'

/** How the list walks along `recordings` by one measure. */
export interface Measure {
  /** By time, the rowid itself. */
  readonly column: string
  /** Which index the walk goes along. */
  readonly index: string
  /** Of one unit of the measure as pages name it. */
  readonly scale: number
}

/** A measure that is a number of each recording: by route, a list goes along the routes (src/store/route-order.ts). */
export type NumberMeasure = Exclude<RequestMeasure, 'route'>

const MEASURES: Readonly<Record<NumberMeasure, Measure>> = {
  time: { column: 'number', index: 'NOT INDEXED', scale: 1 },
  duration: { column: 'duration_us', index: 'INDEXED BY recordings_duration_us', scale: 1000 },
  queries: { column: 'query_count', index: 'INDEXED BY recordings_query_count', scale: 1 },
  sql: { column: 'sql_wall_us', index: 'INDEXED BY recordings_sql_wall_us', scale: 1000 },
}

export function measureOf(by: NumberMeasure): Measure {
  return MEASURES[by]
}

/** Where a recording stands in a list: by value, and by number among equals. By time both are its number; by route, its rank. */
export interface Place {
  readonly value: number
  readonly number: number
}

/** The ends of every order. */
export const LOWEST: Place = { value: -1, number: -1 }
export const HIGHEST: Place = { value: Number.MAX_SAFE_INTEGER, number: Number.MAX_SAFE_INTEGER }

/** From the first route on, the newest recording of each comes first. */
export function comparing(by: RequestMeasure): (a: Place, b: Place) => number {
  const sign = by === 'route' ? -1 : 1
  return (a, b) => a.value - b.value || sign * (a.number - b.number)
}

/** A place as it stands in addresses: an id, with the value before it where the order is not that of time. */
export function placeText(by: NumberMeasure, { value }: Place, id: Uint8Array | string): string {
  return by === 'time' ? unpackId(id) : `${value}:${unpackId(id)}`
}

/** The place that a text names, or would name if its recording had not been deleted meanwhile. */
export function placeOf(handle: StoreHandle, by: NumberMeasure, text: string): Place {
  const [, value, id = text] = /^(\d{1,16}):(.+)$/.exec(text) ?? []
  const row = findRow(handle, id)
  const number = row?.number ?? numberOfId(id)
  if (by === 'time') return { value: number, number }
  if (value !== undefined) return { value: Number(value), number }
  const { column } = MEASURES[by]
  return { value: row === undefined ? HIGHEST.value : (row[column as 'duration_us'] as number), number }
}
