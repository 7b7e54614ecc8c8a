// What carrying the request through asynchronous code costs, in CPU time per knex query.
//
//   npm run build && node bench/context.mjs [rounds, 11 by default]
//
// A request is 101 awaited queries on SQLite in memory. Each carrier has a process of its own, since the hooks of
// cls-hooked cannot be taken off again; all are up at once and take turns, forwards and backwards, so that a busy
// machine burdens all alike. Shown are medians: of the times, and of the ratios within one round.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MODES = ['none', 'async-local-storage', 'cls-hooked']
const QUERIES_PER_REQUEST = 101
const REQUESTS_PER_TURN = 50

if (process.send) await serveTurns(process.argv[2])
else await compare(Number(process.argv[2] ?? 11))

async function compare(rounds) {
  const children = MODES.map((mode) => fork(fileURLToPath(import.meta.url), [mode]))
  try {
    for (const child of children) {
      const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')])
      if (message !== 'ready') return
    }
    const times = MODES.map(() => [])
    // The first round warms up.
    for (let round = -1; round < rounds; round++) {
      const order = round % 2 === 0 ? [0, 1, 2] : [2, 1, 0]
      for (const mode of order) {
        children[mode].send('turn')
        const [microseconds] = await once(children[mode], 'message')
        if (round >= 0) times[mode].push(microseconds)
      }
    }
    print(times, rounds)
  } finally {
    for (const child of children) child.kill()
  }
}

function print(times, rounds) {
  console.log(
    `Node ${process.version}, ${rounds} rounds of ${REQUESTS_PER_TURN} requests, ${QUERIES_PER_REQUEST} queries each`,
  )
  const rows = MODES.map((mode, index) => {
    const ratios = times[index].map((time, round) => time / times[0][round])
    const sorted = ratios.toSorted((a, b) => a - b)
    return {
      context: mode,
      'CPU µs per query': Number(median(times[index]).toFixed(1)),
      'against none': Number(median(ratios).toFixed(2)),
      lowest: Number(sorted[0].toFixed(2)),
      highest: Number(sorted.at(-1).toFixed(2)),
    }
  })
  console.table(rows)
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

async function serveTurns(mode) {
  const carrier = mode === 'none' ? noCarrier() : await loadCarrier(mode)
  const db = await openDatabase()
  let attributed = 0
  // What silk asks at each query.
  db.on('query', () => {
    if (carrier.current() !== undefined) attributed++
  })
  process.on('message', async () => {
    attributed = 0
    globalThis.gc?.()
    const before = process.cpuUsage()
    for (let turn = 0; turn < REQUESTS_PER_TURN; turn++) await carrier.run({ turn }, () => request(db))
    const { user, system } = process.cpuUsage(before)
    const queries = REQUESTS_PER_TURN * QUERIES_PER_REQUEST
    if (attributed !== (mode === 'none' ? 0 : queries)) throw new Error(`${mode} lost the context of some queries`)
    process.send((user + system) / queries)
  })
  process.send('ready')
}

async function request(db) {
  const posts = await db('posts')
    .select('id')
    .limit(QUERIES_PER_REQUEST - 1)
  for (const { id } of posts) await db('posts').where({ id }).first()
}

function noCarrier() {
  return { run: (_value, fn) => fn(), current: () => undefined }
}

async function loadCarrier(mode) {
  try {
    const { contextCarrier } = await import('../dist/capture/context.js')
    return contextCarrier(mode)
  } catch (error) {
    return giveUp(`Build first: npm run build (${error.message})`)
  }
}

async function openDatabase() {
  try {
    const { default: knex } = await import('knex')
    const db = knex({ client: 'better-sqlite3', connection: ':memory:', useNullAsDefault: true })
    await db.schema.createTable('posts', (table) => {
      table.increments('id')
      table.string('title')
    })
    await db.batchInsert(
      'posts',
      Array.from({ length: 200 }, (_, n) => ({ title: `Post ${n}` })),
    )
    return db
  } catch (error) {
    return giveUp(`better-sqlite3 does not load on Node ${process.version}: ${error.message.split('\n')[0]}`)
  }
}

function giveUp(reason) {
  console.error(reason)
  process.exit(1)
}
