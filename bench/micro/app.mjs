// One mode of bench/micro.mjs: an Express app in this process, served without sockets.
import '../../test/support/sqlite-on-new-node.mjs'
import { AsyncLocalStorage } from 'node:async_hooks'
import { writeFileSync } from 'node:fs'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Session } from 'node:inspector/promises'
import { Writable } from 'node:stream'
import express from 'express'
import knex from 'knex'

const [mode, file] = process.argv.slice(2)

const db = await openDatabase()
const { middleware, flush, overheads } = await startMode()
const app = express()
app.disable('x-powered-by')
if (middleware) app.use(middleware)
app.get('/plain', (_req, res) => res.json({ ok: true }))
app.get('/posts/:id', async (req, res) => {
  const post = await db('posts').where({ id: req.params.id }).first()
  res.json({ post, author: await db('authors').where({ id: post.author_id }).first() })
})
app.get('/posts', async (_req, res) => {
  const posts = await db('posts').select('id', 'title', 'author_id').limit(100)
  for (const post of posts) post.author = await db('authors').where({ id: post.author_id }).first()
  res.json(posts)
})
const ADDRESSES = { 0: () => '/plain', 2: (n) => `/posts/${1 + (n % 150)}`, 101: () => '/posts' }

let profiler = null

process.on('message', async (message) => {
  if (message === 'end') process.exit()
  const { queries, requests, profile } = message
  if (profile) return process.send({ profiled: await switchProfiler(profile) })
  globalThis.gc?.()
  // The pause before a turn is the measure's own: after one, stacks are taken.
  for (let n = 0; n < 2; n++) await request(ADDRESSES[queries](n))
  await flush()
  const startMs = performance.now()
  const before = process.cpuUsage()
  let wallMs = 0
  for (let n = 0; n < requests; n++) {
    const sentMs = performance.now()
    await request(ADDRESSES[queries](n))
    wallMs += performance.now() - sentMs
    // As between requests of a socket: timers and immediates have their turn.
    if (n % 8 === 7) await new Promise((resolve) => setImmediate(resolve))
  }
  await flush()
  const { user, system } = process.cpuUsage(before)
  process.send({
    cpuUs: (user + system) / requests,
    wallUs: (wallMs * 1000) / requests,
    ms: performance.now() - startMs,
    reported: await overheads(requests),
  })
})
process.send({ ready: true })

/** `start`, or the file that what was seen since then goes to. */
async function switchProfiler(profile) {
  if (profile === 'start') {
    profiler = new Session()
    profiler.connect()
    await profiler.post('Profiler.enable')
    await profiler.post('Profiler.setSamplingInterval', { interval: 200 })
    await profiler.post('Profiler.start')
  } else {
    writeFileSync(profile, JSON.stringify((await profiler.post('Profiler.stop')).profile))
    profiler.disconnect()
  }
}

class Wire extends Writable {
  remoteAddress = '127.0.0.1'
  constructor() {
    super({ write: (_chunk, _encoding, done) => done() })
  }
  setTimeout() {}
  cork() {}
  uncork() {}
}

const HEADERS = { host: 'localhost:3000', accept: 'application/json', 'user-agent': 'micro', connection: 'keep-alive' }
const RAW_HEADERS = Object.entries(HEADERS).flat()

function request(url) {
  return new Promise((resolve) => {
    const wire = new Wire()
    const req = new IncomingMessage(wire)
    req.method = 'GET'
    req.url = url
    req.httpVersionMajor = 1
    req.httpVersionMinor = 1
    req.headers = HEADERS
    req.rawHeaders = RAW_HEADERS
    req.push(null)
    const res = new ServerResponse(req)
    res.assignSocket(wire)
    res.on('finish', () => {
      res.detachSocket(wire)
      if (res.statusCode !== 200) throw new Error(`${url} answered ${res.statusCode}`)
      resolve()
    })
    // As from a socket: nothing of this file is on the stack of the app's handlers.
    setImmediate(app, req, res)
  })
}

async function startMode() {
  const none = { middleware: null, flush: async () => {}, overheads: async () => null }
  if (mode === 'bare') return none
  if (mode === 'als') {
    const storage = new AsyncLocalStorage()
    return { ...none, middleware: (_req, _res, next) => storage.run({}, next) }
  }
  if (mode === 'capture') return captureAlone()
  const { silk } = await import('../../dist/index.js')
  const profiler = silk({ enabled: mode !== 'off', store: file, path: '/silk' })
  return { middleware: profiler, flush: () => profiler.flush(), overheads: mode === 'off' ? none.overheads : newest }
}

/** The capture room without what comes after it: no detectors, no store. */
async function captureAlone() {
  const { createCapture } = await import('../../dist/capture/capture.js')
  const capture = createCapture({
    context: 'async-local-storage',
    projectRoot: process.cwd(),
    redact: { names: [] },
    maxBodyBytes: 0,
    isIgnored: () => false,
    onRecording: () => {},
    report: (error) => console.error(error),
  })
  return { middleware: capture.middleware, flush: async () => capture.finishNow(), overheads: async () => null }
}

/** Of the newest recordings: duration less the overhead, as they are stored. */
async function newest(requests) {
  const { loadSqliteDriver } = await import('../../dist/store/sqlite-driver.js')
  const store = new (loadSqliteDriver())(file, { readonly: true })
  try {
    return store
      .prepare('SELECT duration_us - overhead_us FROM recordings ORDER BY number DESC LIMIT ?')
      .pluck()
      .all(Math.min(requests, 20))
  } finally {
    store.close()
  }
}

async function openDatabase() {
  const opened = knex({ client: 'better-sqlite3', connection: ':memory:', useNullAsDefault: true })
  await opened.schema.createTable('authors', (table) => {
    table.increments('id')
    table.string('name')
  })
  await opened.schema.createTable('posts', (table) => {
    table.increments('id')
    table.integer('author_id')
    table.string('title')
  })
  const ids = Array.from({ length: 200 }, (_, n) => n + 1)
  await opened.batchInsert(
    'authors',
    ids.map((id) => ({ id, name: `Author ${id}` })),
  )
  await opened.batchInsert(
    'posts',
    ids.map((id) => ({ id, author_id: ((id * 7) % 150) + 1, title: `Post ${id}` })),
  )
  return opened
}
