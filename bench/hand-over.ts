// Whether a batch should be written by the app's thread or by the store's: what each costs the app's thread.
//
//   npx tsx --tsconfig example-app/tsconfig.json bench/hand-over.ts <file> [batches, 300 by default]
//
// Batches of ten requests of about a hundred queries. "written" puts them into the file; "posted" hands copies of them to
// another thread, which then has to unpack and to write them; "unpacked" is that thread's part before it can write. The
// three take turns. In milliseconds.
import { deserialize, serialize } from 'node:v8'
import { MessageChannel } from 'node:worker_threads'
import type { AnalyzedRecording } from '../src/model/finding.js'
import { HostConnection } from '../src/store/host-connection.js'
import { WorkerConnection } from '../src/store/worker-connection.js'
import { realRecordings } from './real-recordings.js'
import { variantOf } from './variants.js'

const BATCH = 10

const [path, batches = '300'] = process.argv.slice(2)
if (path === undefined) throw new Error('Which file? bench/hand-over.ts <file> [batches]')
const hundred = (await realRecordings())
  .filter(({ recording }) => recording.request !== null)
  .toSorted((a, b) => awayFromHundred(a) - awayFromHundred(b))[0] as AnalyzedRecording
console.log(
  `${BATCH} requests of ${hundred.recording.queries.length} queries, ${hundred.occurrences.length} findings each`,
)

const file = { path, temporary: false }
const preparing = new WorkerConnection(file)
await preparing.handle()
preparing.close()
const connection = new HostConnection(file)
connection.open()
const { port1, port2 } = new MessageChannel()
port2.on('message', () => {})
const times = { written: [] as number[], posted: [] as number[], unpacked: [] as number[] }
for (let turn = -20; turn < Number(batches); turn++) {
  const batch = Array.from({ length: BATCH }, (_, at) => fresh(at))
  const written = timed(() => connection.write(batch))
  const posted = timed(() => port1.postMessage(batch))
  const packed = serialize(batch)
  const unpacked = timed(() => deserialize(packed))
  // What was posted arrives before the next turn. The first ones warm up.
  await new Promise((resolve) => setImmediate(resolve))
  if (turn < 0) continue
  times.written.push(written)
  times.posted.push(posted)
  times.unpacked.push(unpacked)
}
port1.close()
connection.close()
for (const [name, all] of Object.entries(times)) {
  all.sort((a, b) => a - b)
  const at = (share: number): string => (all[Math.floor(all.length * share)] ?? 0).toFixed(2)
  console.log(`${name.padEnd(8)} p25 ${at(0.25)}  median ${at(0.5)}  p75 ${at(0.75)}  p95 ${at(0.95)}`)
}

function awayFromHundred({ recording }: AnalyzedRecording): number {
  return Math.abs(recording.queries.length - 101)
}

function timed(work: () => unknown): number {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}

function fresh(at: number): AnalyzedRecording {
  const one = variantOf(hundred, at % 12)
  const startedAt = Date.now()
  const time = startedAt.toString(16).padStart(12, '0')
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`
  return { ...one, recording: { ...one.recording, id, startedAt } }
}
