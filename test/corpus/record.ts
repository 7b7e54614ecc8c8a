import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import express, { type Express, type Response, type Router } from 'express'
import type { Capture } from '../../src/capture/capture.js'
import type { Recording } from '../../src/model/recording.js'
import type { CorpusCase } from './corpus-case.js'
import { type EngineName, openLibrary } from './library.js'
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
  /** Sends a request to the case's route, on a database with its first rows. */
  run(corpusCase: CorpusCase): Promise<CaseRun>
  close(): Promise<void>
}

const ANSWER_WITHIN_MS = 10_000

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
    redactNames: [],
    isIgnored: () => false,
    onRecording: (recording) => recordings.push(recording),
    report: (error) => console.error(error),
  })
  const library = await openLibrary(engine, postgresUrl)
  const { db } = library
  const driver = listenToDriver(db)
  const closed = createClosedSignal()
  const server = await serve(createApp(capture, closed.note))

  function createApp(room: Capture, note: (res: Response) => void): Express {
    const app = express()
    app.use((_req, res, next) => {
      note(res)
      next()
    })
    app.use(room.middleware, express.json())
    for (const corpusCase of cases) app.use(`/${corpusCase.name}`, routerOf(corpusCase))
    return app
  }

  function routerOf(corpusCase: CorpusCase): Router {
    const { handler, mount, request } = corpusCase
    const router = express.Router()
    mount?.(db, router)
    if (handler) router.all(request?.route ?? '/', (req, res, next) => handler(db, req, res, next))
    return router
  }

  async function ask({ name, request, lateMs }: CorpusCase): Promise<{ status: number; body: string }> {
    const isClosed = closed.next()
    const response = await fetch(`${server.origin}/${name}${request?.url ?? ''}`, {
      method: request?.method ?? 'GET',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(request?.body !== undefined && {
        body: JSON.stringify(request.body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    const body = await response.text()
    await isClosed
    if (lateMs !== undefined) await new Promise((resolve) => setTimeout(resolve, lateMs))
    return { status: response.status, body }
  }

  async function run(corpusCase: CorpusCase): Promise<CaseRun> {
    await unrecorded(async () => corpusCase.tables?.(db))
    driver.take()
    const { status, body } = await ask(corpusCase).catch((error: unknown) => {
      throw new Error(`${corpusCase.name}: no answer`, { cause: error })
    })
    const sent = driver.take()
    capture.finishNow()
    const recording = recordings.splice(0).find(({ kind }) => kind === 'request')
    if (recording === undefined) throw new Error(`${corpusCase.name}: no recording`)
    const isChanged = recording.queries.some(({ operation }) => operation !== 'select' && operation !== 'transaction')
    await unrecorded(async () => {
      await corpusCase.dropTables?.(db)
      if (isChanged || corpusCase.tables) await library.reset()
    })
    return { corpusCase, status, body, recording, sent }
  }

  function unrecorded<R>(work: () => Promise<R>): Promise<R> {
    return capture.unrecorded(work)
  }

  return {
    run,
    async close() {
      await server.close()
      capture.close()
      await library.close()
    },
  }
}

/** Ends with the response's 'close', after what others do there. */
function createClosedSignal(): { note(res: Response): void; next(): Promise<void> } {
  let resolveNext = (): void => {}
  return {
    note: (res) => res.once('close', () => resolveNext()),
    next: () =>
      new Promise((resolve) => {
        resolveNext = resolve
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
