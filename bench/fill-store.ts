// Fills a store with many recordings, made from real ones of the example app: other times, durations and addresses,
// and the same app many times over, under other routes, tables and files.
//
//   npm run build && npx tsx --tsconfig example-app/tsconfig.json bench/fill-store.ts <file> [requests] [queries] [days]
//
// Default: 1,000,000 requests with 20,000,000 queries over 7 days. Existing files are added to.
import { randomUUID } from 'node:crypto'
import type { AnalyzedRecording } from '../src/model/finding.js'
import { compactStep } from '../src/store/compaction.js'
import { WorkerConnection } from '../src/store/worker-connection.js'
import { createBatchWriter } from '../src/store/writer.js'
import { realRecordings } from './real-recordings.js'
import { variantOf } from './variants.js'

const AREAS = 12
const BATCH = 500
const DAY_MS = 86_400_000

const [file, requests = '1000000', queries, days = '7'] = process.argv.slice(2)
if (file === undefined) throw new Error('Which file? bench/fill-store.ts <file> [requests] [queries] [days]')
const requestCount = Number(requests)
const queryCount = Number(queries ?? requestCount * 20)

const pick = picker(await realRecordings(), queryCount / requestCount)
const connection = new WorkerConnection({ path: file, temporary: false })
const handle = await connection.handle()
const { db } = handle
db.pragma('synchronous = OFF')
db.pragma('cache_size = -200000')
db.pragma('wal_autocheckpoint = 20000')
fill()
compact()
db.pragma('wal_checkpoint(TRUNCATE)')
connection.close()

function fill(): void {
  const writer = createBatchWriter(db)
  const lengthMs = Number(days) * DAY_MS
  const startedAt = Date.now() - lengthMs
  const began = Date.now()
  let written = 0
  let writtenQueries = 0
  while (written < requestCount) {
    const batch: AnalyzedRecording[] = []
    for (let at = written; at < Math.min(requestCount, written + BATCH); at++) {
      batch.push(vary(pick(), startedAt + ((at + Math.random()) / requestCount) * lengthMs))
    }
    writer.write(batch, batch[0]?.recording.startedAt ?? startedAt)
    written += batch.length
    for (const { recording } of batch) writtenQueries += recording.queryCount
    if (written % 50_000 === 0 || written === requestCount) {
      console.log(`${written} requests, ${writtenQueries} queries, ${Math.round((Date.now() - began) / 1000)} s`)
    }
  }
}

/** As the store's own maintenance would have done it by now. */
function compact(): void {
  while (compactStep(handle, Date.now()));
}

/** Short and long recordings in such a mixture that they have so many queries on average. */
function picker(real: readonly AnalyzedRecording[], mean: number): () => AnalyzedRecording {
  const all = Array.from({ length: AREAS }, (_, area) => real.map((one) => variantOf(one, area))).flat()
  const short = all.filter(({ recording }) => recording.queries.length < mean)
  const long = all.filter(({ recording }) => recording.queries.length >= mean)
  // Some routes are asked far more often than others: so likely is each.
  const chance = (at: number, of: number): number => Math.sqrt((at + 1) / of) - Math.sqrt(at / of)
  const average = (of: readonly AnalyzedRecording[]): number =>
    of.reduce((sum, { recording }, at) => sum + chance(at, of.length) * recording.queryCount, 0)
  const share = long.length === 0 ? 0 : (mean - average(short)) / (average(long) - average(short))
  return () => {
    const from = Math.random() < share ? long : short
    return from[Math.floor(Math.random() ** 2 * from.length)] as AnalyzedRecording
  }
}

function vary({ recording, occurrences }: AnalyzedRecording, startedAt: number): AnalyzedRecording {
  const slower = Math.exp(0.6 * gaussian())
  const { request, response } = recording
  const separator = request?.url.includes('?') ? '&' : '?'
  return {
    recording: {
      ...recording,
      id: idAt(startedAt),
      startedAt,
      durationMs: recording.durationMs * slower,
      sqlMs: recording.sqlMs * slower,
      sqlWallMs: recording.sqlWallMs * slower,
      request: request && { ...request, url: `${request.url}${separator}page=${Math.ceil(Math.random() * 1000)}` },
      response: response && Math.random() < 0.005 ? { ...response, status: 500 } : response,
      queries: recording.queries.map((query) => ({
        ...query,
        startMs: query.startMs * slower,
        durationMs: query.durationMs === null ? null : query.durationMs * slower,
      })),
    },
    occurrences: occurrences.map((one) => ({
      ...one,
      totalMs: one.totalMs * slower,
      savingMs: one.savingMs === null ? null : one.savingMs * slower,
    })),
  }
}

function idAt(timeMs: number): string {
  const time = Math.floor(timeMs).toString(16).padStart(12, '0')
  const chance = randomUUID()
  return `${time.slice(0, 8)}-${time.slice(8)}-7${chance.slice(15)}`
}

function gaussian(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
}
