import { basename } from 'node:path'
import type { KnexClient, KnexConfig } from './knex-types.js'

interface Named {
  readonly name: string
  /** Whether the client that owns the pool is known: that of a transaction has none of its own. */
  readonly hasClient: boolean
}

// A transaction's client is a new object that shares its parent's config: the config is the identity of a connection.
const names = new WeakMap<object, Named>()
/** Clients seen when they were made, which those made before silk were not. */
const made = new WeakMap<object, WeakRef<KnexClient>>()
/** The client with the pool, of each name. */
const clients = new Map<string, WeakRef<KnexClient>>()

/** Gives the connection of this client the name that pages show. */
export function nameConnection(client: KnexClient, name: string): void {
  if (client.config) remember(client, client.config, name)
}

/** The given name, else one made of the settings without secrets: `better-sqlite3:app.db`, `pg:shop@db.local`. */
export function connectionName(client: KnexClient): string {
  const { config } = client
  if (!config) return dialectName(client)
  const known = names.get(config)
  if (known !== undefined && (known.hasClient || client.transacting)) return known.name
  return remember(client, config, known?.name ?? describe(client, config))
}

/** The client that queries of this name go through; `null`: there is none in this process, or it is gone. */
export function clientOfConnection(name: string): KnexClient | null {
  return clients.get(name)?.deref() ?? null
}

/** Notes a client that has just been made: its first query may come through a transaction. */
export function noteClient(client: KnexClient): void {
  if (client.config) made.set(client.config, new WeakRef(client))
}

const MOST_CLIENTS = 200

function remember(client: KnexClient, config: object, name: string): string {
  const owner = client.transacting ? made.get(config)?.deref() : client
  names.set(config, { name, hasClient: owner !== undefined })
  if (owner === undefined) return name
  clients.set(name, new WeakRef(owner))
  // A process that goes on making pools under new names: those that are gone are forgotten.
  if (clients.size > MOST_CLIENTS) {
    for (const [gone, ref] of clients) if (ref.deref() === undefined) clients.delete(gone)
  }
  return name
}

function dialectName(client: KnexClient): string {
  const { config, driverName, dialect } = client
  return typeof config?.client === 'string' ? config.client : (driverName ?? dialect ?? 'knex')
}

function describe(client: KnexClient, config: KnexConfig): string {
  const dialect = dialectName(client)
  const target = typeof config.connection === 'string' ? fromUrl(config.connection) : fromSettings(config.connection)
  if (target === '') return numbered(dialect, config)
  // Two pools on one file or server reach one database; two databases in memory are two.
  return target === ':memory:' ? numbered(`${dialect}:${target}`, config) : `${dialect}:${target}`
}

const holders = new Map<string, WeakRef<object>[]>()

/** The name itself for the first that has it, then `name (2)`; a number is free again when its config is gone. */
function numbered(name: string, config: object): string {
  const named = holders.get(name) ?? []
  holders.set(name, named)
  const free = named.findIndex((holder) => holder.deref() === undefined)
  const index = free === -1 ? named.length : free
  named[index] = new WeakRef(config)
  return index === 0 ? name : `${name} (${index + 1})`
}

function fromUrl(connection: string): string {
  try {
    const url = new URL(connection)
    const database = decodeURIComponent(url.pathname.slice(1)) || (url.searchParams.get('dbname') ?? '')
    return url.hostname === '' ? database : `${database}@${url.hostname}`
  } catch {
    // Not a URL: knex takes a bare file name for SQLite. Anything else may hold a password and is not shown.
    return connection.includes('=') || connection.includes('@') ? '' : basename(connection)
  }
}

function fromSettings(connection: unknown): string {
  if (typeof connection !== 'object' || connection === null) return ''
  const { filename, database, host, connectionString } = connection as Record<string, unknown>
  if (typeof filename === 'string') return basename(filename)
  if (typeof connectionString === 'string') return fromUrl(connectionString)
  if (typeof database !== 'string') return ''
  return typeof host === 'string' ? `${database}@${host}` : database
}
