import type { QueryEvidence } from '../model/evidence.js'
import type { Placeholder } from '../sql/values/value-list.js'

type Sources = Pick<QueryEvidence, 'sourceIndexes' | 'areValuesExplained'>

/** A query as it is asked about. */
interface Asking {
  readonly index: number
  readonly fingerprint: string
  readonly bindings: readonly unknown[]
  readonly placeholders: readonly Placeholder[]
  readonly rows: readonly object[]
}

const MAX_BINDINGS = 20
const MAX_CHARS = 100
const MAX_SOURCES_PER_VALUE = 4
/** Of one statement only the first results are read: a loop's own rows say no more after these. */
const MAX_READ_PER_STATEMENT = 4
const NONE: readonly number[] = []

/**
 * Says from which earlier results of a recording a query's values came: what its bindings have in common with their
 * rows. A value that a query was asked with is no news in the same column of its own rows. Values are compared as text,
 * since drivers give large numbers as strings. Nothing is kept beyond the recording.
 *
 * To be called in the order of sending.
 */
export function createValueSources(): (query: Asking) => Sources {
  const sources = new Map<string, number[]>()
  const bound = new Set<string>()
  const readCounts = new Map<string, number>()

  function sourcesOf(keys: readonly string[], isWhole: boolean): Sources {
    let found: Set<number> | null = null
    let areValuesExplained = isWhole
    for (const key of keys) {
      const from = sources.get(key)
      if (from === undefined) areValuesExplained &&= bound.has(key)
      else found = new Set(found === null ? from : [...found, ...from])
    }
    return { sourceIndexes: found === null ? NONE : [...found], areValuesExplained }
  }

  function read(query: Asking): void {
    const { index, fingerprint, rows } = query
    const readCount = readCounts.get(fingerprint) ?? 0
    if (rows.length === 0 || readCount >= MAX_READ_PER_STATEMENT) return
    readCounts.set(fingerprint, readCount + 1)
    const asked = askedOf(query)
    for (const row of rows) readRow(row, index, asked)
  }

  function readRow(row: object, index: number, asked: ReadonlySet<string>): void {
    for (const name in row) {
      const key = keyOf(readAt(row as Readonly<Record<string, unknown>>, name))
      if (key === null || asked.has(`${name.toLowerCase()} ${key}`) || asked.has(` ${key}`)) continue
      const from = sources.get(key)
      if (from === undefined) sources.set(key, [index])
      else if (from.at(-1) !== index && from.length < MAX_SOURCES_PER_VALUE) from.push(index)
    }
  }

  return (query) => {
    const keys = keysOf(query)
    const found = sourcesOf(keys, query.bindings.length <= MAX_BINDINGS)
    for (const key of keys) bound.add(key)
    read(query)
    return found
  }
}

/** Each value that a query was asked with, after the column that it was compared with, where that is known. */
function askedOf({ bindings, placeholders }: Asking): ReadonlySet<string> {
  const asked = new Set<string>()
  for (let position = 0; position < Math.min(bindings.length, MAX_BINDINGS); position++) {
    const key = keyOf(readAt(bindings, position))
    if (key !== null) asked.add(`${placeholders[position]?.column?.toLowerCase() ?? ''} ${key}`)
  }
  return asked
}

/** The values that a query asks for, pages apart. */
function keysOf({ bindings, placeholders }: Asking): readonly string[] {
  const keys: string[] = []
  for (let position = 0; position < Math.min(bindings.length, MAX_BINDINGS); position++) {
    if (placeholders[position]?.role === 'paging') continue
    const key = keyOf(readAt(bindings, position))
    if (key !== null) keys.push(key)
  }
  return keys
}

/** The app's rows and bindings may have getters that throw. */
function readAt<K extends string | number>(values: { readonly [key in K]?: unknown }, key: K): unknown {
  try {
    return values[key]
  } catch {
    return null
  }
}

/** `null`: says nothing about where it came from, as `true` does. */
function keyOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' || value.length > MAX_CHARS ? null : value
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  try {
    return value instanceof Date ? `date ${value.getTime()}` : null
  } catch {
    // A proxy, whose traps throw.
    return null
  }
}
