// What looking at one recording costs, by the shape of what the request sent: milliseconds of processor time.
//
//   npm run build && node --expose-gc bench/detect.mjs [shape, a part of its name] [--runs 25] [--json]
//
// Each shape is recorded once from a real Express app with a real database, by the capture room. It is then looked at again
// and again, each time as new query objects, so that nothing that detection noted about the last ones is there. `first`
// is the first look of the process at this shape, before anything is compiled or remembered; the others are the median.
// The columns are the detectors that take longer than a hundredth of the whole, the slowest first.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import express from 'express'
import knex from 'knex'
import { analyze } from '../dist/analysis/analyze.js'
import { detectorsFor } from '../dist/analysis/detectors/index.js'
import { createCapture } from '../dist/capture/capture.js'
import { resolveOptions } from '../dist/options.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '25' }, json: { type: 'boolean', default: false } },
})
const RUNS = Number(values.runs)
const TABLES = 1_000

/** What a request sends, in shapes that apps have and in worse ones. */
const SHAPES = {
  '2 plain queries': (db) => each(2, (n) => db(`t${n}`).where({ id: n }).first()),
  'N+1 of 101': async (db) => {
    const rows = await db('rows').limit(100)
    for (const { id } of rows) await db('t1').where({ rows_id: id })
  },
  '101 in five loops of 20': (db) =>
    each(5, async (loop) => each(20, (n) => db(`t${loop}`).where({ rows_id: n }).select('id'))),
  '5,000 in one loop': (db) => each(5_000, (n) => db('t1').where({ rows_id: n })),
  '1,000 items, 5 statements each': (db) =>
    each(1_000, async (n) => {
      await db('t1').where({ rows_id: n })
      await db('t2').where({ rows_id: n })
      await db('t3').where({ rows_id: n })
      await db('t4').where({ rows_id: n })
      await db('t5').where({ rows_id: n })
    }),
  '100 loops of 50': (db) => each(100, (loop) => each(50, (n) => db(`t${loop}`).where({ rows_id: n }))),
  '1,000 statements, 5 times': (db) => each(1_000, (table) => each(5, (n) => db(`t${table}`).where({ rows_id: n }))),
  '5 times 1,000 statements': (db) => each(5, (n) => each(1_000, (table) => db(`t${table}`).where({ rows_id: n }))),
  '1,000 duplicates, 5 times': (db) => each(1_000, (table) => each(5, () => db(`t${table}`).where({ rows_id: 1 }))),
  '1,000 values, 5 times each': (db) => each(5, () => each(1_000, (n) => db('t1').where({ rows_id: n }))),
  '2,500 values twice': (db) => each(2_500, (n) => each(2, () => db('t1').where({ rows_id: n }))),
  '5,000 statements': (db) =>
    each(5_000, (n) =>
      db(`t${n % TABLES}`)
        .where({ rows_id: n })
        .limit(n)
        .offset(0)
        .select(`id as c${n}`),
    ),
  '5,000 inserts': (db) => each(5_000, (n) => db('t1').insert({ rows_id: n })),
  '5,000 updates by id': (db) => each(5_000, (n) => db('t1').where({ id: n }).update({ rows_id: n })),
  '5,000 in one transaction': (db) => db.transaction((trx) => each(5_000, (n) => trx('t1').where({ rows_id: n }))),
  '100 transactions of 50': (db) =>
    each(100, () => db.transaction((trx) => each(48, (n) => trx('t1').insert({ rows_id: n })))),
  '1,000 transactions between queries': (db) =>
    each(1_000, async (n) => {
      await db('t1').where({ id: n })
      await db.transaction((trx) => trx('t2').where({ id: n }).update({ rows_id: n }))
      await db('t3').where({ id: n })
    }),
  '5,000 at once': (db) => Promise.all(Array.from({ length: 5_000 }, (_, n) => db('t1').where({ rows_id: n }))),
  '1,000 items at once, 5 statements each': (db) =>
    Promise.all(
      Array.from({ length: 1_000 }, async (_, n) => {
        await db('t1').where({ rows_id: n })
        await db('t2').where({ rows_id: n })
        await db('t3').where({ rows_id: n })
        await db('t4').where({ rows_id: n })
        await db('t5').where({ rows_id: n })
      }),
    ),
  '2,500 pairs of read and write': (db) =>
    each(2_500, async (n) => {
      await db('t1').where({ id: n }).first()
      await db('t1').where({ id: n }).update({ rows_id: n })
    }),
  '1,000 lists': (db) =>
    each(1_000, (n) =>
      db('t1').whereIn(
        'rows_id',
        Array.from({ length: 20 }, (_, at) => n + at),
      ),
    ),
}

async function each(count, send) {
  for (let n = 1; n <= count; n++) await send(n)
}

const recordings = await record(
  Object.entries(SHAPES).filter(([name]) => positionals.every((part) => name.includes(part))),
)
const { detect: detection } = resolveOptions({}, {})
const results = recordings.map(([name, recording]) => measure(name, recording))
if (values.json) console.log(JSON.stringify(results, null, 2))
else print(results)

async function record(shapes) {
  const db = knex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
  await fill(db)
  const taken = []
  const capture = createCapture({
    context: 'async-local-storage',
    projectRoot: new URL('..', import.meta.url).pathname,
    redact: { names: [] },
    maxBodyBytes: null,
    isIgnored: () => false,
    onRecording: (recording) => {
      taken.push(recording)
    },
    report: (error) => console.error(error),
  })
  const app = express().use(capture.middleware)
  for (const [at, [, send]] of shapes.entries())
    app.get(`/${at}`, async (_req, res) => res.json((await send(db)) ?? {}))
  const server = app.listen(0)
  await once(server, 'listening')
  const recorded = []
  const url = `http://127.0.0.1:${server.address().port}`
  for (const [at, [name]] of shapes.entries()) recorded.push([name, await ask(`${url}/${at}`, capture, taken)])
  server.closeAllConnections()
  server.close()
  capture.close()
  await db.destroy()
  return recorded
}

/** Under load the capture room leaves things out: then once more, when it has recovered. */
async function ask(url, capture, taken) {
  for (let attempt = 0; attempt < 20; attempt++) {
    await (await fetch(url)).arrayBuffer()
    await pause(20)
    capture.finishNow()
    const recording = taken.splice(0).find(({ kind }) => kind === 'request')
    if (recording?.queries.every(({ callSite, bindings }) => callSite !== null && bindings !== null)) return recording
    await pause(3_000)
  }
  throw new Error('The machine is too slow: no recording is whole.')
}

async function fill(db) {
  await db.schema.createTable('rows', (table) => table.increments('id'))
  await db.batchInsert(
    'rows',
    Array.from({ length: 100 }, (_, at) => ({ id: at + 1 })),
    100,
  )
  await db.transaction(async (trx) => {
    for (let n = 0; n <= TABLES; n++) await trx.raw(`create table t${n} (id integer primary key, rows_id integer)`)
  })
}

/** Some detectors pause. */
function toEnd(found) {
  if ('next' in found) while (!found.next().done);
}

/** As the capture room makes them, and not seen before. */
function asNew(recording) {
  return { ...recording, queries: recording.queries.map((query) => ({ ...query })) }
}

function measure(name, recording) {
  const firstMs = cpuMs(() => analyze(recording, detection))
  const wholeMs = timesOf(recording, RUNS, (one) => analyze(one, detection))
  const detectors = detectorsFor(detection)
    .map(({ kind, detect }) => ({ kind, ms: median(timesOf(recording, RUNS / 4, (one) => toEnd(detect(one)))) }))
    .sort((a, b) => b.ms - a.ms)
  return {
    name,
    queries: recording.queries.length,
    findings: analyze(asNew(recording), detection).length,
    firstMs,
    ms: median(wholeMs),
    leastMs: Math.min(...wholeMs),
    detectors,
  }
}

/** Small recordings many times in one, since the clock of the processor's time has steps. */
function timesOf(recording, runs, look) {
  const { length } = recording.queries
  const repeat = length < 1_000 ? Math.min(500, Math.ceil(10_000 / length)) : 1
  const fresh = Array.from({ length: Math.ceil(runs) }, () => Array.from({ length: repeat }, () => asNew(recording)))
  // Once, and not before each: what is compiled for the objects of one look would go with them.
  globalThis.gc?.()
  return fresh.map((some) => {
    const ms = cpuMs(() => {
      for (const one of some) look(one)
    })
    return ms / repeat
  })
}

function cpuMs(work) {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
}

function print(results) {
  console.log(`${'shape'.padEnd(40)} queries findings   first  median   least   slowest detectors`)
  for (const { name, queries, findings, firstMs, ms, leastMs, detectors } of results) {
    const slowest = detectors.filter((one) => one.ms > ms / 20).slice(0, 4)
    const figures = [queries, findings, text(firstMs), text(ms), text(leastMs)].map((one) => String(one).padStart(7))
    console.log(
      `${name.padEnd(40)} ${figures.join(' ')}   ${slowest.map((one) => `${one.kind} ${text(one.ms)}`).join(', ')}`,
    )
  }
}

function text(ms) {
  return ms.toFixed(ms < 1 ? 4 : 2)
}
