import { randomBytes } from 'node:crypto'
import type { Express, RequestHandler } from 'express'
import knex, { type Knex } from 'knex'
import supertest, { type Agent } from 'supertest'
import { afterAll, beforeAll, describe } from 'vitest'
import { createApp } from '../../example-app/app.js'
import { connect, createSchema } from '../../example-app/database.js'
import { seed } from '../../example-app/seed.js'
import { describePostgres, postgresUrl } from './servers.js'

export type EngineName = 'SQLite' | 'PostgreSQL'

/** The example API on a seeded database of its own. */
export interface Example {
  readonly app: Express
  readonly db: Knex
  /** Destroys the database's connections, and on PostgreSQL its schema. Idempotent. */
  close(): Promise<void>
}

/** An `Example` with a supertest agent and the `authorization` headers of its two seeded users. */
export interface ExampleApi extends Example {
  readonly api: Agent
  readonly staff: string
  readonly regular: string
}

/** @throws for PostgreSQL without a server: ask `postgresUrl()` before, or use `describeEngines`. */
export async function startExample(engine: EngineName, options: { profiler?: RequestHandler } = {}): Promise<Example> {
  const { db, close } = engine === 'SQLite' ? connectSqlite() : await connectPostgres()
  try {
    await createSchema(db)
    await seed(db)
    return { app: createApp({ db, ...options }), db, close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * The same tests on SQLite and on PostgreSQL. Without a server the second are skipped, with the reason in their name;
 * under `CI=true` that is an error. Await it at the top of the test file.
 */
export async function describeEngines(subject: string, tests: (engine: EngineName) => void): Promise<void> {
  describe(`${subject} on SQLite`, () => tests('SQLite'))
  await describePostgres(`${subject} on PostgreSQL`, () => tests('PostgreSQL'))
}

/** An example API for the tests of the `describe` that it is called in. Its properties are there once they run. */
export function useExample(engine: EngineName): ExampleApi {
  const example = {} as ExampleApi
  beforeAll(async () => {
    const started = await startExample(engine)
    const api = supertest(started.app)
    const staff = await authorization(api, 'admin')
    Object.assign(example, started, { api, staff, regular: await authorization(api, 'regular-user') })
  })
  afterAll(() => example.close?.())
  return example
}

/** The SQL that is sent to a database while `run` runs. */
export async function queriesOf(db: Knex, run: () => Promise<unknown>): Promise<readonly string[]> {
  const statements: string[] = []
  const note = ({ sql }: { sql: string }): void => {
    statements.push(sql)
  }
  db.on('query', note)
  await run()
  db.removeListener('query', note)
  return statements
}

async function authorization(api: Agent, username: string): Promise<string> {
  const { body } = await api.post('/auth/login/').send({ username, password: 'password123' }).expect(200)
  return `Bearer ${body.access}`
}

function connectSqlite(): Pick<Example, 'db' | 'close'> {
  const db = connect(undefined)
  return { db, close: () => db.destroy() }
}

async function connectPostgres(): Promise<Pick<Example, 'db' | 'close'>> {
  const url = await postgresUrl()
  if (url === null) throw new Error('No PostgreSQL server for this test.')

  const schema = `silk_example_${randomBytes(6).toString('hex')}`
  const db = knex({ client: 'pg', connection: url, searchPath: [schema] })
  await db.raw('create schema ??', [schema])

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await db.raw('drop schema ?? cascade', [schema])
    await db.destroy()
  }
  return {
    db,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
