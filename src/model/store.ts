import type { AwaitedChange, Controls } from './controls.js'
import type { CpuProfileLook, CpuProfileSummary, CpuProfileView } from './cpu-profile-view.js'
import type { AnalyzedRecording, FindingState, Occurrence } from './finding.js'
import type { FindingSummary } from './finding-summary.js'
import type { Highlight } from './highlighting.js'
import type { Overview } from './overview.js'
import type { CappedTotal, Page } from './page.js'
import type { Recording } from './recording.js'
import type { RecordingSummary, RequestFilter } from './request-list.js'
import type { QuerySlice, RequestView } from './request-view.js'
import type { SessionStatement, SessionSummary } from './session-summary.js'
import type { SpanRunFilter, SpanRunPage } from './span-run.js'
import type { SpanDetail, SpanFilter, SpanList } from './span-summary.js'
import type { StatementDetail, StatementFilter, StatementSummary } from './statement.js'
import type { StoreHealth, StoreStatus } from './store-status.js'
import type { StoredRecording } from './stored-recording.js'
import type { TimeWindow } from './time-window.js'

/** What a look at the store costs next to nothing to tell. */
export interface NewestRecording {
  /** Another text whenever the store was written. */
  readonly version: string
  /** Place of the newest recording, to be passed as `after`; `null`: there is none. */
  readonly id: string | null
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
    readonly tags: readonly string[]
  }>
  /** Changes whenever something was stored, by whichever process; and the newest recordings, as places. */
  newest(): Promise<NewestRecording>
  /** Whole, which of 10,000 queries takes a moment: for what looks at one of them, use `requestView`. */
  request(id: string): Promise<StoredRecording | null>
  /** @param slice the queries to be shown one by one; `null`: none */
  requestView(id: string, slice: QuerySlice | null): Promise<RequestView | null>
  /** The recording as JSON (`recordingJson`), in UTF-8: written in the worker, since it may be megabytes. */
  requestJson(id: string): Promise<Uint8Array | null>
  /**
   * The same as an entry of an HTTP Archive; `null` for what is no request too.
   *
   * @param fallbackOrigin of requests that named no host: `http://localhost:3000`
   */
  requestHar(id: string, fallbackOrigin: string): Promise<Uint8Array | null>
  /** The newest first, 200 at most. */
  cpuProfiles(): Promise<readonly CpuProfileSummary[]>
  /** `null`: the recording has none, or is not there. A frame that is not in it is passed over. */
  cpuProfileView(id: string, look: CpuProfileLook): Promise<CpuProfileView | null>
  /** The `.cpuprofile`, by gzip. */
  cpuProfileFile(id: string): Promise<Uint8Array | null>
  statements(
    filter: StatementFilter,
  ): Promise<{ readonly items: readonly StatementSummary[]; readonly total: CappedTotal }>
  statement(id: string): Promise<StatementDetail | null>
  spans(filter: SpanFilter): Promise<SpanList>
  /** @returns `null`: it was never seen, in no window */
  span(id: string, window: TimeWindow): Promise<SpanDetail | null>
  spanRuns(filter: SpanRunFilter): Promise<SpanRunPage>
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

/** What a store may hold at most. */
export interface PruneBounds {
  /** Recordings. */
  readonly keep?: number
  /** Recordings that began earlier go; milliseconds since the epoch. */
  readonly before?: number
  /** Of the file, with its write-ahead log. */
  readonly maxBytes?: number
}

export interface Pruned {
  /** Recordings. */
  readonly removed: number
  readonly bytesBefore: number
  readonly bytesAfter: number
}

export interface Pinned {
  /** Recordings of those asked for that are in the store. */
  readonly found: number
  /** Of them, those that are as they were wanted now. */
  readonly changed: number
}

export interface TagChange {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

export interface TagsSet {
  readonly tags: readonly string[]
  /** There were too many already. */
  readonly isFull: boolean
}

export interface RecordingWriter {
  /** Does beforehand, pausing at each `yield`, what would make the batch of a long recording long. Need not be called. */
  prepare(recording: Recording): Generator<void, void>
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
   * Has the next run of routes or jobs profiled, by whichever process on the store it comes to, or waits for some no longer.
   *
   * @throws StoreError by rejection when the store cannot be written
   */
  awaitProfiles(change: AwaitedChange): Promise<void>
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
  /** How full the queue of what waits to be written is, 0 to 1; 0 while nothing can be written at all. */
  fullness(): number
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
  /**
   * Pins recordings, or takes their pins off: a pinned one outlives others of its time.
   *
   * @returns how many are there, and how many of them could be pinned: a store has a bounded number of pins
   * @throws StoreError by rejection when the store cannot be written
   */
  setPinned(ids: readonly string[], pinned: boolean): Promise<Pinned>
  /**
   * Adds tags to a recording, and takes tags off.
   *
   * @returns the tags that it has then; `null`: there is no such recording
   * @throws StoreError by rejection when the store cannot be written
   */
  setTags(id: string, change: TagChange): Promise<TagsSet | null>
  /**
   * Deletes recordings until the store is within all bounds that are given, and gives the space back. The oldest go first,
   * but by number and size those that are slow, failed or have a finding last.
   *
   * @throws StoreError by rejection when the store cannot be written
   */
  prune(bounds: PruneBounds): Promise<Pruned>
  /** Deletes everything recorded. */
  clear(): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

export interface Store {
  readonly reader: RecordingReader
  readonly writer: RecordingWriter
  /** In the store's thread, so that the app's own does not wait for it. Rejects as reading does. */
  readonly highlight: Highlight
}
