import type { Detector, Occurrence } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { tablesOf } from '../../sql/tables.js'
import { findingKey } from '../finding-key.js'
import { timesOfAvoided } from '../repeat-times.js'
import { append, effectOf, type Repeats, siteKey } from '../repeats.js'
import type { SettingsOf } from '../settings.js'

/** A pause of this length without any other query, before the same read from the same line: the app waits for a change. */
const POLLING_PAUSE_MS = 10
const LOCKS = /\bfor (?:update|share|no key update|key share)\b/
const CHANCE = /\b(?:random|rand|newid|uuid|gen_random_uuid|nextval)\s*\(/

/**
 * The same statement with the same values `threshold` times in one request, when nothing can have changed in between: load it once
 * and pass it on, or keep it for the request.
 *
 * What is no duplicate: a read after a write to one of its tables, or after a statement whose effect is not known; in
 * another transaction, or with a lock (`for update`); one that reads no table (`select 1`, `select now()`) or gives
 * chance values; a failed query and its retry; polling (the same line, nothing else sent, and a pause in between).
 */
export function duplicateQuery({ threshold }: SettingsOf<'duplicateQuery'>): Detector {
  return (recording) => {
    const bySite = new Map<string, Repeats[]>()
    for (const same of equalReads(recording.queries)) {
      const [first, again] = same
      if (first === undefined || again === undefined || same.length < threshold || isPolling(same)) continue
      const key = `${first.fingerprint} ${siteKey(again.callSite)} ${first.connection}`
      append(bySite, key, same)
    }
    return [...bySite.values()].map((groups) => describe(recording, groups))
  }
}

/** Reads that must have had the same answer, by what was written before each. */
function equalReads(queries: Repeats): readonly Repeats[] {
  const groups = new Map<string, RecordedQuery[]>()
  const tablesByFingerprint = new Map<string, readonly string[]>()
  const writes = createWriteLog()
  for (const query of queries) {
    const { operation, fingerprint, fingerprintText } = query
    if (operation === 'transaction') continue
    const tables = tablesByFingerprint.get(fingerprint) ?? tablesOf(fingerprintText)
    tablesByFingerprint.set(fingerprint, tables)
    if (operation !== 'select') {
      writes.note(tables)
    } else if (isRepeatable(query, tables)) {
      const { bindingSet, connection, transactionId } = query
      const key = `${fingerprint} ${bindingSet} ${connection} ${transactionId} ${writes.state(tables)}`
      append(groups, key, query)
    }
  }
  return [...groups.values()]
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

function isPolling(same: Repeats): boolean {
  return same.every((query, at) => {
    const before = same[at - 1]
    if (before === undefined) return true
    const pauseMs = query.startMs - (before.startMs + (before.durationMs ?? 0))
    const isNext = query.index === before.index + 1
    return isNext && pauseMs >= POLLING_PAUSE_MS && siteKey(query.callSite) === siteKey(before.callSite)
  })
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
