import type { Knex } from 'knex'

interface SqliteConnection {
  function(name: string, implementation: (...values: number[]) => number): unknown
}

export function isSqlite(db: Knex): boolean {
  return db.client.config.client === 'better-sqlite3'
}

/** Makes a function callable from SQL, on the one connection that the corpus has on SQLite. */
export async function defineSqliteFunction(
  db: Knex,
  name: string,
  implementation: (...values: number[]) => number,
): Promise<void> {
  const connection: SqliteConnection = await db.client.acquireConnection()
  try {
    connection.function(name, implementation)
  } finally {
    await db.client.releaseConnection(connection)
  }
}
