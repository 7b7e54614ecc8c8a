import type { RecordedBinding, RecordedQuery } from '../model/query.js'
import type { Repeats } from './repeats.js'
import { areInSeries, type Turn } from './turns.js'

/**
 * A search for what is free: one try after the other, until the first other answer ends it, and each made from the try
 * before: a variation of the first (`pen`, `pen-2`, `pen-3`), or one step further (101, 105, 109; one day after the other).
 *
 * That the last one finds nothing is not enough: so it may be with the last of a list, or of rows. Values that come from
 * rows are a loop over these, also where they happen to be in steps.
 *
 * @param queries of the recording
 */
export function isSearch(repeats: Repeats, turns: readonly Turn[], queries: readonly RecordedQuery[]): boolean {
  if (!endsAtOtherAnswer(repeats) || !areInSeries(repeats)) return false
  const tried = triesOf(turns)
  if (tried === null) return false
  return areVariations(tried) || (areSteps(tried) && !mayComeFromRows(repeats, queries))
}

function endsAtOtherAnswer(repeats: Repeats): boolean {
  const first = repeats[0]?.rowCount ?? null
  const last = repeats.at(-1)?.rowCount ?? null
  if (first === null || last === null || last === first || (last !== 0 && first !== 0)) return false
  return repeats.every(({ rowCount }, at) => at === repeats.length - 1 || rowCount === first)
}

/** The one value that varies, of each turn; `null`: there are several. */
function triesOf(turns: readonly Turn[]): readonly (RecordedBinding | undefined)[] | null {
  const values = turns.map((turn) => turn.values.filter(({ role }) => role === 'value').map(({ value }) => value))
  const [first = []] = values
  const varying = first.map((_, at) => at).filter((at) => values.some((others) => others[at] !== first[at]))
  const [at] = varying
  return at === undefined || varying.length > 1 ? null : values.map((others) => others[at])
}

function areVariations(tried: readonly (RecordedBinding | undefined)[]): boolean {
  const [base] = tried
  return typeof base === 'string' && tried.every((name) => String(name).startsWith(base))
}

/** Numbers, days, or texts with a number, each as far from the one before. */
function areSteps(tried: readonly (RecordedBinding | undefined)[]): boolean {
  const places = tried.map(placeOf)
  const [first, second] = places
  if (!first || !second) return false
  const step = second.number - first.number
  return (
    step !== 0 && places.every((place, at) => place?.text === first.text && place.number === first.number + at * step)
  )
}

interface Place {
  /** What is around the number. */
  readonly text: string
  readonly number: number
}

const DAY = /^\d{4}-\d\d-\d\d(?=$|T00:00:00)/
const WITH_NUMBER = /^(\D*)(\d{1,15})(\D*)$/

function placeOf(value: RecordedBinding | undefined): Place | null {
  if (typeof value === 'number') return { text: '', number: value }
  if (typeof value !== 'string') return null
  const [day] = DAY.exec(value) ?? []
  if (day !== undefined) return { text: 'day', number: Date.parse(day) }
  const [, before, digits, after] = WITH_NUMBER.exec(value) ?? []
  return digits === undefined ? null : { text: `${before} ${after}`, number: Number(digits) }
}

/** Most of the values were seen in rows of other reads, or a read before had so many rows that not all were looked at. */
function mayComeFromRows(repeats: Repeats, queries: readonly RecordedQuery[]): boolean {
  const firstIndex = repeats[0]?.index ?? 0
  const isUnseen = ({ index, rowCount, evidence }: RecordedQuery): boolean =>
    index < firstIndex && (rowCount ?? 0) >= repeats.length && !evidence.areRowsKnown
  if (queries.some(isUnseen)) return true
  const tries = new Set(repeats.map(({ index }) => index))
  const fed = repeats.filter(({ evidence }) => evidence.sourceIndexes.some((index) => !tries.has(index)))
  return fed.length * 2 > repeats.length
}
