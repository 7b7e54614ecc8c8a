// @ts-check
// An app of its own process, to which things are done while it is asked. Options of silk come as JSON in the first
// argument, with functions by name; its parent gets the port, and sends commands, by IPC.
import express from 'express'
import silk from 'express-silk'
import knex from 'knex'
import { HOSTILE } from './hostile-values.mjs'

const { functions = [], fails = {}, ...options } = JSON.parse(process.argv[2] ?? '{}')
// Functions of the app that fail, in every way in which one can, until they are mended.
let isBroken = true
function thrower() {
  throw new TypeError('of a trap')
}
const TRAPS = Object.fromEntries(['get', 'has', 'getPrototypeOf', 'ownKeys', 'set'].map((name) => [name, thrower]))
const WAYS = {
  throws: () => {
    throw new TypeError('of the app')
  },
  throwsTrap: () => {
    throw new Proxy(new Error('of the app'), TRAPS)
  },
  throwsNothing: () => {
    throw null
  },
  rejects: () => Promise.reject(new TypeError('of the app')),
  givesTrap: () => new Proxy({}, TRAPS),
  givesThenable: () => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what is tried
    then: thrower,
  }),
}
/** @param {keyof typeof WAYS} way @param {unknown} otherwise */
const broken = (way, otherwise) => (isBroken ? WAYS[way]() : otherwise)
/** @type {Record<string, (way: keyof typeof WAYS) => object>} */
const BROKEN = {
  ignore: (way) => ({ ignore: [() => broken(way, false)] }),
  shouldRecord: (way) => ({ shouldRecord: () => broken(way, true) }),
  shouldKeep: (way) => ({ shouldKeep: () => broken(way, true) }),
  'redact.value': (way) => ({
    redact: { value: (/** @type {string} */ _path, /** @type {unknown} */ value) => broken(way, value) },
  }),
  onFinding: (way) => ({ onFinding: () => broken(way, undefined) }),
  onError: (way) => ({ onError: () => broken(way, undefined), shouldRecord: () => broken('throws', true) }),
  authorize: (way) => ({ authorize: () => broken(way, true) }),
  user: (way) => ({ user: () => broken(way, 7) }),
}

const FUNCTIONS = {
  onErrorThrows: {
    onError: () => {
      throw new Error('of onError')
    },
  },
  authorizeThrows: {
    authorize: () => {
      throw new Error('of authorize')
    },
  },
}
for (const [name, way] of Object.entries(fails)) Object.assign(options, BROKEN[name]?.(way))
for (const name of functions) Object.assign(options, FUNCTIONS[/** @type {keyof typeof FUNCTIONS} */ (name)])

/** @type {import('node:worker_threads').Worker[]} */
const workers = []
process.on('worker', (worker) => workers.push(worker))

const db = knex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
await db.schema.createTable('items', (table) => {
  table.increments()
  table.string('name')
})

await db.schema.createTable('parts', (table) => {
  table.increments()
  table.integer('owner_id')
})
await db.schema.createTable('owners', (table) => {
  table.increments()
})
for (let id = 1; id <= 12; id++) {
  await db('owners').insert({ id })
  await db('parts').insert({ owner_id: id })
}

const profiler = silk(options)
const app = express()
app.set('env', 'production')
app.use(profiler)
app.use(express.json())
app.get('/one', async (_req, res) => {
  res.json(await db.raw('select 1 as one'))
})
app.get('/many', async (_req, res) => {
  const rows = []
  for (let id = 0; id < 20; id++) rows.push(await db('items').where({ id }).first())
  res.json(rows)
})
// Has a finding.
app.get('/loop', async (_req, res) => {
  const owners = await db('owners').select()
  const parts = []
  for (const { id } of owners) parts.push(await db('parts').where({ owner_id: id }))
  res.json(parts)
})
app.post('/items', async (req, res) => {
  res.status(201).json(await db('items').where({ name: req.body.name }).count())
})
app.get('/stream', async (_req, res) => {
  res.write('one ')
  await db.raw('select 2 as two')
  res.end('two')
})
// Statements that are new each time, of a length.
let said = 0
app.get('/said', async (req, res) => {
  const text = 'x'.repeat(Number(req.query.chars))
  for (let at = 0; at < 50; at++) await db.raw(`select '${text}' as text, ${said++} as number`)
  res.send('said')
})
app.get('/fail', async (_req, _res) => {
  await db('no_such_table').select()
})
app.get('/spin', (req, res) => {
  const until = performance.now() + Number(req.query.ms)
  while (performance.now() < until);
  res.send('spun')
})
// What the app itself hands to its database client: whatever becomes of it must be the same with silk as without.
app.get('/hostile/:kind', async (req, res) => {
  const { client } = db
  const make = HOSTILE[/** @type {keyof typeof HOSTILE} */ (req.params.kind)]
  const connection = await client.acquireConnection()
  const { _query } = client
  client._query = async (/** @type {unknown} */ _connection, /** @type {object} */ query) =>
    Object.assign(query, { response: [{ one: 1 }] })
  let outcome
  try {
    const answer = await client.query(connection, make())
    outcome = typeof answer
  } catch (error) {
    outcome = error instanceof Error ? error.name : String(error)
  } finally {
    client._query = _query
    client.releaseConnection(connection)
  }
  res.json({ outcome })
})
// Events out of their order, of queries that there never were.
app.get('/events', async (_req, res) => {
  for (const name of ['query-response', 'query-error', 'query', 'start']) {
    for (const value of [undefined, null, 7, {}, { __knexQueryUid: 'x' }]) {
      db.emit(name, value, value, value)
      db.client.emit(name, value, value, value)
    }
  }
  res.json(await db.raw('select 3 as three'))
})
app.use(
  (
    /** @type {Error} */ error,
    /** @type {import('express').Request} */ _req,
    /** @type {import('express').Response} */ res,
    /** @type {import('express').NextFunction} */ _next,
  ) => {
    res.status(500).json({ error: error.message })
  },
)

/** @type {Record<string, () => unknown>} */
const COMMANDS = {
  flush: () => profiler.flush(),
  mend: () => {
    isBroken = false
    Object.assign(globalThis, { isDetectorMended: true })
  },
  close: () => profiler.close(),
  listeners: () => Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)])),
  crashWorker: () => Promise.all(workers.splice(0).map((worker) => worker.terminate())),
  clockBack: () => {
    const { now } = Date
    Date.now = () => now() - 86_400_000
  },
  clocksBack: () => {
    const [date, monotonic] = [Date.now, performance.now.bind(performance)]
    let calls = 0
    Date.now = () => date() - 1_000 * calls++
    performance.now = () => monotonic() - calls++
  },
  prepareStackTraceThrows: () => {
    Error.prepareStackTrace = () => {
      throw new Error('of prepareStackTrace')
    }
  },
  memory: async () => {
    // Twice, since buffers go with the objects that held them.
    for (let turn = 0; turn < 3; turn++) {
      globalThis.gc?.()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return process.memoryUsage().heapUsed + process.memoryUsage().external
  },
}
process.on('message', async (/** @type {string} */ command) => {
  try {
    process.send?.({ command, value: await COMMANDS[command]?.() })
  } catch (error) {
    process.send?.({ command, error: String(error) })
  }
})
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : null })
})
process.on('disconnect', () => process.exit())
