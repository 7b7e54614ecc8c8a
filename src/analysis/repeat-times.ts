import type { Occurrence } from '../model/finding.js'
import { type Interval, roundToMicroseconds as round, unionMs } from '../model/intervals.js'
import type { RecordedQuery } from '../model/query.js'

type Times = Pick<Occurrence, 'totalMs' | 'savingMs' | 'savingBasis'>

const UNKNOWN_BASIS = 'the driver gave no durations'
const WAITS = 'with their waits for a connection, time in parallel counted once'
const NOT_COUNTED = 'what knex and the app do around each is not counted'
// Without their numbers: those are in the occurrence, and one sentence for all of them is stored once.
const ONE_REMAINS = `the time of the repeats ${WAITS}, less the slowest of them; ${NOT_COUNTED}`
const ALL_GO = `the time of the repeats ${WAITS}; ${NOT_COUNTED}`

/**
 * What is saved when one query like the slowest of each group stands for all of the group.
 *
 * @param queries of all groups, in the order they were sent
 */
export function timesOfBatched(
  groups: readonly (readonly RecordedQuery[])[],
  queries: readonly RecordedQuery[],
): Times {
  const remainingMs = groups.reduce((sum, group) => sum + slowestMs(group), 0)
  const wallMs = wallOf(queries)
  return {
    totalMs: totalOf(groups),
    savingMs: wallMs === null ? null : round(Math.max(0, wallMs - remainingMs)),
    savingBasis: wallMs === null ? UNKNOWN_BASIS : ONE_REMAINS,
  }
}

function slowestMs(queries: readonly RecordedQuery[]): number {
  return queries.reduce((slowest, { durationMs }) => Math.max(slowest, durationMs ?? 0), 0)
}

/** What is saved when the repeats among these are not sent at all. Both in the order they were sent, or it takes longer. */
export function timesOfAvoided(queries: readonly RecordedQuery[], repeats: readonly RecordedQuery[]): Times {
  const wallMs = wallOf(repeats)
  return {
    totalMs: totalOf([queries]),
    savingMs: wallMs === null ? null : round(wallMs),
    savingBasis: wallMs === null ? UNKNOWN_BASIS : ALL_GO,
  }
}

/** What a problem takes whose end saves nobody knows how much. @param savingBasis why, for people */
export function timesOfUnknownSaving(queries: readonly RecordedQuery[], savingBasis: string): Times {
  return { totalMs: totalOf([queries]), savingMs: null, savingBasis }
}

function totalOf(groups: readonly (readonly RecordedQuery[])[]): number {
  return round(sumMsOfAll(groups))
}

/** Milliseconds of all queries together, however many ran at the same time. */
export function sumMs(queries: readonly RecordedQuery[]): number {
  let sum = 0
  for (const { durationMs } of queries) sum += durationMs ?? 0
  return sum
}

/** `sumMs` of all of the groups. */
export function sumMsOfAll(groups: readonly (readonly RecordedQuery[])[]): number {
  let sum = 0
  for (const group of groups) for (const { durationMs } of group) sum += durationMs ?? 0
  return sum
}

/** `null`: no query has a duration. */
function wallOf(queries: readonly RecordedQuery[]): number | null {
  let isKnown = false
  let coveredMs = 0
  let reachedMs = Number.NEGATIVE_INFINITY
  let lastMs = Number.NEGATIVE_INFINITY
  for (const { startMs, durationMs, poolWaitMs } of queries) {
    if (durationMs === null) continue
    isKnown = true
    const fromMs = startMs - (poolWaitMs ?? 0)
    const toMs = startMs + durationMs
    // Those that did not wait for each other may have been sent in another order than they began.
    if (fromMs < lastMs) return unionMs(intervalsOf(queries))
    lastMs = fromMs
    if (toMs <= reachedMs) continue
    coveredMs += toMs - Math.max(fromMs, reachedMs)
    reachedMs = toMs
  }
  return isKnown ? coveredMs : null
}

function intervalsOf(queries: readonly RecordedQuery[]): readonly Interval[] {
  const intervals: Interval[] = []
  for (const { startMs, durationMs, poolWaitMs } of queries) {
    if (durationMs !== null) intervals.push({ startMs: startMs - (poolWaitMs ?? 0), endMs: startMs + durationMs })
  }
  return intervals
}
