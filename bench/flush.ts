// What writing a batch costs on the app's thread, with the indexes of a store and without some of them.
//
//   npx tsx --tsconfig example-app/tsconfig.json bench/flush.ts <file> [batches, 300 by default]
//
// Batches of 20 real recordings go to a store with the index of statuses and those of the orders of requests, and to the
// same without, put back at the end; both take turns in blocks of 50, so that a busy machine burdens both alike. In milliseconds.
import { HostConnection } from '../src/store/host-connection.js'
import { WorkerConnection } from '../src/store/worker-connection.js'
import { realRecordings } from './real-recordings.js'
import { variantOf } from './variants.js'

const INDEXED = ['status', 'duration_us', 'query_count', 'sql_wall_us']
const BLOCK = 50

const [path, batches = '300'] = process.argv.slice(2)
if (path === undefined) throw new Error('Which file? bench/flush.ts <file> [batches]')
const file = { path, temporary: false }
const real = (await realRecordings()).filter(({ recording }) => recording.queries.length <= 60)
const times = { with: [] as number[], without: [] as number[] }
for (let done = 0; done < Number(batches); done += BLOCK) {
  await change((column) => `CREATE INDEX IF NOT EXISTS recordings_${column} ON recordings (${column})`)
  block(times.with)
  await change((column) => `DROP INDEX recordings_${column}`)
  block(times.without)
}
await change((column) => `CREATE INDEX IF NOT EXISTS recordings_${column} ON recordings (${column})`)
for (const [name, all] of Object.entries(times)) {
  all.sort((a, b) => a - b)
  const at = (share: number): string => (all[Math.floor(all.length * share)] ?? 0).toFixed(2)
  console.log(`${name.padEnd(8)} p25 ${at(0.25)}  median ${at(0.5)}  p75 ${at(0.75)}  p95 ${at(0.95)}`)
}

function block(into: number[]): void {
  const connection = new HostConnection(file)
  connection.open()
  for (let at = 0; at < BLOCK + 5; at++) {
    const batch = Array.from({ length: 20 }, (_, turn) => fresh((at * 20 + turn) % real.length))
    const startedAt = performance.now()
    connection.write(batch)
    // The first ones prepare statements and fill caches.
    if (at >= 5) into.push(performance.now() - startedAt)
  }
  connection.close()
}

function fresh(at: number): ReturnType<typeof variantOf> {
  const one = variantOf(real[at] as (typeof real)[number], at % 12)
  const startedAt = Date.now()
  const time = startedAt.toString(16).padStart(12, '0')
  const chance = crypto.randomUUID()
  const durationMs = one.recording.durationMs * Math.exp(Math.random() * 2 - 1)
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7${chance.slice(15)}`
  return { ...one, recording: { ...one.recording, id, startedAt, durationMs, sqlWallMs: durationMs * Math.random() } }
}

async function change(sql: (column: string) => string): Promise<void> {
  const connection = new WorkerConnection(file)
  const { db } = await connection.handle()
  for (const column of INDEXED) db.exec(sql(column))
  db.pragma('wal_checkpoint(TRUNCATE)')
  connection.close()
}
