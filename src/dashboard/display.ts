import type { CallSite } from '../model/call-site.js'
import type { CappedTotal } from '../model/page.js'

/** A number as people read it, apart from its unit so that both can be set in their own type. */
export interface Quantity {
  readonly value: string
  readonly unit: string
}

/** A point in time: relative for reading, exact for the hover text, ISO for programs. */
export interface Moment {
  readonly iso: string
  readonly exact: string
  readonly relative: string
}

/** A place in the code: the directory may be cut off where room is short, `file:line` never is. */
export interface Place {
  readonly directory: string
  readonly base: string
  readonly full: string
  readonly inferred: boolean
  /** `null`: no link to an editor. */
  readonly editorHref: string | null
}

/** A piece of a recorded value; `redacted` pieces were removed before they were stored. */
export interface ValuePart {
  readonly text: string
  readonly redacted: boolean
}

const NONE: Quantity = { value: '–', unit: '' }

/** 1284 → `1,284`. The first use of `Intl` in a process takes several milliseconds of the app's time. */
function thousands(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** 1284 → `1,284`; `null` → `–`. */
export function count(value: number | null): string {
  return value === null ? '–' : thousands(value)
}

/** How many of something there are per something else: `4.2`, `1,200`. */
export function perText(value: number): string {
  return value < 10 ? String(Number(value.toFixed(1))) : count(value)
}

/** `10000+` → `10,000+`. */
export function total(value: CappedTotal | null): string {
  return value === '10000+' ? '10,000+' : count(value)
}

/**
 * Milliseconds below one second, seconds above: 41.24 → `41.2 ms`, 11544 → `11.5 s`.
 *
 * @param digits decimals of the milliseconds: 1 for sums and requests, 2 for single queries.
 */
export function duration(ms: number | null, digits: 1 | 2 = 1): Quantity {
  if (ms === null || !Number.isFinite(ms)) return NONE
  // 999.96 would otherwise be shown as "1000.0 ms".
  if (Math.abs(ms) < 999.95) return { value: signed(ms.toFixed(digits)), unit: 'ms' }
  const seconds = ms / 1000
  if (Math.abs(seconds) < 99.95) return { value: signed(seconds.toFixed(1)), unit: 's' }
  return { value: signed(thousands(seconds)), unit: 's' }
}

/** A duration in one string: `41.2 ms`. */
export function durationText(ms: number | null, digits: 1 | 2 = 1): string {
  return quantityText(duration(ms, digits))
}

/** Decimal bytes: 318 → `318 B`, 53118 → `53.1 kB`. */
export function bytes(size: number | null): Quantity {
  if (size === null) return NONE
  if (size < 1000) return { value: String(size), unit: 'B' }
  if (size < 999_950) return { value: (size / 1e3).toFixed(1), unit: 'kB' }
  if (size < 999_950_000) return { value: (size / 1e6).toFixed(1), unit: 'MB' }
  return { value: (size / 1e9).toFixed(1), unit: 'GB' }
}

export function quantityText({ value, unit }: Quantity): string {
  return unit === '' ? value : `${value} ${unit}`
}

/** Share of 0 to 1 in whole per cent; what is more than nothing never shows as 0. */
export function percent(share: number): string {
  const bounded = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0))
  if (bounded > 0 && bounded < 0.01) return '<1'
  return String(Math.round(bounded * 100))
}

/** `part` of `whole` as 0 to 1; 0 where there is no whole. */
export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0
}

export function plural(amount: number, one: string, many: string): string {
  return `${count(amount)} ${amount === 1 ? one : many}`
}

export function moment(at: number, now: number): Moment {
  const date = new Date(at)
  return { iso: date.toISOString(), exact: `${dayText(date)} ${clock(date, true)}`, relative: relative(now - at) }
}

/** `08:40`, in the time zone of the process. */
export function clock(date: Date, withMilliseconds = false): string {
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`
  if (!withMilliseconds) return minutes
  return `${minutes}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** `2026-11-22`, in the time zone of the process. */
export function dayText(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** @param editorHref opens the line in an editor */
export function place(site: CallSite, editorHref: string | null = null): Place {
  const cut = site.file.lastIndexOf('/') + 1
  const base = `${site.file.slice(cut)}:${site.line}`
  return {
    directory: site.file.slice(0, cut),
    base,
    full: `${site.file}:${site.line}${site.function === null ? '' : ` in ${site.function}`}`,
    inferred: site.source === 'inferred',
    editorHref,
  }
}

/** Splits a recorded value at what masking removed. */
export function valueParts(value: string): readonly ValuePart[] {
  // A URL carries the mark percent-encoded where the masked query string was written anew.
  return value
    .split(/(\[redacted\]|%5Bredacted%5D)/i)
    .filter((text) => text !== '')
    .map((text) => ({ text, redacted: /^(\[redacted\]|%5Bredacted%5D)$/i.test(text) }))
}

/** Splits prose at its back-ticks: the odd pieces are code. */
export function prose(sentence: string): readonly { readonly text: string; readonly code: boolean }[] {
  return sentence
    .split(/`([^`]*)`/)
    .map((text, index) => ({ text, code: index % 2 === 1 }))
    .filter(({ text }) => text !== '')
}

/** Cuts at a length in characters and says so with an ellipsis. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

function relative(elapsedMs: number): string {
  const seconds = Math.round(elapsedMs / 1000)
  if (seconds < 2) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function signed(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : text
}

/** A time of the day; of another day than today, with its date. */
export function timeText(at: number, now: number): string {
  const date = new Date(at)
  const day = dayText(date)
  return day === dayText(new Date(now)) ? clock(date) : `${day} ${clock(date)}`
}
