import { NO_CONTROLS } from '../model/controls.js'
import type { WriteHealth } from '../model/health.js'
import type { RecordingReader } from '../model/store.js'
import type { StoreStatus } from '../model/store-status.js'
import type { WorkerClient } from './worker-client.js'
import type { WorkerArgs, WorkerMethod, WorkerResult } from './worker-methods.js'

/** What the host alone knows of the store's state. */
export type HostStatus = Pick<StoreStatus, 'file' | 'retention' | 'droppedCount' | 'queuedCount' | 'problem'> & {
  readonly writes: WriteHealth
}

const NOTHING_STORED = {
  ...{ fileBytes: 0, usedBytes: 0, recordingCount: 0, keptLongerCount: 0, pinnedCount: 0, prunedBefore: null },
  controls: NO_CONTROLS,
}

/** Every page is read in the worker. An awaited read keeps the process alive, as any awaited work does. */
export function createReader(worker: WorkerClient, hostStatus: () => HostStatus): RecordingReader {
  function ask<M extends WorkerMethod>(method: M, ...args: WorkerArgs<M>): Promise<WorkerResult<M>> {
    return worker.holding(worker.call(method, args))
  }
  async function status(): Promise<StoreStatus> {
    const { writes: _, problem, ...known } = hostStatus()
    try {
      return { ...known, problem, ...(await ask('storage')) }
    } catch (error) {
      // A store that cannot be read is just what this page is looked at for.
      const unread = error instanceof Error ? error.message : String(error)
      return { ...known, ...NOTHING_STORED, problem: problem ?? unread }
    }
  }
  return {
    overview: (window) => ask('overview', window),
    requests: (filter) => ask('requests', filter),
    requestFacets: () => ask('requestFacets'),
    newest: () => worker.call('newest', []),
    request: (id) => ask('request', id),
    requestView: (id, slice) => ask('requestView', id, slice),
    requestJson: (id) => ask('requestJson', id),
    requestHar: (id, fallbackOrigin) => ask('requestHar', id, fallbackOrigin),
    cpuProfiles: () => ask('cpuProfiles'),
    cpuProfileView: (id, look) => ask('cpuProfileView', id, look),
    cpuProfileFile: (id) => ask('cpuProfileFile', id),
    statements: (filter) => ask('statements', filter),
    statement: (id) => ask('statement', id),
    spans: (filter) => ask('spans', filter),
    span: (id, window) => ask('span', id, window),
    spanRuns: (filter) => ask('spanRuns', filter),
    findings: (window) => ask('findings', window),
    finding: (key) => ask('finding', key),
    sessions: () => ask('sessions'),
    sessionStatements: (window) => ask('sessionStatements', window),
    status,
    health: async () => ({
      ...(await status()),
      writes: hostStatus().writes,
      ownCost: await ask('ownCost').catch(() => null),
    }),
  }
}
