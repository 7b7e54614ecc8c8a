import type { Recording } from '../model/recording.js'

/** A time as a message says it: `152 ms`, `4.2 ms`. */
export function msText(ms: number): string {
  return `${ms >= 10 ? grouped(Math.round(ms)) : Math.round(ms * 10) / 10} ms`
}

/** `1 row`, `1,200 rows`. */
export function rowsText(count: number): string {
  return count === 1 ? '1 row' : `${grouped(count)} rows`
}

/** What a message about some queries begins with: `2 of 12 queries`. */
export function someText(count: number, { queryCount }: Pick<Recording, 'queryCount'>): string {
  return count === 1 && queryCount === 1 ? 'The only query' : `${grouped(count)} of ${grouped(queryCount)} queries`
}

/** `820 bytes`, `240 kB`, `1.2 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${Math.round(bytes / 100_000) / 10} MB`
}

/** Thousands set apart: `1,200`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
