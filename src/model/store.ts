import type { CallSite } from './call-site.js'
import type { Controls } from './controls.js'
import type { AnalyzedRecording, FindingKind, FindingState, Occurrence } from './finding.js'
import type { OwnCost, WriteHealth } from './health.js'
import type { QueryOperation, RecordedQuery } from './query.js'
import type { Recording, RecordingKind } from './recording.js'

/** `total` is exact up to 10,000; beyond, counting is not worth the time. */
export type CappedTotal = number | '10000+'

/** Milliseconds since the epoch, both inclusive of the minute they fall in; `null`: unbounded. */
export interface TimeWindow {
  readonly since: number | null
  readonly until: number | null
  /** Only what was recorded with this label; `null`: only what has none. Not given: all. */
  readonly session?: string | null
}

/** Latency figures read from mergeable histograms: right within 2.5 %. */
export interface Percentiles {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface FindingBadge {
  readonly key: string
  readonly kind: FindingKind
  /** Repeated queries in this recording. */
  readonly count: number
  /** As it is now, not as it was when the recording was made. */
  readonly state: FindingState
}

/** A recording as lists show it. */
export interface RecordingSummary {
  readonly id: string
  readonly kind: RecordingKind
  readonly session: string | null
  readonly startedAt: number
  readonly method: string | null
  readonly url: string | null
  readonly path: string | null
  readonly route: string | null
  readonly status: number | null
  readonly aborted: boolean
  readonly durationMs: number
  readonly overheadMs: number
  readonly queryCount: number
  readonly sqlMs: number
  readonly sqlWallMs: number
  readonly poolWaitMs: number
  readonly contentLength: number | null
  readonly findings: readonly FindingBadge[]
}

/** One statement at one call site within one recording. */
export interface StatementUse {
  readonly fingerprint: string
  readonly fingerprintText: string
  readonly operation: QueryOperation
  readonly callSite: CallSite | null
  readonly calls: number
  readonly totalMs: number
  readonly maxMs: number
  /** `null`: not known for any of the calls. */
  readonly rowCount: number | null
}

export interface StoredRecording {
  readonly recording: Recording
  readonly occurrences: readonly Occurrence[]
  readonly statements: readonly StatementUse[]
  /** One for each finding that has occurrences here. */
  readonly badges: readonly FindingBadge[]
  readonly newerId: string | null
  readonly olderId: string | null
}

/** Which of a recording's queries a page shows one by one, in the order in which they were sent. */
export interface QuerySlice {
  /** How many are passed over. */
  readonly from: number
  readonly limit: number
  /** Fingerprint hash: of this statement alone. */
  readonly fingerprint?: string
}

/** Queries that are one row of the waterfall: a single one, or as many as repeat each other. */
export interface QueryFold {
  readonly first: RecordedQuery
  readonly count: number
  readonly isFinding: boolean
  readonly totalMs: number
  /** When the last of them ended. */
  readonly endMs: number
  /** All their waits for a connection. */
  readonly waitMs: number
  /** The first error among them. */
  readonly error: string | null
  readonly late: boolean
  /** From, to, from, to …: when they ran, those that cannot be told apart at a screen's width as one. */
  readonly ranMs: Float64Array
  /** The same of their waits for a connection. */
  readonly waitedMs: Float64Array
  /** The first of the repeats; none of a single query. */
  readonly calls: readonly RecordedQuery[]
}

export interface TransactionSpan {
  /** `T1` for the first of the recording. */
  readonly label: string
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
  readonly queryCount: number
  /** How its last statement ended it; `null`: not seen. */
  readonly end: 'commit' | 'rollback' | null
}

/** A statement at a call site, with the SQL of its first execution here. */
export interface ShownStatement extends StatementUse {
  readonly first: RecordedQuery | null
  /** Bytes of the rows of all calls; `null`: not known of any. */
  readonly resultBytes: number | null
}

/**
 * One recording as its page shows it: bounded, however many queries it has, since it is made in the worker and handed to
 * the host's thread.
 */
export interface RequestView extends Omit<StoredRecording, 'recording' | 'statements'> {
  readonly recording: Omit<Recording, 'queries'>
  /** Queries that are stored. */
  readonly keptCount: number
  /** The costliest first. */
  readonly statements: readonly ShownStatement[]
  readonly statementCount: number
  /** Without BEGIN, COMMIT and their like. */
  readonly distinctCount: number
  readonly rowCount: number
  /** `null`: not known of any query. */
  readonly resultBytes: number | null
  /** Length of the waterfall's axis: the request, or its latest query. */
  readonly axisMs: number
  readonly folds: readonly QueryFold[]
  readonly foldCount: number
  readonly transactions: readonly TransactionSpan[]
  readonly transactionCount: number
  readonly queries: readonly RecordedQuery[]
  /** Of those that the slice asks for. */
  readonly matchingCount: number
}

export interface RequestFilter {
  readonly kind?: RecordingKind
  readonly method?: string
  /** `200`, or a class: `2xx`. */
  readonly status?: string
  /** The pattern; `null`: requests that no route matched. */
  readonly route?: string | null
  /** Text contained in the URL. */
  readonly search?: string
  readonly findingKey?: string
  readonly findingKind?: FindingKind | 'any'
  /** Fingerprint hash: recordings that ran this statement. */
  readonly fingerprint?: string
  /** The label; `null`: recordings without one. */
  readonly session?: string | null
  /** Text contained in a statement that the recording ran. */
  readonly sql?: string
  /** Name of a table that a statement of the recording reads or writes. */
  readonly table?: string
  /** At least so long. */
  readonly minMs?: number
  readonly minQueries?: number
  /** At least so long in SQL, by the clock: queries at the same time count once. */
  readonly minSqlMs?: number
  /** Answered with a status of 500 and above. */
  readonly errorsOnly?: boolean
  /** Milliseconds since the epoch, inclusive. */
  readonly since?: number
  /** Milliseconds since the epoch, inclusive. */
  readonly until?: number
  /** Default: the newest first. */
  readonly order?: RequestOrder
  /** A place in the order: what is older, shorter or less than that. */
  readonly before?: string
  /** A place in the order: what is newer, longer or more than that. */
  readonly after?: string
  /** 1 to 200. */
  readonly limit: number
}

export type RequestMeasure = 'time' | 'duration' | 'queries' | 'sql'

export interface RequestOrder {
  readonly by: RequestMeasure
  readonly ascending: boolean
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Place to pass as `before` for the page of older or lesser items; `null`: none. */
  readonly nextBefore: string | null
  /** Place to pass as `after` for the page of newer or greater items; `null`: none. */
  readonly previousAfter: string | null
  /** `null`: not known, since counting would have meant to look at everything. */
  readonly total: CappedTotal | null
  /**
   * How far a search came that no index serves, where it stopped before the page was full: in milliseconds since the
   * epoch, in milliseconds, or a number of queries, by the order of the list. `null`: it came to its end.
   */
  readonly searchedTo: number | null
}

export interface RouteSummary extends Percentiles {
  readonly method: string
  readonly route: string | null
  readonly count: number
  readonly errorCount: number
  readonly totalMs: number
  readonly sqlMs: number
  readonly sqlWallMs: number
  readonly queryCount: number
  readonly queryMedian: number
  readonly queryMax: number
  /** Added up over its queries, as is the overview's. */
  readonly poolWaitMs: number
  /** Mean response time in each of the overview's `timeline`; `null`: no request. */
  readonly trend: readonly (number | null)[]
  readonly findings: readonly FindingBadge[]
}

export interface FindingSummary {
  readonly key: string
  readonly kind: FindingKind
  readonly state: FindingState
  /** When it was last marked fixed; `null`: it never was, or was opened again by hand. */
  readonly fixedAt: number | null
  /** Start of the first recording that had it again after it was marked fixed; `null`: it has not come back. */
  readonly regressedAt: number | null
  readonly firstSeen: number
  readonly lastSeen: number
  /** Recordings in the window that have it. */
  readonly recordingCount: number
  readonly routeRecordingCount: number
  readonly method: string | null
  readonly route: string | null
  /** From the newest occurrence. */
  readonly latest: Occurrence
  readonly latestRecordingId: string | null
  readonly latestDurationMs: number | null
  readonly latestQueryCount: number | null
  /** Sums over the window. */
  readonly totalMs: number
  readonly savingMs: number
  /**
   * What it costs as a share of all response time in the window, 0 to 1: the saving, or all time of the queries concerned
   * where no saving is known.
   */
  readonly share: number
}

export interface TimelineBucket {
  readonly startedAt: number
  readonly widthMs: number
  readonly count: number
  readonly withFindingCount: number
  readonly errorCount: number
}

export interface Overview extends Percentiles {
  readonly window: TimeWindow
  readonly requestCount: number
  readonly errorCount: number
  readonly queryMedian: number
  readonly totalMs: number
  readonly sqlWallMs: number
  readonly poolWaitMs: number
  readonly firstRecordingAt: number | null
  readonly lastRecordingAt: number | null
  readonly timeline: readonly TimelineBucket[]
  /** Ranked by time lost in the window, costliest first. */
  readonly findings: readonly FindingSummary[]
  readonly routes: readonly RouteSummary[]
}

export interface StatementSummary extends Percentiles {
  readonly id: string
  readonly text: string
  readonly operation: QueryOperation
  readonly calls: number
  readonly totalMs: number
  readonly rowCount: number | null
  readonly routeCount: number
  readonly callSiteCount: number
}

export interface StatementRoute {
  readonly method: string
  readonly route: string | null
  readonly recordingCount: number
  readonly calls: number
  readonly totalMs: number
}

export interface StatementCallSite {
  readonly callSite: CallSite | null
  readonly calls: number
  readonly totalMs: number
  readonly maxMs: number
}

export interface HistogramBin {
  readonly fromMs: number
  readonly toMs: number
  readonly count: number
}

/** Executions of a statement in one piece of time. */
export interface StatementTrend {
  readonly startedAt: number
  readonly widthMs: number
  readonly calls: number
  readonly totalMs: number
  readonly maxMs: number
}

export interface StatementDetail {
  readonly summary: StatementSummary
  /** The SQL of one execution, as sent. */
  readonly example: string
  readonly routes: readonly StatementRoute[]
  readonly callSites: readonly StatementCallSite[]
  readonly histogram: readonly HistogramBin[]
  /** Without gaps, at most 60; none where nothing is kept. */
  readonly trend: readonly StatementTrend[]
  readonly findings: readonly FindingSummary[]
  /** Newest first. */
  readonly recentRecordings: readonly RecordingSummary[]
}

export interface StatementFilter {
  readonly window: TimeWindow
  readonly search?: string
  readonly sort: 'total' | 'calls' | 'p95' | 'max'
  readonly limit: number
}

/** What a look at the store costs next to nothing to tell. */
export interface NewestRecording {
  /** Another text whenever the store was written. */
  readonly version: string
  /** Place of the newest recording, to be passed as `after`; `null`: there is none. */
  readonly id: string | null
}

export interface SessionSummary {
  /** `null`: what has no label. */
  readonly label: string | null
  readonly requestCount: number
  /** Start of its first recording; to the minute for what has no label. */
  readonly firstAt: number
  /** Start of its newest recording. */
  readonly lastAt: number
}

/** What a statement cost in a session. */
export interface SessionStatement {
  readonly id: string
  readonly text: string
  readonly operation: QueryOperation
  readonly calls: number
  /** Recordings that ran it. */
  readonly recordingCount: number
  readonly totalMs: number
  readonly p50Ms: number
  readonly p95Ms: number
  /** Method and pattern: `GET /collections/:id`; `GET` where no route matched; `background`. */
  readonly routes: readonly string[]
}

export interface StoreStatus {
  /** `null` for a temporary store. */
  readonly file: string | null
  readonly fileBytes: number
  readonly recordingCount: number
  readonly retentionCount: number
  /** Recordings not stored since the process started: queue overflow or a store that failed. */
  readonly droppedCount: number
  readonly queuedCount: number
  readonly controls: Controls
  /** Why nothing is being stored at the moment; `null`: all is well. */
  readonly problem: string | null
}

export interface StoreHealth extends StoreStatus {
  readonly writes: WriteHealth
  /** `null`: the store cannot be read. */
  readonly ownCost: OwnCost | null
}

/**
 * Where the dashboard reads. Every method works off the host's thread and rejects when the store cannot be read.
 */
export interface RecordingReader {
  overview(window: TimeWindow): Promise<Overview>
  requests(filter: RequestFilter): Promise<Page<RecordingSummary>>
  /** Values offered by the filter bar: only what was recorded. */
  requestFacets(): Promise<{
    readonly methods: readonly string[]
    readonly statuses: readonly string[]
    readonly routes: readonly string[]
  }>
  /** Changes whenever something was stored, by whichever process; and the newest recordings, as places. */
  newest(): Promise<NewestRecording>
  /** Whole, which of 10,000 queries takes a moment: for what looks at one of them, use `requestView`. */
  request(id: string): Promise<StoredRecording | null>
  /** @param slice the queries to be shown one by one; `null`: none */
  requestView(id: string, slice: QuerySlice | null): Promise<RequestView | null>
  /** The recording as JSON (`recordingJson`), in UTF-8: written in the worker, since it may be megabytes. */
  requestJson(id: string): Promise<Uint8Array | null>
  statements(
    filter: StatementFilter,
  ): Promise<{ readonly items: readonly StatementSummary[]; readonly total: CappedTotal }>
  statement(id: string): Promise<StatementDetail | null>
  findings(window: TimeWindow): Promise<readonly FindingSummary[]>
  finding(key: string): Promise<FindingSummary | null>
  /** The newest first; what has no label comes last. 100 at most. */
  sessions(): Promise<readonly SessionSummary[]>
  /** Of a window, which may be one session; costliest first, 2,000 at most. */
  sessionStatements(window: TimeWindow): Promise<readonly SessionStatement[]>
  status(): Promise<StoreStatus>
  /** The status with what silk itself costs and has done. Never rejects. */
  health(): Promise<StoreHealth>
}

export interface RecordingWriter {
  /** Queues for the next batch; never throws, never waits. What does not fit is counted as dropped. */
  push(recording: AnalyzedRecording): void
  /**
   * What the pages have set for all processes, at most half a second old. Never throws, never waits for others.
   *
   * @param mayOpen whether the file may be opened for it; else, not open yet, nothing is known
   */
  controls(mayOpen: boolean): Controls
  /**
   * Stops and resumes recording, in all processes on the store and over restarts.
   *
   * @throws StoreError by rejection when the store cannot be written
   */
  setPaused(paused: boolean): Promise<void>
  /**
   * Starts a session: the label of all that begins from now on, in processes that have none of their own, and over
   * restarts.
   *
   * @param label 1 to 80 characters; `null`: no label
   * @throws StoreError by rejection when the store cannot be written
   */
  startSession(label: string | null): Promise<void>
  /** Resolves when everything pushed so far can be read. */
  flush(): Promise<void>
  /** Writes what is queued, synchronously, as far as the file can be had at once: for the process's 'exit' event. */
  flushNow(): void
  /**
   * Adds an occurrence that was found later, from history or by a look at the database, to a stored recording: the
   * recording's badge, the finding, its times seen and its sums. Added already, or a recording that is gone: nothing.
   *
   * @throws StoreError by rejection when the store cannot be written
   */
  addFinding(recordingId: string, occurrence: Occurrence): Promise<void>
  /**
   * Sets the state of a finding, for all processes on the store. One that is marked fixed and occurs in a recording that
   * started later is open again, and marked as regressed.
   *
   * @returns whether there is such a finding
   * @throws StoreError by rejection when the store cannot be written
   */
  setFindingState(key: string, state: FindingState): Promise<boolean>
  /**
   * Deletes recordings with what belongs to them alone. The sums of routes, statements and findings stay as they were.
   *
   * @returns how many were there
   * @throws StoreError by rejection when the store cannot be written
   */
  remove(ids: readonly string[]): Promise<number>
  /** Deletes everything recorded. */
  clear(): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

export interface Store {
  readonly reader: RecordingReader
  readonly writer: RecordingWriter
}
