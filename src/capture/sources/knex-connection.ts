import { basename } from 'node:path'
import type { KnexClient, KnexConfig } from './knex-types.js'

// A transaction's client is a new object that shares its parent's config: the config is the identity of a connection.
const names = new WeakMap<object, string>()

/** Gives the connection of this client the name that pages show. */
export function nameConnection(client: KnexClient, name: string): void {
  if (client.config) names.set(client.config, name)
}

/** The given name, else one made of the settings without secrets: `better-sqlite3:app.db`, `pg:shop@db.local`. */
export function connectionName(client: KnexClient): string {
  const { config } = client
  if (!config) return dialectName(client)
  let name = names.get(config)
  if (name === undefined) {
    name = describe(client, config)
    names.set(config, name)
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
  return target === '' ? dialect : `${dialect}:${target}`
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
