import { createConnection } from 'mysql2/promise'
import pg from 'pg'

const connectTimeoutMs = 3_000

export const servers = {
  PostgreSQL: {
    variable: 'SILK_TEST_POSTGRES_URL',
    defaultUrl: 'postgres://root@127.0.0.1:5432/test',
    connectOnce: async (url: string): Promise<void> => {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs })
      await client.connect()
      await client.end()
    },
  },
  MariaDB: {
    variable: 'SILK_TEST_MARIADB_URL',
    defaultUrl: 'mysql://root@127.0.0.1:3306/test',
    connectOnce: async (url: string): Promise<void> => {
      const connection = await createConnection({ uri: url, connectTimeout: connectTimeoutMs })
      await connection.end()
    },
  },
} as const

export type ServerName = keyof typeof servers

const found = new Map<ServerName, Promise<string | null>>()

/**
 * URL of a PostgreSQL server for tests: `SILK_TEST_POSTGRES_URL`, else the standard port on loopback. Asked once per
 * process.
 *
 * `null`: nothing answers there, which is said on the console; under `CI=true` that is an error.
 */
export function postgresUrl(): Promise<string | null> {
  return urlOf('PostgreSQL')
}

/** Like `postgresUrl`, for MariaDB or MySQL and `SILK_TEST_MARIADB_URL`. */
export function mariadbUrl(): Promise<string | null> {
  return urlOf('MariaDB')
}

/** URL of a server for tests; `null`: nothing answers there. */
export function urlOf(server: ServerName): Promise<string | null> {
  const known = found.get(server)
  if (known !== undefined) return known
  const asked = ask(server)
  found.set(server, asked)
  return asked
}

async function ask(name: ServerName): Promise<string | null> {
  const server = servers[name]
  const url = process.env[server.variable] || server.defaultUrl
  try {
    await server.connectOnce(url)
    return url
  } catch (error) {
    const address = url.replace(/:[^:@/]*@/, ':…@')
    const reason = `no ${name} at ${address} (${describeError(error)}); set ${server.variable} to run the tests that need it`
    if (process.env.CI === 'true') throw new Error(`${reason}. With CI=true they may not be skipped.`, { cause: error })
    console.warn(`Skipping tests: ${reason}.`)
    return null
  }
}

/** A refused connection to `localhost` is an AggregateError whose own message is empty. */
function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describeError(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}
