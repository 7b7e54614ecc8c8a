import type { SqlDialect } from '../model/explain.js'

/** By the name of a client or driver of knex. */
export const DIALECTS: Readonly<Record<string, SqlDialect>> = {
  'better-sqlite3': 'sqlite',
  sqlite3: 'sqlite',
  postgresql: 'postgresql',
  postgres: 'postgresql',
  pg: 'postgresql',
  cockroachdb: 'postgresql',
  mysql: 'mysql',
  mysql2: 'mysql',
  mariadb: 'mysql',
}

/**
 * The dialect of a recorded statement, by the name that its connection has unless it was given another
 * (`pg:shop@db.local`), else by its placeholders. `null`: not known.
 */
export function guessDialect(connection: string, statement: string): SqlDialect | null {
  const named = DIALECTS[connection.split(/[: ]/, 1)[0] ?? '']
  if (named !== undefined) return named
  return /\$\d/.test(statement) ? 'postgresql' : null
}
