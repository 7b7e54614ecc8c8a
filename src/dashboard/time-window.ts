import type * as v from 'valibot'
import type { TimeWindow } from '../model/time-window.js'
import { oneOf } from './page-query.js'

/** Windows that pages offer, as they stand in an address. */
export type WindowName = '1h' | '24h' | 'all'
export const WINDOWS: readonly ['1h', '24h', 'all'] = ['1h', '24h', 'all']

export const DEFAULT_WINDOW: WindowName = '24h'
export const windowSchema: v.GenericSchema<WindowName> = oneOf(WINDOWS)

const LENGTH_MS: Readonly<Record<WindowName, number | null>> = { '1h': 3_600_000, '24h': 86_400_000, all: null }
const TITLE: Readonly<Record<WindowName, string>> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  all: 'Everything recorded',
}

/** The window as the reader understands it, open at its newer end. */
export function timeWindow(name: WindowName, now: number): TimeWindow {
  const lengthMs = LENGTH_MS[name]
  return { since: lengthMs === null ? null : now - lengthMs, until: null }
}

export function windowTitle(name: WindowName): string {
  return TITLE[name]
}

export function windowJson(name: WindowName, window: TimeWindow): object {
  const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
  return { name, since: iso(window.since), until: iso(window.until) }
}
