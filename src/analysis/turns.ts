import type { RecordedBinding, RecordedQuery } from '../model/query.js'
import { REDACTED } from '../model/redacted.js'
import { type SentValue, sentValues } from '../sql/sent-values.js'
import type { Repeats } from './repeats.js'

/** One of the repeats, with the values that it was sent with. */
export interface Turn {
  readonly query: RecordedQuery
  readonly values: readonly SentValue[]
}

/** What kind of loop it is shows in its first turns. */
const MAX_TURNS = 40

/** The first 40 repeats with their values; `null`: of one of them they are not known, as those of secret columns. */
export function readTurns(repeats: Repeats): readonly Turn[] | null {
  const turns: Turn[] = []
  for (const query of repeats.slice(0, MAX_TURNS)) {
    const values = sentValues(query.statement, query.bindings)
    if (values === null || values.some(({ value }) => !isKnown(value))) return null
    turns.push({ query, values })
  }
  return turns
}

/** Two that were masked or shortened may look alike and be none. */
function isKnown(value: RecordedBinding | undefined): boolean {
  if (typeof value !== 'string') return value !== undefined
  return !value.includes(REDACTED) && !value.endsWith('…')
}

/** Of each turn the wanted values as one text, equal for equal values. */
export function textsOf(turns: readonly Turn[], isWanted: (value: SentValue) => boolean): readonly string[] {
  return turns.map(({ values }) => JSON.stringify(values.filter(isWanted).map(({ value }) => value)))
}

/** Elements of the list of a turn, also of one that is bound as an array; none where there are lists of several columns. */
export function elementsOf({ values }: Turn): readonly RecordedBinding[] {
  if (!values.some(({ isElement }) => isElement)) return NONE
  const columns = new Set(values.filter(({ isElement }) => isElement).map(({ column }) => column))
  if (columns.size > 1) return []
  return values.flatMap(({ isElement, value }) => (isElement && value !== undefined ? elementsIn(value) : []))
}

const NONE: readonly RecordedBinding[] = []
const ARRAY = /^\[.*\]$/s

function elementsIn(value: RecordedBinding): readonly RecordedBinding[] {
  if (typeof value !== 'string' || !ARRAY.test(value)) return [value]
  try {
    return JSON.parse(value) as readonly RecordedBinding[]
  } catch {
    return [value]
  }
}

/** Whether each turn waited for the one before. */
export function areInSeries(repeats: Repeats): boolean {
  return repeats.every((query, at) => {
    const before = repeats[at - 1]
    return before === undefined || before.startMs + (before.durationMs ?? 0) <= sentMs(query) + CLOCK_STEP_MS
  })
}

/** When the app sent it, be it that it had to wait for a connection. */
export function sentMs({ startMs, poolWaitMs }: RecordedQuery): number {
  return startMs - (poolWaitMs ?? 0)
}

/** Times are whole microseconds: a repeat may seem to start by one of them too early. */
export const CLOCK_STEP_MS = 0.001
