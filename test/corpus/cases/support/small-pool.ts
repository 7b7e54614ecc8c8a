import knex, { type Knex } from 'knex'
import type { CorpusCase } from '../../corpus-case.js'
import { isSqlite } from './sqlite-function.js'

/** An instance of knex of the app's own, with few connections, all of them open when the request comes. */
export interface SmallPool extends Required<Pick<CorpusCase, 'tables' | 'dropTables'>> {
  /** Between `tables` and `dropTables`. */
  readonly knex: () => Knex
}

export interface SmallPoolOptions {
  /** On SQLite there is one in any case. */
  readonly connections: number
  /** How long a query waits for a connection, milliseconds. Given, the pool on SQLite has an empty database of its own. */
  readonly patienceMs?: number
  /** For how long someone else holds a connection from before the request, milliseconds; `Infinity`: throughout. */
  readonly heldMs?: number
}

export function smallPool({ connections, patienceMs, heldMs }: SmallPoolOptions): SmallPool {
  let pool: Knex | undefined
  let holder: Knex.Transaction | undefined

  async function release(): Promise<void> {
    const held = holder
    holder = undefined
    await held?.rollback()
  }

  return {
    async tables(db) {
      pool = isSqlite(db) && patienceMs === undefined ? db : openPool(db, connections, patienceMs)
      await openAll(pool, pool === db ? 1 : connections)
      if (heldMs === undefined) return
      holder = await pool.transaction()
      if (Number.isFinite(heldMs)) setTimeout(release, heldMs)
    },
    async dropTables(db) {
      await release()
      if (pool !== db) await pool?.destroy()
    },
    knex() {
      if (pool === undefined) throw new Error('The pool is made by tables()')
      return pool
    },
  }
}

function openPool(db: Knex, connections: number, patienceMs = 10_000): Knex {
  return knex({
    ...db.client.config,
    pool: { min: connections, max: connections },
    acquireConnectionTimeout: patienceMs,
    // A time-out is what some cases are about: it need not be told on the console.
    log: { error: () => {}, warn: () => {} },
  })
}

/** All at once, since a pool makes a connection only when none is free. */
async function openAll(pool: Knex, connections: number): Promise<void> {
  const opened = await Promise.all(Array.from({ length: connections }, () => pool.client.acquireConnection()))
  for (const connection of opened) await pool.client.releaseConnection(connection)
}
