import type { Detector, Occurrence } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { MANY_QUERIES, type Steps } from '../../model/steps.js'
import { remembered } from '../../sql/remembered.js'
import { locksRows } from '../../sql/row-locks.js'
import { tablesOf } from '../../sql/tables.js'
import { costliest } from '../costliest.js'
import { findingKey } from '../finding-key.js'
import { createPollingCheck } from '../polling.js'
import { sumMsOfAll, timesOfAvoided } from '../repeat-times.js'
import { effectOf, groupByEach, groupBySite, inOrder, type Repeats } from '../repeats.js'
import type { SettingsOf } from '../settings.js'
import { grouped } from '../wording.js'

const CHANCE = /\b(?:random|rand|newid|uuid|gen_random_uuid|nextval)\s*\(/

const MAX_FINDINGS = 50

/**
 * The same statement with the same values `threshold` times in one request, when nothing can have changed in between:
 * load it once and pass it on, or keep it for the request.
 *
 * Of more than 50 such places in one recording, those that took the most time are named.
 *
 * What is no duplicate: a read after a write to one of its tables, or after a statement whose effect is not known; in
 * another transaction, or with a lock (`for update`); one that reads no table (`select 1`, `select now()`) or gives
 * chance values; a failed query and its retry; polling (`polling.ts`).
 */
export function duplicateQuery({ threshold }: SettingsOf<'duplicateQuery'>): Detector {
  // Most requests send too few queries: no steps are set up for them.
  return (recording) => (recording.queries.length < Math.max(2, threshold) ? [] : duplicatesIn(recording, threshold))
}

function* duplicatesIn(recording: Recording, threshold: number): Steps<readonly Occurrence[]> {
  const equal = yield* equalReads(recording.queries, threshold)
  if (equal.length === 0) return []
  yield
  const places = yield* byRepeatingPlace(equal)
  yield
  const occurrences: Occurrence[] = []
  for (const groups of costliest(places, MAX_FINDINGS, sumMsOfAll)) {
    occurrences.push(yield* describe(recording, groups))
  }
  return occurrences
}

/** Equal reads of one statement that were first repeated from one call site. */
function* byRepeatingPlace(equal: readonly Repeats[]): Steps<readonly (readonly Repeats[])[]> {
  if (equal.length < 2) return equal.map((same) => [same])
  const bySecond = new Map(equal.map((same) => [same[1] as RecordedQuery, same]))
  const bySite = yield* groupBySite([...bySecond.keys()], 1)
  const places = bySite.map((seconds) => seconds.map((second) => bySecond.get(second) as Repeats))
  const order = new Map(equal.map((same, at) => [same, at]))
  return places.sort((a, b) => (order.get(a[0] as Repeats) ?? 0) - (order.get(b[0] as Repeats) ?? 0))
}

/** Reads that must have had the same answer, by what was written before each. Most requests have none. */
function* equalReads(queries: Repeats, threshold: number): Steps<readonly Repeats[]> {
  const size = Math.max(2, threshold)
  if (queries.length < size) return []
  const reads = queries.filter(({ operation, error }) => operation === 'select' && error === null)
  yield
  const asked = yield* groupByEach(reads, size, SAME_QUESTION)
  if (asked.length === 0) return []
  yield
  const isPolling = createPollingCheck(queries)
  if (queries.length >= MANY_QUERIES) yield
  const writesTo = createWriteLog(queries)
  const equal: Repeats[] = []
  let lookedAt = 0
  for (const same of asked) {
    lookedAt += same.length
    if (lookedAt >= MANY_QUERIES) {
      lookedAt = 0
      yield
    }
    const tables = comparableTables((same[0] as RecordedQuery).fingerprintText)
    if (tables.length === 0 || isPolling(same)) continue
    const groups = yield* groupByEach(same, size, [
      ({ transactionId }) => transactionId ?? '',
      createCounter(writesTo(tables)),
    ])
    for (const group of groups) if (group === same || !isPolling(group)) equal.push(group)
  }
  return equal
}

const SAME_QUESTION = [
  ({ fingerprint }: RecordedQuery) => fingerprint,
  ({ bindingSet }: RecordedQuery) => bindingSet,
  ({ connection }: RecordedQuery) => connection,
]

/** How many of the writes came before a query. */
function createCounter(writes: readonly number[]): (query: RecordedQuery) => number {
  return ({ index }) => {
    let [from, to] = [0, writes.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((writes[middle] as number) < index) from = middle + 1
      else to = middle
    }
    return from
  }
}

/** What a read reads; none where its answers cannot be compared. */
const comparableTables = remembered((text) => (locksRows(text) || CHANCE.test(text) ? [] : tablesOf(text)))

/** The indexes of the writes after which a read of these tables may answer otherwise, in order. */
function createWriteLog(queries: Repeats): (tables: readonly string[]) => readonly number[] {
  const writes = queries
    .filter(({ operation }) => operation !== 'select' && operation !== 'transaction')
    .map((query) => ({ index: query.index, tables: tablesOf(query.fingerprintText) }))
  const known = new Map<readonly string[], readonly number[]>()
  return (tables) => {
    // A procedure, or a statement that could not be read: it may have written anywhere.
    const mayChange = (written: readonly string[]): boolean =>
      written.length === 0 || written.some((table) => tables.includes(table))
    const found = known.get(tables) ?? writes.filter((write) => mayChange(write.tables)).map(({ index }) => index)
    known.set(tables, found)
    return found
  }
}

/** @param groups each with the executions of one query that were equal, all repeated from one call site */
function* describe(recording: Recording, groups: readonly Repeats[]): Steps<Occurrence> {
  const queries = inOrder(groups)
  if (queries.length >= MANY_QUERIES) yield
  const repeats = inOrder(groups.map((group) => group.slice(1)))
  if (queries.length >= MANY_QUERIES) yield
  const times = timesOfAvoided(queries, repeats)
  if (queries.length >= MANY_QUERIES) yield
  const first = queries[0] as RecordedQuery
  const callSite = groups[0]?.[1]?.callSite ?? null
  const statements = [first.fingerprintText]
  return {
    findingKey: findingKey({ kind: 'duplicate-query', statements, callSite, request: recording.request }),
    kind: 'duplicate-query',
    message: messageOf(recording, queries.length, groups.length),
    statements,
    fingerprints: [first.fingerprint],
    count: queries.length,
    queryIndexes: queries.map(({ index }) => index),
    callSite,
    parent: null,
    ...times,
    fix: {
      summary: `Load it once and pass the result on, or keep it for the request: ${effectOf(recording, repeats.length)}.`,
      code: null,
    },
  }
}

function messageOf({ queryCount }: Recording, count: number, differentCount: number): string {
  const same = `${grouped(count)} of ${grouped(queryCount)} queries are the same statement`
  return differentCount === 1
    ? `${same} with the same values`
    : `${same} with ${grouped(differentCount)} different values, each more than once`
}
