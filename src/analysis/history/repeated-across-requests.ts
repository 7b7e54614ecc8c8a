import type { CallSite } from '../../model/call-site.js'
import type { Occurrence } from '../../model/finding.js'
import type { FoundInHistory, HistoryRecording, RouteHistory } from '../../model/history.js'
import type { RecordedQuery } from '../../model/query.js'
import { tablesOf } from '../../sql/tables.js'
import { findingKey } from '../finding-key.js'
import { withoutIgnored } from '../ignored-queries.js'
import { timesOfAvoided } from '../repeat-times.js'
import { append } from '../repeats.js'
import type { SettingsOf } from '../settings.js'
import { cacheFix } from './cache-fix.js'
import { comparableKey } from './comparable.js'
import { isOfTheAddress } from './of-the-address.js'
import { writesTo } from './writes.js'

/** So many of the newest are looked at in the end, whatever the setting says. */
export const MOST_RECORDINGS = 500
/** More sets of values than these in one request are a loop, which is another problem with another fix. */
const MOST_SETS = 4
const BASIS = 'the time of these queries with their waits for a connection, as if the answer were always at hand'
/** "Now and then": one write, or one answer of another length, in so many requests. What is cached lives that long. */
const REQUESTS_PER_CHANGE = 20

/**
 * The same statement with the same values in nearly every request of a route, while its tables stay as they are: worth
 * keeping for the process.
 *
 * Silence where nothing can be known (values masked or not kept), where the answer may change by itself (chance, clock,
 * locks, transactions), where its tables are written to more than once in 20 of these requests, by any route, or its
 * rows change in number as often; and where the value is part of the address, and all requests had the same one.
 */
export function repeatedAcrossRequests(
  { recordings: setting, share }: SettingsOf<'repeatedAcrossRequests'>,
  history: RouteHistory,
): readonly FoundInHistory[] {
  const { recordings } = history
  if (recordings.length < Math.min(setting, MOST_RECORDINGS)) return []
  const seen = recordings.map(comparableQueries)
  const worth = [...countKeys(seen)].filter(([, { inCount }]) => inCount / recordings.length > share)
  const bySite = new Map<string, Repeated[]>()
  for (const [key, { newest, inCount }] of worth) {
    const executions = seen.map((byKey) => byKey.get(key) ?? [])
    if (!isSteady(executions, newest, history) || isOfTheAddress(newest, recordings)) continue
    const { fingerprint, callSite } = newest
    append(bySite, `${fingerprint} ${callSite?.file} ${callSite?.function}`, { newest, inCount, executions })
  }
  return [...bySite.values()].flatMap((repeated) => describe(history, repeated))
}

interface Repeated {
  readonly newest: RecordedQuery
  /** Recordings that have it. */
  readonly inCount: number
  /** By recording. */
  readonly executions: readonly (readonly RecordedQuery[])[]
}

type ByKey = ReadonlyMap<string, readonly RecordedQuery[]>

/** The queries of a recording that can be compared, without those of a loop. */
function comparableQueries({ queries }: HistoryRecording): ByKey {
  const byKey = new Map<string, RecordedQuery[]>()
  const sets = new Map<string, Set<number>>()
  for (const query of withoutIgnored(queries, 'repeated-across-requests')) {
    const known = sets.get(query.fingerprint) ?? new Set()
    sets.set(query.fingerprint, known.add(query.bindingSet))
    const key = comparableKey(query)
    if (key !== null) append(byKey, key, query)
  }
  for (const [key, [first]] of byKey) {
    if (first && (sets.get(first.fingerprint)?.size ?? 0) > MOST_SETS) byKey.delete(key)
  }
  return byKey
}

function countKeys(seen: readonly ByKey[]): Map<string, { newest: RecordedQuery; inCount: number }> {
  const counts = new Map<string, { newest: RecordedQuery; inCount: number }>()
  for (const byKey of seen) {
    for (const [key, [first]] of byKey) {
      if (first) counts.set(key, { newest: first, inCount: (counts.get(key)?.inCount ?? 0) + 1 })
    }
  }
  return counts
}

/** Whether the answer stays the same for long enough, by what is written and by how many rows come back. */
function isSteady(
  executions: Repeated['executions'],
  { fingerprintText }: RecordedQuery,
  { recordings, writes }: RouteHistory,
): boolean {
  const mostChanges = Math.floor(recordings.length / REQUESTS_PER_CHANGE)
  if (writesTo(tablesOf(fingerprintText), writes).count > mostChanges) return false
  const rowCounts = executions.flat().map(({ rowCount }) => rowCount)
  // What another program writes is not recorded here, but shows.
  const changes = rowCounts.filter((rowCount, at) => at > 0 && rowCount !== rowCounts[at - 1]).length
  return changes <= mostChanges
}

function describe(history: RouteHistory, repeated: readonly Repeated[]): FoundInHistory[] {
  const { recordings, writes } = history
  const { newest } = repeated[0] as Repeated
  const statements = [newest.fingerprintText]
  const tables = tablesOf(newest.fingerprintText)
  const written = writesTo(tables, writes)
  const shared = {
    findingKey: keyOf(statements, newest.callSite, recordings),
    kind: 'repeated-across-requests' as const,
    message: messageOf(repeated, recordings.length, { tables, writeCount: written.count }),
    statements,
    fingerprints: [newest.fingerprint],
    callSite: newest.callSite,
    parent: null,
    fix: cacheFix(
      repeated.map((one) => one.newest),
      { tables, callSites: written.callSites },
    ),
  }
  return recordings.flatMap(({ id }, at) => {
    const queries = repeated.flatMap(({ executions }) => executions[at] ?? [])
    return queries.length === 0 ? [] : [{ recordingId: id, occurrence: { ...shared, ...costOf(queries) } }]
  })
}

function keyOf(
  statements: readonly string[],
  callSite: CallSite | null,
  recordings: RouteHistory['recordings'],
): string {
  const request = recordings[0]?.request ?? null
  return findingKey({ kind: 'repeated-across-requests', statements, callSite, request })
}

function costOf(
  queries: readonly RecordedQuery[],
): Pick<Occurrence, 'count' | 'queryIndexes' | 'totalMs' | 'savingMs' | 'savingBasis'> {
  const ordered = queries.toSorted((a, b) => a.index - b.index)
  const times = timesOfAvoided(ordered, ordered)
  return {
    count: ordered.length,
    queryIndexes: ordered.map(({ index }) => index),
    ...times,
    savingBasis: times.savingMs === null ? times.savingBasis : BASIS,
  }
}

function messageOf(
  repeated: readonly Repeated[],
  ofCount: number,
  { tables, writeCount }: { readonly tables: readonly string[]; readonly writeCount: number },
): string {
  const inCount = Math.min(...repeated.map((one) => one.inCount))
  const what = repeated.length === 1 ? 'the same values' : `the same ${repeated.length} sets of values`
  const names = tables.map((table) => `\`${table}\``).join(', ')
  const meanwhile =
    writeCount === 0
      ? `nothing wrote to ${names}`
      : `${names} changed ${writeCount === 1 ? 'once' : `${writeCount} times`}`
  return `${inCount} of the latest ${ofCount} requests ran this statement with ${what}, and meanwhile ${meanwhile}`
}
