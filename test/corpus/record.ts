import { AsyncLocalStorage } from 'node:async_hooks'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import express, { type Express, type Response, type Router } from 'express'
import type { Capture } from '../../src/capture/capture.js'
import type { Recording } from '../../src/model/recording.js'
import type { CorpusCase } from './corpus-case.js'
import { type EngineName, type Library, openLibrary } from './library.js'
import type { LibraryName } from './library-tables.js'
import { listenToDriver, type SentQuery } from './query-time-sites.js'

/** One request to a case's route. */
export interface CaseRun {
  readonly corpusCase: CorpusCase
  readonly status: number
  readonly body: string
  readonly recording: Recording
  /** What a tool that looks at query time would have seen, in the order of sending. */
  readonly sent: readonly SentQuery[]
}

export interface RecorderOptions {
  readonly engine: EngineName
  readonly postgresUrl: string
  readonly cases: readonly CorpusCase[]
}

export interface CaseRecorder {
  /** Sends a request to the case's route, on a database with its first rows; or as many at once as the case says. */
  run(corpusCase: CorpusCase): Promise<CaseRun>
  /** Gives work the case's library as it is when a request comes; what it changes is undone, and nothing is recorded. */
  inFirstState<R>(corpusCase: CorpusCase, work: (library: Library) => Promise<R>): Promise<R>
  close(): Promise<void>
}

const ANSWER_WITHIN_MS = 10_000
/** Says which of several requests a recording is of. */
const NUMBER_HEADER = 'x-corpus-request'

/** Two requests make a route known, and from then on no stack is taken that need not be: the warm run is all inferred. */
const SAMPLING = { learnCount: 2, againCount: 1, firstEvery: Number.MAX_SAFE_INTEGER, idleMs: Number.POSITIVE_INFINITY }

type CaptureRoom = typeof import('../../src/capture/capture.js')

/** The built room, as an app loads it, under tsx as under vitest. */
async function loadCapture(): Promise<CaptureRoom> {
  return (await import(new URL('../../dist/capture/capture.js', import.meta.url).href)) as CaptureRoom
}

/** All cases in one app, over one database, under the capture room alone. */
export async function startRecorder({ engine, postgresUrl, cases }: RecorderOptions): Promise<CaseRecorder> {
  const recordings: Recording[] = []
  const { createCapture } = await loadCapture()
  const capture = createCapture({
    context: 'async-local-storage',
    projectRoot: fileURLToPath(new URL('../../', import.meta.url)),
    redact: { names: [] },
    maxBodyBytes: null,
    isIgnored: () => false,
    onRecording: (recording) => {
      recordings.push(recording)
    },
    report: (error) => console.error(error),
    sampling: SAMPLING,
  })
  const libraries = new Map<LibraryName, Library>()
  for (const { library = 'shop' } of cases) {
    if (!libraries.has(library)) libraries.set(library, await openLibrary(engine, postgresUrl, library))
  }
  const numbers = new AsyncLocalStorage<number>()
  const drivers = new Map([...libraries].map(([name, { db }]) => [name, listenToDriver(db, () => numbers.getStore())]))
  const closed = createClosedSignal()
  const server = await serve(createApp(capture, closed.note))

  function createApp(room: Capture, note: (res: Response) => void): Express {
    const app = express()
    app.use((req, res, next) => {
      note(res)
      numbers.run(Number(req.headers[NUMBER_HEADER]), next)
    })
    app.use(room.middleware, express.json())
    for (const corpusCase of cases) app.use(`/${corpusCase.name}`, routerOf(corpusCase))
    return app
  }

  function libraryOf({ library = 'shop' }: CorpusCase): Library {
    return libraries.get(library) as Library
  }

  function routerOf(corpusCase: CorpusCase): Router {
    const { handler, mount, request } = corpusCase
    const { db } = libraryOf(corpusCase)
    const router = express.Router()
    mount?.(db, router)
    if (handler) router.all(request?.route ?? '/', (req, res, next) => handler(db, req, res, next))
    return router
  }

  async function ask({ name, request }: CorpusCase, number: number): Promise<{ status: number; body: string }> {
    const response = await fetch(`${server.origin}/${name}${request?.url ?? ''}`, {
      method: request?.method ?? 'GET',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: {
        [NUMBER_HEADER]: String(number),
        ...(request?.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(request?.body !== undefined && { body: JSON.stringify(request.body) }),
    })
    return { status: response.status, body: await response.text() }
  }

  /** The answer of the request that is judged; of one that failed, if any did. */
  async function askAll(corpusCase: CorpusCase, judged: number): Promise<{ status: number; body: string }> {
    const count = corpusCase.requestsAtOnce ?? 1
    const areClosed = closed.next(count)
    const answers = await Promise.all(Array.from({ length: count }, (_, at) => ask(corpusCase, at + 1)))
    await areClosed
    if (corpusCase.lateMs !== undefined) await new Promise((resolve) => setTimeout(resolve, corpusCase.lateMs))
    return answers.find(({ status }) => status !== 200) ?? (answers[judged - 1] as { status: number; body: string })
  }

  async function run(corpusCase: CorpusCase): Promise<CaseRun> {
    const library = libraryOf(corpusCase)
    const driver = drivers.get(corpusCase.library ?? 'shop')
    // Neither the first one nor the last, where there are several.
    const judged = Math.ceil((corpusCase.requestsAtOnce ?? 1) / 2)
    await unrecorded(async () => corpusCase.tables?.(library.db))
    driver?.take()
    const { status, body } = await askAll(corpusCase, judged).catch((error: unknown) => {
      throw new Error(`${corpusCase.name}: no answer`, { cause: error })
    })
    const sent = driver?.take().filter(({ request }) => request === judged) ?? []
    capture.finishNow()
    const recording = recordings.splice(0).find(({ request }) => request?.headers[NUMBER_HEADER] === String(judged))
    if (recording === undefined) throw new Error(`${corpusCase.name}: no recording`)
    const isChanged = recording.queries.some(({ operation }) => operation !== 'select' && operation !== 'transaction')
    await unrecorded(async () => {
      await corpusCase.dropTables?.(library.db)
      if (isChanged || corpusCase.tables) await library.reset()
    })
    return { corpusCase, status, body, recording, sent }
  }

  function unrecorded<R>(work: () => Promise<R>): Promise<R> {
    return capture.unrecorded(work)
  }

  async function inFirstState<R>(corpusCase: CorpusCase, work: (library: Library) => Promise<R>): Promise<R> {
    const library = libraryOf(corpusCase)
    return await unrecorded(async () => {
      await corpusCase.tables?.(library.db)
      try {
        return await work(library)
      } finally {
        await corpusCase.dropTables?.(library.db)
        await library.reset()
      }
    })
  }

  return {
    run,
    inFirstState,
    async close() {
      await server.close()
      capture.close()
      for (const library of libraries.values()) await library.close()
    },
  }
}

/** Ends when as many responses as are waited for have had their 'close', after what others do there. */
function createClosedSignal(): { note(res: Response): void; next(count: number): Promise<void> } {
  let note = (): void => {}
  return {
    note: (res) => res.once('close', () => note()),
    next: (count) =>
      new Promise((resolve) => {
        let left = count
        note = () => {
          left--
          if (left === 0) resolve()
        }
      }),
  }
}

async function serve(app: Express): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
