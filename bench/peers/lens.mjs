// Lens has no adapter for knex: this one does what its own ones do, with its context, watchers and queued store.
import {
  Lens,
  LensAdapter,
  lensContext,
  lensUtils,
  QueryWatcher,
  QueuedSqliteStore,
  RequestWatcher,
} from '@lensjs/core'

class NoPages extends LensAdapter {
  setup() {}
  registerRoutes() {}
  serveUI() {}
}

/** `formats` lays each statement out as Lens's own query handlers do. */
export async function start({ storeFile, app, formats }) {
  const store = new QueuedSqliteStore({ databasePath: storeFile })
  const requests = new RequestWatcher()
  const queries = new QueryWatcher()
  Lens.setStore(store).setAdapter(new NoPages()).setWatchers([requests, queries])
  await store.initialize()
  await Lens.start({ appName: 'bench', path: 'lens', enabled: true })

  const language = app === 'sqlite' ? 'sqlite' : 'postgresql'
  const log = (query, requestId, milliseconds) => {
    const sql = lensUtils.interpolateQuery(query.sql, query.bindings ?? [])
    const data = {
      query: formats ? lensUtils.formatSqlQuery(sql, language) : sql,
      duration: `${milliseconds.toFixed(2)} ms`,
      createdAt: new Date().toISOString(),
      type: language,
    }
    void queries.log({ data, requestId })
  }
  return {
    handler: requestHandler(requests),
    watch: (db) => watch(db, log),
    flush: () => drain(store),
    statements: () => storedQueries(store),
  }
}

function requestHandler(requests) {
  return (req, res, next) => {
    const id = lensUtils.generateRandomUuid()
    const startedAt = process.hrtime()
    let body
    const json = res.json
    res.json = function (value) {
      body = value
      return json.call(this, value)
    }
    res.on('finish', () => {
      void requests.log({
        request: {
          id,
          method: req.method,
          duration: lensUtils.prettyHrTime(process.hrtime(startedAt)),
          path: req.originalUrl,
          headers: req.headers,
          body: req.body ?? {},
          status: res.statusCode,
          ip: req.socket.remoteAddress ?? '',
          createdAt: new Date().toISOString(),
        },
        response: { json: body ?? {}, headers: res.getHeaders() },
        user: null,
      })
    })
    lensContext.run({ requestId: id }, next)
  }
}

function watch(db, log) {
  const running = new Map()
  db.on('query', ({ __knexQueryUid }) => {
    running.set(__knexQueryUid, { requestId: lensContext.getStore()?.requestId, startedAt: performance.now() })
  })
  const end = (query) => {
    const begun = running.get(query.__knexQueryUid)
    running.delete(query.__knexQueryUid)
    if (begun?.requestId) log(query, begun.requestId, performance.now() - begun.startedAt)
  }
  db.on('query-response', (_response, query) => end(query))
  db.on('query-error', (_error, query) => end(query))
}

/** Its queue writes at most a hundred entries each tenth of a second: what is left is written here. */
async function drain(store) {
  while (!store.queue.isEmpty()) await store.processQueue()
}

function storedQueries({ connection }) {
  return connection.prepare("select count(*) as total from lens_entries where type = 'query'").get().total
}
