import { describe } from 'vitest'
import { type ServerName, servers, urlOf } from './server-urls.js'

export { mariadbUrl, postgresUrl } from './server-urls.js'

/**
 * A `describe` whose tests need PostgreSQL and get its URL. Without a server they are skipped, with the reason in
 * their name. Await it at the top of the test file.
 */
export function describePostgres(name: string, tests: (url: string) => void): Promise<void> {
  return describeWith('PostgreSQL', name, tests)
}

/** Like `describePostgres`, for MariaDB or MySQL. */
export function describeMariadb(name: string, tests: (url: string) => void): Promise<void> {
  return describeWith('MariaDB', name, tests)
}

async function describeWith(server: ServerName, name: string, tests: (url: string) => void): Promise<void> {
  const url = await urlOf(server)
  if (url !== null) describe(name, () => tests(url))
  else describe.skip(`${name} (skipped: no ${server}; set ${servers[server].variable})`, () => tests(''))
}
