import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import createKnex, { type Knex } from 'knex'
import { UsageError } from './command.js'

interface Driver {
  /** Knex clients and the packages that they need, best first. */
  readonly clients: readonly string[]
  readonly install: string
}

const DRIVERS = {
  postgresql: { clients: ['pg'], install: 'npm install pg' },
  mysql: { clients: ['mysql2', 'mysql'], install: 'npm install mysql2' },
  sqlite: { clients: ['better-sqlite3', 'sqlite3'], install: 'npm install better-sqlite3' },
} as const satisfies Readonly<Record<string, Driver>>

const PROTOCOLS: Readonly<Record<string, keyof typeof DRIVERS>> = {
  'postgres:': 'postgresql',
  'postgresql:': 'postgresql',
  'mysql:': 'mysql',
  'mysql2:': 'mysql',
  'mariadb:': 'mysql',
}

const ALLOWED =
  'a URL such as postgres://user@host/database or mysql://user@host/database, or an SQLite file that exists'

/**
 * A knex instance on what `--connection` names, with the driver that the project in the working directory has installed.
 *
 * @throws UsageError when it is neither a URL of a known database nor a file
 * @throws Error when the driver is not installed
 */
export function connect(given: string, directory: string = process.cwd()): Knex {
  const url = given.includes('://') ? new URL(checkedUrl(given)) : null
  if (url === null) return openFile(given, directory)
  if (url.protocol === 'file:') return openFile(fileURLToPath(url), directory)
  if (url.protocol === 'sqlite:' || url.protocol === 'sqlite3:') {
    return openFile(decodeURIComponent(given.slice(given.indexOf('://') + 3)), directory)
  }
  const database = PROTOCOLS[url.protocol]
  if (database === undefined) throw refused(given, `nothing is known of "${url.protocol}//"`)
  return open(database, directory, url.href.replace(/^(mariadb|mysql2):/, 'mysql:'))
}

function checkedUrl(given: string): string {
  if (URL.canParse(given)) return given
  throw refused(given, 'it is no valid URL')
}

function openFile(path: string, directory: string): Knex {
  const file = resolve(directory, path)
  if (!existsSync(file)) throw refused(path, 'there is no such file')
  if (!statSync(file).isFile()) throw refused(path, 'it is no file')
  return open('sqlite', directory, {
    filename: file,
    options: { readonly: true },
    flags: ['OPEN_READONLY'],
  })
}

function open(
  database: keyof typeof DRIVERS,
  directory: string,
  connection: string | Knex.StaticConnectionConfig,
): Knex {
  const { clients, install } = DRIVERS[database]
  const require = createRequire(join(directory, 'package.json'))
  const failures: string[] = []
  for (const client of clients) {
    try {
      require(client)
      return projectKnex(require)({ client, connection, useNullAsDefault: true, pool: { min: 0, max: 1 } })
    } catch (error) {
      failures.push(`${client}: ${firstLine(error)}`)
    }
  }
  throw new Error(`No driver for this database in ${directory} (${failures.join('; ')}). Run \`${install}\` there.`)
}

/** The project's own where it has one: it finds the drivers that lie beside it. */
function projectKnex(require: NodeJS.Require): typeof createKnex {
  try {
    return require('knex') as typeof createKnex
  } catch {
    return createKnex
  }
}

function refused(value: string, why: string): UsageError {
  return new UsageError(`--connection is "${shownConnection(value)}", and ${why}; allowed: ${ALLOWED}.`)
}

/** Without its password. */
export function shownConnection(given: string): string {
  return given.replace(/(:\/\/[^/?#]*?):[^/]*@/, '$1:…@')
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}
