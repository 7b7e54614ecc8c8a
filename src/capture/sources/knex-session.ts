import type { SqlConnections, SqlDialect, SqlRow, SqlSession } from '../../model/explain.js'
import { DIALECTS } from '../../sql/dialect.js'
import { clientOfConnection } from './knex-connection.js'
import type { KnexClient } from './knex-types.js'

/** The parts of a root client that lend a connection and send to it, below everything that knex tells its listeners. */
interface LendingClient extends KnexClient {
  readonly pool?: Pool
  acquireConnection(): Promise<object>
  releaseConnection(connection: object): Promise<unknown>
  _query(connection: object, query: object): Promise<{ readonly response?: unknown }>
}

/** tarn's. */
interface Pool {
  readonly max: number
  numFree(): number
  numUsed(): number
  numPendingCreates(): number
  numPendingAcquires(): number
}

/** The connections of every knex of the process that has sent a query. */
export const liveConnections: SqlConnections = {
  use(name, work) {
    const client = clientOfConnection(name)
    return client === null ? null : useClient(client, work)
  },
}

/** What the connection of this name talks; `null`: none is open in this process, or it is none of these. */
export function liveDialect(name: string): SqlDialect | null {
  const client = clientOfConnection(name)
  return client && knownDialect(client)
}

/**
 * Lends one connection of a knex client's pool. It never waits in the app's queue: it takes a connection only when one is
 * to spare, and gives up after a second.
 *
 * @throws Error by rejection when the pool has none to spare, is closed, or its database is none that is understood
 */
export async function useClient<T>(knexClient: object, work: (session: SqlSession) => Promise<T>): Promise<T> {
  const client = knexClient as LendingClient
  const dialect = dialectOf(client)
  await waitForSpare(client)
  const connection = await client.acquireConnection()
  try {
    return await work(sessionOf(client, connection, dialect))
  } finally {
    await client.releaseConnection(connection)
  }
}

function knownDialect({ dialect, driverName, config }: KnexClient): SqlDialect | null {
  for (const name of [driverName, dialect, config?.client]) {
    const known = typeof name === 'string' ? DIALECTS[name] : undefined
    if (known !== undefined) return known
  }
  return null
}

function dialectOf(client: LendingClient): SqlDialect {
  const known = knownDialect(client)
  if (known === null) throw new Error(`the catalogue of ${client.dialect ?? 'this database'} is not understood`)
  return known
}

const SPARE_TRIES = 20
const SPARE_PAUSE_MS = 50

async function waitForSpare(client: LendingClient): Promise<void> {
  for (let tries = 0; tries < SPARE_TRIES; tries++) {
    const { pool } = client
    if (!pool) throw new Error('the app has closed this connection')
    if (hasSpare(pool)) return
    await new Promise((resolve) => setTimeout(resolve, SPARE_PAUSE_MS).unref())
  }
  throw new Error('all connections of its pool are in use; try again when the app is less busy')
}

function hasSpare(pool: Pool): boolean {
  if (pool.numPendingAcquires() > 0) return false
  return pool.numFree() > 0 || pool.numUsed() + pool.numPendingCreates() < pool.max
}

function sessionOf(client: LendingClient, connection: object, dialect: SqlDialect): SqlSession {
  return {
    dialect,
    async query(sql, bindings = []) {
      // A statement of its own for each: pg would run several at once where there are no values.
      const options = dialect === 'postgresql' ? { queryMode: 'extended' } : {}
      const { response } = await client._query(connection, { sql, bindings: [...bindings], method: 'raw', options })
      return rowsOf(response)
    },
    discard() {
      // What knex itself does with a connection that failed: its pool closes it at the next look.
      Object.assign(connection, { __knex__disposed: 'its state is not known after silk looked at the catalogue' })
    },
  }
}

/** Drivers answer with rows, with `{ rows }`, or with `[rows, fields]`. */
function rowsOf(response: unknown): readonly SqlRow[] {
  if (Array.isArray(response)) return (Array.isArray(response[0]) ? response[0] : response) as readonly SqlRow[]
  const rows = (response as { readonly rows?: unknown } | null | undefined)?.rows
  return Array.isArray(rows) ? (rows as readonly SqlRow[]) : []
}
