import type { CodePiece, Highlight } from '../model/highlighting.js'
import type { HistoryDetectors } from '../model/history.js'
import type { Page } from '../model/page.js'
import type { RecordingSummary, RequestFilter } from '../model/request-list.js'
import { addFinding } from './add-finding.js'
import { awaitProfiles, setPaused, startSession } from './controls.js'
import { setFindingState } from './finding-state.js'
import { lookThroughHistory } from './history.js'
import { maintain } from './maintenance.js'
import { makeIndexesFor } from './order-indexes.js'
import { setPinned } from './pins.js'
import { pruneStore } from './prune.js'
import { readCpuProfileFile, readCpuProfiles, readCpuProfileView } from './read-cpu-profiles.js'
import { readRequestFacets } from './read-facets.js'
import { readFinding, readFindings } from './read-findings.js'
import { readNewest } from './read-newest.js'
import { readOverview } from './read-overview.js'
import { readOwnCost } from './read-own-cost.js'
import { readRequest } from './read-request.js'
import { readRequestHar, readRequestJson, readRequestView } from './read-request-view.js'
import { readRequests } from './read-requests.js'
import { readSessionStatements, readSessions } from './read-sessions.js'
import { readSpanRuns } from './read-span-runs.js'
import { readSpan, readSpans } from './read-spans.js'
import { readStatement, readStatements } from './read-statements.js'
import { readStorage } from './read-storage.js'
import { removeRecordings } from './remove-recordings.js'
import { clearStore } from './retention.js'
import { setTags } from './tags.js'
import type { StoreHandle } from './worker-connection.js'

/** What the host may ask the worker for. */
export interface WorkerMethods {
  /** Makes and migrates the file: with the handle it is done. */
  readonly prepare: (handle: StoreHandle) => void
  readonly overview: typeof readOverview
  readonly requests: (handle: StoreHandle, filter: RequestFilter) => Promise<Page<RecordingSummary>>
  readonly requestFacets: typeof readRequestFacets
  readonly newest: typeof readNewest
  readonly request: typeof readRequest
  readonly requestView: typeof readRequestView
  readonly requestJson: typeof readRequestJson
  readonly requestHar: typeof readRequestHar
  readonly cpuProfiles: typeof readCpuProfiles
  readonly cpuProfileView: typeof readCpuProfileView
  readonly cpuProfileFile: typeof readCpuProfileFile
  readonly statements: typeof readStatements
  readonly statement: typeof readStatement
  readonly spans: typeof readSpans
  readonly span: typeof readSpan
  readonly spanRuns: typeof readSpanRuns
  readonly findings: typeof readFindings
  readonly finding: typeof readFinding
  readonly sessions: typeof readSessions
  readonly sessionStatements: typeof readSessionStatements
  readonly storage: typeof readStorage
  readonly ownCost: typeof readOwnCost
  readonly clear: typeof clearStore
  readonly prune: typeof pruneStore
  readonly remove: typeof removeRecordings
  readonly setPinned: typeof setPinned
  readonly setTags: typeof setTags
  readonly addFinding: typeof addFinding
  readonly setFindingState: typeof setFindingState
  readonly setPaused: typeof setPaused
  readonly awaitProfiles: typeof awaitProfiles
  readonly startSession: typeof startSession
  readonly maintain: typeof maintain
  /** @returns in how many milliseconds to look again; `null`: when something new is stored */
  readonly history: (handle: StoreHandle, intervalMs: number) => Promise<number | null>
  /** @returns nothing at all where nobody colours code */
  readonly highlight: (handle: StoreHandle, pieces: readonly CodePiece[]) => Promise<readonly string[]>
}

/**
 * Each read sees one state of the file.
 *
 * @param owner who this thread is to those of other processes
 */
export function createWorkerMethods(
  { detectors, highlight }: { readonly detectors: HistoryDetectors | null; readonly highlight: Highlight | null },
  owner: string,
): WorkerMethods {
  return {
    ...workerMethods,
    highlight: async (_handle, pieces) => (highlight === null ? [] : highlight(pieces)),
    history: async (handle, intervalMs) =>
      detectors === null ? null : lookThroughHistory(handle, detectors, { owner, intervalMs }),
  }
}

const workerMethods: Omit<WorkerMethods, 'history' | 'highlight'> = {
  prepare: () => {},
  overview: snapshot(readOverview),
  requests: async (handle, filter) => {
    await makeIndexesFor(handle, filter)
    return snapshot(readRequests)(handle, filter)
  },
  requestFacets: snapshot(readRequestFacets),
  newest: readNewest,
  request: snapshot(readRequest),
  requestView: snapshot(readRequestView),
  requestJson: snapshot(readRequestJson),
  requestHar: snapshot(readRequestHar),
  cpuProfiles: snapshot(readCpuProfiles),
  cpuProfileView: snapshot(readCpuProfileView),
  cpuProfileFile: snapshot(readCpuProfileFile),
  statements: snapshot(readStatements),
  statement: snapshot(readStatement),
  spans: snapshot(readSpans),
  span: snapshot(readSpan),
  spanRuns: snapshot(readSpanRuns),
  findings: snapshot(readFindings),
  finding: snapshot(readFinding),
  sessions: snapshot(readSessions),
  sessionStatements: snapshot(readSessionStatements),
  storage: snapshot(readStorage),
  ownCost: snapshot(readOwnCost),
  clear: clearStore,
  prune: pruneStore,
  remove: removeRecordings,
  setPinned,
  setTags,
  addFinding,
  setFindingState,
  setPaused,
  awaitProfiles,
  startSession,
  maintain,
}

export type WorkerMethod = keyof WorkerMethods | 'close'

type Tail<Values> = Values extends readonly [unknown, ...infer Rest] ? Rest : never
export type WorkerArgs<M extends WorkerMethod> = M extends keyof WorkerMethods ? Tail<Parameters<WorkerMethods[M]>> : []
export type WorkerResult<M extends WorkerMethod> = M extends keyof WorkerMethods
  ? Awaited<ReturnType<WorkerMethods[M]>>
  : undefined

/** Runs a read of several statements in one transaction, so that nothing changes between them. */
function snapshot<Args extends readonly unknown[], Result>(
  read: (handle: StoreHandle, ...args: Args) => Result,
): (handle: StoreHandle, ...args: Args) => Result {
  return (handle, ...args) => {
    handle.prepare('BEGIN').run()
    try {
      return read(handle, ...args)
    } finally {
      handle.prepare('COMMIT').run()
    }
  }
}
