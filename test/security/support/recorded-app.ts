import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type Express } from 'express'
import silk, { type Profiler, type SilkOptions } from 'express-silk'
import knex from 'knex'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'

/** What nobody may read who may not look. */
export const RECORDED = 'recorded-word-of-the-app'

export interface RecordedApp {
  readonly app: Express
  readonly port: number
  readonly profiler: Profiler
  readonly file: string
  /** What people decided, and which recordings there are: it must not change by looking. */
  readonly state: () => unknown
  readonly close: () => Promise<void>
}

/** An app with silk that has recorded a few requests, listening on all addresses of this machine. */
export async function startRecordedApp(options: SilkOptions = {}): Promise<RecordedApp> {
  const folder = mkdtempSync(join(tmpdir(), 'silk-security-'))
  const file = join(folder, 'silk.db')
  const profiler = silk({ store: file, onFinding: () => {}, ...options })
  const db = knex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
  await db.schema.createTable('items', (table) => {
    table.increments()
    table.string('name')
  })
  const app = express()
  app.use(profiler)
  app.get('/items', async (req, res) => {
    for (let id = 0; id < 8; id++) await db('items').where({ id, name: RECORDED }).first()
    res.json(req.query)
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '::', resolve))
  const { port } = server.address() as AddressInfo
  for (let turn = 0; turn < 3; turn++) await (await fetch(`http://127.0.0.1:${port}/items?${RECORDED}=${turn}`)).text()
  await profiler.flush()
  return {
    app,
    port,
    profiler,
    file,
    state: () => stateOf(file),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await profiler.close()
      await db.destroy()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function stateOf(file: string): unknown {
  const Driver = loadSqliteDriver()
  const db = new Driver(file, { fileMustExist: true, timeout: 5_000 })
  try {
    const all = (sql: string): unknown => db.prepare(sql).all()
    return {
      recordings: all('SELECT hex(id) FROM recordings ORDER BY number'),
      findings: all('SELECT key, state FROM findings ORDER BY key'),
      controls: all('SELECT * FROM controls'),
    }
  } finally {
    db.close()
  }
}
