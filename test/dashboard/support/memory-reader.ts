import { NO_CONTROLS } from '../../../src/model/controls.js'
import type { AnalyzedRecording, FindingKind, FindingState } from '../../../src/model/finding.js'
import type { FindingSummary } from '../../../src/model/finding-summary.js'
import type { RouteSummary, TimelineBucket } from '../../../src/model/overview.js'
import type { Page } from '../../../src/model/page.js'
import type { Percentiles } from '../../../src/model/percentiles.js'
import { recordingJson } from '../../../src/model/recording-json.js'
import type { RecordingSummary, RequestFilter } from '../../../src/model/request-list.js'
import type { HistogramBin, StatementDetail, StatementSummary } from '../../../src/model/statement.js'
import type { RecordingReader, RecordingWriter } from '../../../src/model/store.js'
import type { StoreStatus } from '../../../src/model/store-status.js'
import type { StatementUse, StoredRecording } from '../../../src/model/stored-recording.js'
import type { TimeWindow } from '../../../src/model/time-window.js'
import { joinsOf } from '../../../src/sql/joins.js'
import { harEntry } from '../../../src/store/har-entry.js'
import { requestView } from '../../../src/store/request-view.js'

/** A store in memory: the port that the dashboard reads from, over an array. */
export interface MemoryStore {
  readonly reader: RecordingReader
  readonly writer: {
    clear(): Promise<void>
    remove(ids: readonly string[]): Promise<number>
    flush(): Promise<void>
    setFindingState(key: string, state: FindingState): Promise<boolean>
    setPaused(paused: boolean): Promise<void>
    startSession(label: string | null): Promise<void>
    setPinned: RecordingWriter['setPinned']
    setTags: RecordingWriter['setTags']
  }
  readonly stored: AnalyzedRecording[]
  status: Partial<StoreStatus>
}

export function memoryStore(...given: readonly AnalyzedRecording[]): MemoryStore {
  const stored = [...given]
  let controls = NO_CONTROLS
  states.clear()
  const store: MemoryStore = {
    stored,
    status: {},
    writer: {
      clear: async () => {
        stored.length = 0
      },
      remove: async (ids) => {
        const kept = stored.filter(({ recording }) => !ids.includes(recording.id))
        const removed = stored.length - kept.length
        stored.splice(0, stored.length, ...kept)
        return removed
      },
      flush: async () => {},
      setPinned: async (ids) => ({ found: ids.length, changed: ids.length }),
      setTags: async (_, { add }) => ({ tags: add, isFull: false }),
      setPaused: async (paused) => {
        controls = { ...controls, pausedAt: paused ? Date.now() : null }
      },
      startSession: async (label) => {
        controls = { ...controls, session: label, sessionAt: Date.now(), sessionBefore: controls.session }
      },
      setFindingState: async (key, state) => {
        states.set(key, state)
        return findings(stored).some((finding) => finding.key === key)
      },
    },
    reader: {
      overview: async (window) => overview(within(stored, window), window),
      requests: async (filter) => requests(stored, filter),
      requestFacets: async () => ({
        methods: distinct(stored.flatMap(({ recording }) => recording.request?.method ?? [])),
        statuses: distinct(stored.flatMap(({ recording }) => recording.response?.status?.toString() ?? [])),
        routes: distinct(stored.flatMap(({ recording }) => recording.request?.route ?? [])),
        tags: distinct(stored.flatMap(({ recording }) => recording.tags)),
      }),
      newest: async () => {
        const id =
          stored
            .map(({ recording }) => recording.id)
            .sort()
            .at(-1) ?? null
        return { version: `${stored.length} ${id}`, id }
      },
      request: async (id) => storedRecording(stored, id),
      requestView: async (id, slice) => {
        const one = storedRecording(stored, id)
        return one && requestView(one, slice)
      },
      requestJson: async (id) => {
        const one = storedRecording(stored, id)
        return one && Buffer.from(JSON.stringify(recordingJson(one.recording, one.occurrences, joinsOf)))
      },
      requestHar: async (id, fallbackOrigin) => {
        const one = storedRecording(stored, id)
        return one && Buffer.from(JSON.stringify(harEntry(one.recording, fallbackOrigin)))
      },
      cpuProfiles: async () => [],
      cpuProfileView: async () => null,
      cpuProfileFile: async () => null,
      spans: async () => ({ items: [], total: 0 }),
      span: async () => null,
      spanRuns: async () => ({
        ...{ items: [], total: 0, nextBefore: null, previousAfter: null, searchedTo: null, further: null },
      }),
      statements: async ({ window, sort, limit, search = '' }) => {
        const all = [...statementsOf(within(stored, window)).values()].filter(({ text }) => text.includes(search))
        const by = { total: 'totalMs', calls: 'calls', p95: 'p95Ms', max: 'maxMs' } as const
        return { items: all.sort((a, b) => b[by[sort]] - a[by[sort]]).slice(0, limit), total: all.length }
      },
      statement: async (id) => statement(stored, id),
      findings: async (window) => findings(within(stored, window)),
      finding: async (key) => findings(stored).find((finding) => finding.key === key) ?? null,
      health: async () => ({
        ...(await store.reader.status()),
        writes: {
          ...{
            storedCount: stored.length,
            batchCount: 0,
            batchP50Ms: 0,
            batchP95Ms: 0,
            batchMaxMs: 0,
            lastBatchAt: null,
          },
          dropped: { overflow: 0, unusable: 0, refused: 0, closed: 0 },
        },
        ownCost: null,
      }),
      sessions: async () => [],
      sessionStatements: async () => [],
      status: async () => ({
        file: '/app/.silk/silk.db',
        fileBytes: 38_200_000,
        usedBytes: 38_000_000,
        recordingCount: stored.length,
        retention: { count: 10_000, ageHours: null, bytes: null },
        keptLongerCount: 0,
        pinnedCount: 0,
        prunedBefore: null,
        droppedCount: 0,
        queuedCount: 0,
        controls,
        problem: null,
        ...store.status,
      }),
    },
  }
  return store
}

/** Of the store that was made last: a test has one. */
const states = new Map<string, FindingState>()

function stateOf(key: string): FindingState {
  return states.get(key) ?? 'open'
}

type Stored = readonly AnalyzedRecording[]

function within(stored: Stored, { since, until, session: only }: TimeWindow): Stored {
  return stored.filter(
    ({ recording: { startedAt, session } }) =>
      startedAt >= (since ?? 0) && startedAt <= (until ?? Infinity) && (only === undefined || session === only),
  )
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort()
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}

function badges({ occurrences }: AnalyzedRecording): RecordingSummary['findings'] {
  return occurrences.map(({ findingKey, kind, count }) => ({
    key: findingKey,
    kind,
    count,
    state: stateOf(findingKey),
  }))
}

function summary(one: AnalyzedRecording): RecordingSummary {
  const { recording } = one
  const { id, kind, session, startedAt, durationMs, overheadMs, queryCount, sqlMs, sqlWallMs, poolWaitMs } = recording
  const { request, response } = recording
  return {
    name: recording.name,
    ...{ tags: recording.tags, pinned: recording.pinned, user: recording.user },
    errorClass: recording.error?.class ?? null,
    ...{ id, kind, session, startedAt, durationMs, overheadMs, queryCount, sqlMs, sqlWallMs, poolWaitMs },
    method: request?.method ?? null,
    url: request?.url ?? null,
    path: request?.path ?? null,
    route: request?.route ?? null,
    status: response?.status ?? null,
    aborted: response?.aborted ?? false,
    contentLength: response?.contentLength ?? null,
    findings: badges(one),
  }
}

function overview(stored: Stored, window: TimeWindow): Awaited<ReturnType<RecordingReader['overview']>> {
  const of = stored.filter(({ recording }) => recording.kind === 'request')
  const times = of.map(({ recording }) => recording.startedAt)
  const queryCounts = of.map(({ recording }) => recording.queryCount).toSorted((a, b) => a - b)
  return {
    window,
    ...percentiles(of.map(({ recording }) => recording.durationMs)),
    requestCount: of.length,
    errorCount: of.filter(isError).length,
    queryMedian: queryCounts[Math.floor(queryCounts.length / 2)] ?? 0,
    totalMs: sum(of.map(({ recording }) => recording.durationMs)),
    sqlWallMs: sum(of.map(({ recording }) => recording.sqlWallMs)),
    poolWaitMs: sum(of.map(({ recording }) => recording.poolWaitMs)),
    firstRecordingAt: of.length === 0 ? null : Math.min(...times),
    lastRecordingAt: of.length === 0 ? null : Math.max(...times),
    timeline: timeline(of),
    findings: findings(stored),
    routes: routes(of),
  }
}

function isError({ recording }: AnalyzedRecording): boolean {
  return (recording.response?.status ?? 0) >= 500
}

function timeline(stored: Stored): readonly TimelineBucket[] {
  const widthMs = 60_000
  const groups = groupBy(stored, ({ recording }) => Math.floor(recording.startedAt / widthMs) * widthMs)
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([startedAt, group]) => ({
      startedAt,
      widthMs,
      count: group.length,
      withFindingCount: group.filter(({ occurrences }) => occurrences.length > 0).length,
      errorCount: group.filter(isError).length,
    }))
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}

function routes(stored: Stored): readonly RouteSummary[] {
  const groups = groupBy(stored, ({ recording: { request } }) => `${request?.method} ${request?.route}`)
  return [...groups.values()].map((group) => {
    const [first] = group
    const counts = group.map(({ recording }) => recording.queryCount).toSorted((a, b) => a - b)
    return {
      method: first?.recording.request?.method ?? '',
      route: first?.recording.request?.route ?? null,
      ...percentiles(group.map(({ recording }) => recording.durationMs)),
      count: group.length,
      errorCount: group.filter(isError).length,
      totalMs: sum(group.map(({ recording }) => recording.durationMs)),
      sqlMs: sum(group.map(({ recording }) => recording.sqlMs)),
      sqlWallMs: sum(group.map(({ recording }) => recording.sqlWallMs)),
      queryCount: sum(counts),
      queryMedian: counts[Math.floor(counts.length / 2)] ?? 0,
      queryMax: counts.at(-1) ?? 0,
      poolWaitMs: sum(group.map(({ recording }) => recording.poolWaitMs)),
      trend: [],
      findings: [...new Map(group.flatMap(badges).map((badge) => [badge.key, badge])).values()],
    }
  })
}

function findings(stored: Stored): readonly FindingSummary[] {
  const all = stored.flatMap((one) => one.occurrences.map((occurrence) => ({ one, occurrence })))
  const totalMs = sum(stored.map(({ recording }) => recording.durationMs))
  return [...groupBy(all, ({ occurrence }) => occurrence.findingKey)]
    .map(([key, group]): FindingSummary => {
      const newest = group.toSorted((a, b) => b.one.recording.startedAt - a.one.recording.startedAt)[0]
      if (newest === undefined) throw new Error('a group is never empty')
      const { recording } = newest.one
      const savingMs = sum(group.map(({ occurrence }) => occurrence.savingMs ?? 0))
      const times = group.map(({ one }) => one.recording.startedAt)
      return {
        key,
        kind: newest.occurrence.kind,
        state: stateOf(key),
        fixedAt: stateOf(key) === 'fixed' ? Math.max(...times) : null,
        regressedAt: null,
        firstSeen: Math.min(...times),
        lastSeen: Math.max(...times),
        recordingCount: group.length,
        routeRecordingCount: stored.filter((one) => one.recording.request?.route === recording.request?.route).length,
        method: recording.request?.method ?? null,
        route: recording.request?.route ?? null,
        latest: newest.occurrence,
        latestRecordingId: recording.id,
        latestDurationMs: recording.durationMs,
        latestQueryCount: recording.queryCount,
        totalMs: sum(group.map(({ occurrence }) => occurrence.totalMs)),
        savingMs,
        share: totalMs === 0 ? 0 : savingMs / totalMs,
      }
    })
    .sort((a, b) => b.savingMs - a.savingMs)
}

function requests(stored: Stored, filter: RequestFilter): Page<RecordingSummary> {
  const newestFirst = stored.toSorted((a, b) => (a.recording.id < b.recording.id ? 1 : -1))
  const matching = newestFirst.filter((one) => passes(one, filter))
  const { before, after, limit } = filter
  const start = before === undefined ? 0 : matching.findIndex(({ recording }) => recording.id < before)
  const older = matching.slice(start === -1 ? matching.length : start)
  const newer = matching.filter(({ recording }) => after !== undefined && recording.id > after)
  const shown = after === undefined ? older.slice(0, limit) : newer.slice(-limit)
  const first = shown[0]?.recording.id
  const last = shown.at(-1)?.recording.id
  const has = (test: (id: string) => boolean): boolean => matching.some(({ recording }) => test(recording.id))
  return {
    items: shown.map(summary),
    nextBefore: last !== undefined && has((id) => id < last) ? last : null,
    previousAfter: first !== undefined && has((id) => id > first) ? first : null,
    total: matching.length,
    searchedTo: null,
  }
}

function passes({ recording, occurrences }: AnalyzedRecording, filter: RequestFilter): boolean {
  const { kind, method, status, route, search, findingKey, findingKind, fingerprint, session } = filter
  const actual = String(recording.response?.status ?? '')
  const tests = [
    kind === undefined || recording.kind === kind,
    method === undefined || recording.request?.method === method,
    status === undefined || actual === status || `${actual[0]}xx` === status,
    route === undefined || (recording.request !== null && recording.request.route === route),
    search === undefined || recording.request?.url.includes(search) === true,
    findingKey === undefined || occurrences.some((occurrence) => occurrence.findingKey === findingKey),
    findingKind === undefined || occurrences.some((occurrence) => (occurrence.kind as FindingKind) === findingKind),
    session === undefined || recording.session === session,
    fingerprint === undefined || recording.queries.some((query) => query.fingerprint === fingerprint),
  ]
  return tests.every(Boolean)
}

function usesOf({ recording }: AnalyzedRecording): readonly StatementUse[] {
  const groups = groupBy(
    recording.queries,
    ({ fingerprint, callSite }) => `${fingerprint} ${callSite?.file}:${callSite?.line}`,
  )
  return [...groups.values()].map((group) => {
    const durations = group.map(({ durationMs }) => durationMs ?? 0)
    const [first] = group
    if (first === undefined) throw new Error('a group is never empty')
    const { fingerprint, fingerprintText, operation, callSite } = first
    return {
      ...{ fingerprint, fingerprintText, operation, callSite },
      calls: group.length,
      totalMs: sum(durations),
      maxMs: Math.max(...durations),
      rowCount: sum(group.map(({ rowCount }) => rowCount ?? 0)),
    }
  })
}

function storedRecording(stored: Stored, id: string): StoredRecording | null {
  const ids = stored.map(({ recording }) => recording.id).sort()
  const one = stored.find(({ recording }) => recording.id === id)
  if (one === undefined) return null
  const at = ids.indexOf(id)
  return {
    ...one,
    statements: usesOf(one),
    badges: badges(one),
    newerId: ids[at + 1] ?? null,
    olderId: ids[at - 1] ?? null,
  }
}

function statementsOf(stored: Stored): Map<string, StatementSummary> {
  const all = stored.flatMap((one) => one.recording.queries.map((query) => ({ one, query })))
  const groups = groupBy(all, ({ query }) => query.fingerprint)
  return new Map(
    [...groups].map(([id, group]) => {
      const durations = group.map(({ query }) => query.durationMs ?? 0)
      return [
        id,
        {
          id,
          text: group[0]?.query.fingerprintText ?? '',
          operation: group[0]?.query.operation ?? 'other',
          calls: group.length,
          totalMs: sum(durations),
          ...percentiles(durations),
          joinCount: joinsOf(group[0]?.query.fingerprintText ?? ''),
          rowCount: sum(group.map(({ query }) => query.rowCount ?? 0)),
          routeCount: new Set(group.map(({ one }) => one.recording.request?.route)).size,
          callSiteCount: new Set(group.map(({ query }) => `${query.callSite?.file}:${query.callSite?.line}`)).size,
        },
      ]
    }),
  )
}

function statement(stored: Stored, id: string): StatementDetail | null {
  const found = statementsOf(stored).get(id)
  if (found === undefined) return null
  const having = stored.filter(({ recording }) => recording.queries.some((query) => query.fingerprint === id))
  const calls = having.flatMap((one) =>
    one.recording.queries.filter((query) => query.fingerprint === id).map((query) => ({ one, query })),
  )
  const byRoute = groupBy(calls, ({ one }) => `${one.recording.request?.method} ${one.recording.request?.route}`)
  const bySite = groupBy(calls, ({ query }) => `${query.callSite?.file}:${query.callSite?.line}`)
  return {
    summary: found,
    example: calls[0]?.query.statement ?? '',
    routes: [...byRoute.values()].map((group) => ({
      method: group[0]?.one.recording.request?.method ?? '',
      route: group[0]?.one.recording.request?.route ?? null,
      recordingCount: new Set(group.map(({ one }) => one.recording.id)).size,
      calls: group.length,
      totalMs: sum(group.map(({ query }) => query.durationMs ?? 0)),
    })),
    callSites: [...bySite.values()].map((group) => ({
      callSite: group[0]?.query.callSite ?? null,
      calls: group.length,
      totalMs: sum(group.map(({ query }) => query.durationMs ?? 0)),
      maxMs: Math.max(...group.map(({ query }) => query.durationMs ?? 0)),
    })),
    histogram: histogram(calls.map(({ query }) => query.durationMs ?? 0)),
    trend: [],
    findings: findings(stored).filter(({ latest }) => latest.fingerprints.includes(id)),
    recentRecordings: having.toReversed().slice(0, 20).map(summary),
  }
}

function histogram(durations: readonly number[]): readonly HistogramBin[] {
  const ratio = 1.1
  const groups = groupBy(durations, (ms) => Math.floor(Math.log(Math.max(ms, 0.001)) / Math.log(ratio)))
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([index, group]) => ({ fromMs: ratio ** index, toMs: ratio ** (index + 1), count: group.length }))
}
