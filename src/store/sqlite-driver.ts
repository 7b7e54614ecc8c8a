import { createRequire } from 'node:module'
import type Database from 'better-sqlite3'
import { StoreError } from './store-error.js'

export type SqliteDriver = typeof Database
export type SqliteDatabase = Database.Database
export type SqliteStatement = Database.Statement
/** A handle, or what keeps the statements of one. */
export interface SqlitePreparer {
  prepare(sql: string): SqliteStatement
}

/** A package that may hold the driver, and the major versions of it that this Node can run. */
interface Candidate {
  readonly name: string
  readonly from: number
  readonly below: number
}

const NEWEST: Candidate = { name: 'better-sqlite3-13', from: 13, below: Number.POSITIVE_INFINITY }

let loaded: SqliteDriver | undefined

/**
 * Loads the SQLite driver that this Node can run, at the first call and never at import.
 *
 * This is the one place that chooses. better-sqlite3 12 aborts the process on Node 24 when statements are collected,
 * and 13 crashes it on Node 20 as soon as it is loaded. So the version is read before the package is.
 *
 * @throws StoreError `driver`, with the Node version, what was tried, and what to do
 */
export function loadSqliteDriver(): SqliteDriver {
  if (loaded) return loaded
  const require = createRequire(import.meta.url)
  const failures: string[] = []
  for (const candidate of candidatesFor(nodeMajor())) {
    try {
      loaded = loadCandidate(require, candidate)
      return loaded
    } catch (error) {
      failures.push(`${candidate.name}: ${firstLine(error)}`)
    }
  }
  throw new StoreError(
    'driver',
    `No SQLite driver could be loaded on Node ${process.versions.node} (${failures.join('; ')}). ${advice()}`,
  )
}

/** npm says nothing of optional packages that it could not install. */
function advice(): string {
  if (nodeMajor() >= 22) return 'Run `npm install better-sqlite3@13`, which brings its binaries.'
  return (
    'Run `npm install better-sqlite3@12`; where no prebuilt binary exists, npm compiles one, which needs Python, make ' +
    'and a C++ compiler.'
  )
}

function nodeMajor(): number {
  return Number.parseInt(process.versions.node, 10)
}

/** The packages to try on a major version of Node, best first. */
export function candidatesFor(nodeMajor: number): readonly Candidate[] {
  if (nodeMajor < 22) return [{ name: 'better-sqlite3', from: 11, below: 13 }]
  if (nodeMajor < 23) return [{ name: 'better-sqlite3', from: 11, below: Number.POSITIVE_INFINITY }, NEWEST]
  return [NEWEST, { ...NEWEST, name: 'better-sqlite3' }]
}

function loadCandidate(require: NodeJS.Require, { name, from, below }: Candidate): SqliteDriver {
  const { version } = require(`${name}/package.json`) as { version: string }
  const major = Number.parseInt(version, 10)
  if (major < from || major >= below) throw new Error(`version ${version} does not run on this Node`)
  const driver = require(name) as SqliteDriver
  // The native part is loaded by the first connection only.
  new driver(':memory:').close()
  return driver
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0] ?? message
}
