import type { Detector, Occurrence } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { tablesOf } from '../../sql/tables.js'
import { findingKey } from '../finding-key.js'
import { createPollingCheck } from '../polling.js'
import { timesOfAvoided } from '../repeat-times.js'
import { append, effectOf, type Repeats, siteKey } from '../repeats.js'
import type { SettingsOf } from '../settings.js'

const LOCKS = /\bfor (?:update|share|no key update|key share)\b/
const CHANCE = /\b(?:random|rand|newid|uuid|gen_random_uuid|nextval)\s*\(/

/**
 * The same statement with the same values `threshold` times in one request, when nothing can have changed in between:
 * load it once and pass it on, or keep it for the request.
 *
 * What is no duplicate: a read after a write to one of its tables, or after a statement whose effect is not known; in
 * another transaction, or with a lock (`for update`); one that reads no table (`select 1`, `select now()`) or gives
 * chance values; a failed query and its retry; polling (`polling.ts`).
 */
export function duplicateQuery({ threshold }: SettingsOf<'duplicateQuery'>): Detector {
  return (recording) => {
    const bySite = new Map<string, Repeats[]>()
    for (const same of equalReads(recording.queries, threshold)) {
      const [first, again] = same as readonly [RecordedQuery, RecordedQuery]
      append(bySite, `${first.fingerprint} ${siteKey(again.callSite)} ${first.connection}`, same)
    }
    return [...bySite.values()].map((groups) => describe(recording, groups))
  }
}

/** Reads that must have had the same answer, by what was written before each. */
function equalReads(queries: Repeats, threshold: number): readonly Repeats[] {
  const size = Math.max(2, threshold)
  const asked = readsAskedAgain(queries, size)
  if (asked.length === 0) return []
  const isPolling = createPollingCheck(queries)
  const wanted = new Set(asked.filter((reads) => !isPolling(reads)).flat())
  const groups = new Map<string, RecordedQuery[]>()
  const tablesOfQuery = createTableReader()
  const writes = createWriteLog()
  for (const query of queries) {
    if (wanted.has(query)) {
      const tables = tablesOfQuery(query)
      if (!isRepeatable(query, tables)) continue
      const key = `${sameKey(query)} ${query.transactionId} ${writes.state(tables)}`
      append(groups, key, query)
    } else if (query.operation !== 'select' && query.operation !== 'transaction') {
      writes.note(tablesOfQuery(query))
    }
  }
  return [...groups.values()].filter((same) => same.length >= size && !isPolling(same))
}

/** Reads of one statement with one set of values, whatever was written in between. Most requests have none. */
function readsAskedAgain(queries: Repeats, size: number): readonly Repeats[] {
  const groups = new Map<string, RecordedQuery[]>()
  for (const query of queries) if (query.operation === 'select') append(groups, sameKey(query), query)
  return [...groups.values()].filter((reads) => reads.length >= size)
}

function sameKey({ fingerprint, bindingSet, connection }: RecordedQuery): string {
  return `${fingerprint} ${bindingSet} ${connection}`
}

function createTableReader(): (query: RecordedQuery) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return ({ fingerprint, fingerprintText }) => {
    const tables = known.get(fingerprint) ?? tablesOf(fingerprintText)
    known.set(fingerprint, tables)
    return tables
  }
}

function isRepeatable({ error, fingerprintText }: RecordedQuery, tables: readonly string[]): boolean {
  return error === null && tables.length > 0 && !LOCKS.test(fingerprintText) && !CHANCE.test(fingerprintText)
}

/** Counts the writes to each table: two reads between which a count has grown may differ. */
function createWriteLog(): { note(tables: readonly string[]): void; state(tables: readonly string[]): string } {
  const counts = new Map<string, number>()
  let unknown = 0
  return {
    note(tables) {
      // A procedure, or a statement that could not be read: it may have written anywhere.
      if (tables.length === 0) unknown++
      for (const table of tables) counts.set(table, (counts.get(table) ?? 0) + 1)
    },
    state: (tables) => `${unknown} ${tables.map((table) => counts.get(table) ?? 0).join(' ')}`,
  }
}

/** @param groups each with the executions of one query that were equal, all repeated from one call site */
function describe(recording: Recording, groups: readonly Repeats[]): Occurrence {
  const queries = groups.flat().sort((a, b) => a.index - b.index)
  const repeats = groups.flatMap((group) => group.slice(1))
  const first = queries[0] as RecordedQuery
  const callSite = (repeats[0] as RecordedQuery).callSite
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
    ...timesOfAvoided(queries, repeats),
    fix: {
      summary: `Load it once and pass the result on, or keep it for the request: ${effectOf(recording, repeats.length)}.`,
      code: null,
    },
  }
}

function messageOf({ queryCount }: Recording, count: number, differentCount: number): string {
  const same = `${count} of ${queryCount} queries are the same statement`
  return differentCount === 1
    ? `${same} with the same values`
    : `${same} with ${differentCount} different values, each more than once`
}
