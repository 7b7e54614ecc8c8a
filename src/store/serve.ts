import { randomUUID } from 'node:crypto'
import { type MessagePort, workerData } from 'node:worker_threads'
import type { Highlight } from '../model/highlighting.js'
import type { CreateHistoryDetectors } from '../model/history.js'
import { type PlainStoreError, toStoreError } from './store-error.js'
import type { WorkerAnswer, WorkerRequest, WorkerSetup } from './worker-client.js'
import { WorkerConnection } from './worker-connection.js'
import { createWorkerMethods, type WorkerMethod } from './worker-methods.js'

const NOT_PREPARED = 2
const PREPARED = 1

/** What works in the store's thread beside the store. */
export interface Guests {
  /** Those that look through history; `null`: nobody does. */
  readonly createHistoryDetectors: CreateHistoryDetectors | null
  /** `null`: nobody colours code. */
  readonly highlight: Highlight | null
}

/**
 * The store's thread: answers the host's calls with a handle of its own. See worker-client.ts.
 *
 */
export function serve(port: MessagePort, { createHistoryDetectors, highlight }: Guests): void {
  const { file, prepared, historySettings } = workerData as WorkerSetup
  const detectors = createHistoryDetectors === null ? null : createHistoryDetectors(historySettings)
  const methods = createWorkerMethods({ detectors, highlight }, `${process.pid} ${randomUUID()}`)
  const connection = new WorkerConnection(file)
  port.on('message', async (request: WorkerRequest) => {
    if (request.method === 'close') {
      connection.close()
      port.close()
      return
    }
    const answer = await answerTo(request)
    if (request.method === 'prepare') {
      Atomics.store(prepared, 0, 'error' in answer ? NOT_PREPARED : PREPARED)
      Atomics.notify(prepared, 0)
    }
    // Megabytes of JSON are handed over, not copied.
    const isBytes = 'value' in answer && answer.value instanceof Uint8Array
    port.postMessage(answer, isBytes ? [(answer.value as Uint8Array<ArrayBuffer>).buffer] : [])
  })

  async function answerTo({ id, method, args }: WorkerRequest): Promise<WorkerAnswer> {
    try {
      const handle = await connection.handle()
      const run = methods[method as Exclude<WorkerMethod, 'close'>] as (...all: unknown[]) => unknown
      return { id, value: await run(handle, ...args) }
    } catch (error) {
      const { code, message } = toStoreError(error, file.path)
      return { id, error: { code, message } satisfies PlainStoreError }
    }
  }
}
