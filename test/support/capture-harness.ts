import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Express } from 'express'
import { type Capture, createCapture } from '#dist/capture/capture.js'
import type { ContextKind } from '../../src/capture/context.js'
import type { Sampling } from '../../src/capture/sites/route-sites.js'
import type { RecordedQuery } from '../../src/model/query.js'
import type { Recording } from '../../src/model/recording.js'

export interface Harness {
  readonly capture: Capture
  /** Ends the grace and returns what was recorded since the last call. */
  take(): readonly Recording[]
  /** Like `take`, requests only. */
  takeRequests(): readonly Recording[]
  readonly errors: readonly unknown[]
  close(): void
}

/** The capture room alone, without a store: what an app under it is seen to do. */
export function startCapture(
  options: {
    context?: ContextKind
    ignore?: (path: string) => boolean
    maxBodyBytes?: number
    sampling?: Partial<Sampling>
  } = {},
): Harness {
  const recordings: Recording[] = []
  const errors: unknown[] = []
  const capture = createCapture({
    context: options.context ?? 'async-local-storage',
    projectRoot: fileURLToPath(new URL('../../', import.meta.url)),
    redact: { names: [] },
    maxBodyBytes: options.maxBodyBytes ?? null,
    isIgnored: options.ignore ?? (() => false),
    onRecording: (recording) => {
      recordings.push(recording)
    },
    report: (error) => errors.push(error),
    ...(options.sampling && { sampling: options.sampling }),
  })
  const take = (): readonly Recording[] => {
    capture.finishNow()
    return recordings.splice(0)
  }
  return {
    capture,
    errors,
    take,
    takeRequests: () => take().filter((recording) => recording.kind === 'request'),
    close: () => capture.close(),
  }
}

/** The 1-based line that holds `// site: <name>` in the calling file. */
export function siteLine(fileUrl: string, name: string): number {
  const lines = readFileSync(fileURLToPath(fileUrl), 'utf8').split('\n')
  const index = lines.findIndex((line) => line.endsWith(`// site: ${name}`))
  if (index === -1) throw new Error(`No line ends in "// site: ${name}"`)
  return index + 1
}

export function linesOf(queries: readonly RecordedQuery[]): readonly (number | null)[] {
  return queries.map((query) => query.callSite?.line ?? null)
}

/** Serves an app on a free port; the address without a slash at its end. */
export async function serve(app: Express): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Lets the response's 'close' and what follows it happen on the server's side. */
export function settle(ms = 20): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
