import { parentPort, workerData } from 'node:worker_threads'
import { type PlainStoreError, toStoreError } from './store-error.js'
import type { WorkerAnswer, WorkerRequest, WorkerSetup } from './worker-client.js'
import { WorkerConnection } from './worker-connection.js'
import { type WorkerMethod, workerMethods } from './worker-methods.js'

/** The store's thread: answers the host's calls with a handle of its own. See worker-client.ts. */

const NOT_PREPARED = 2
const PREPARED = 1

if (parentPort) serve(parentPort, workerData as WorkerSetup)

function serve(port: NonNullable<typeof parentPort>, { file, prepared }: WorkerSetup): void {
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
    port.postMessage(answer)
  })

  async function answerTo({ id, method, args }: WorkerRequest): Promise<WorkerAnswer> {
    try {
      const handle = await connection.handle()
      const run = workerMethods[method as Exclude<WorkerMethod, 'close'>] as (...all: unknown[]) => unknown
      return { id, value: await run(handle, ...args) }
    } catch (error) {
      const { code, message } = toStoreError(error, file.path)
      return { id, error: { code, message } satisfies PlainStoreError }
    }
  }
}
