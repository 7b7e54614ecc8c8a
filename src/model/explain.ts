import type { RecordedBinding } from './query.js'
import type { StatementDetail } from './statement.js'

/** Databases whose catalogue and plans are understood. */
export type SqlDialect = 'sqlite' | 'postgresql' | 'mysql'

/** One connection of a pool, had for some queries that nobody else's stand between. */
export interface SqlSession {
  readonly dialect: SqlDialect
  /** The rows of one statement. It is sent as it stands, with the placeholders of its driver. */
  query(sql: string, bindings?: readonly RecordedBinding[]): Promise<readonly SqlRow[]>
  /** The connection may not be as it was: the pool closes it instead of lending it again. */
  discard(): void
}

export type SqlRow = Readonly<Record<string, unknown>>

/** The app's own database connections, by the names that recordings give them. */
export interface SqlConnections {
  /**
   * Lends one connection to `work`, when the pool has one to spare.
   *
   * @returns `null`: no connection of this name is open in this process
   * @throws Error by rejection when all connections stay in use, or the database is none that is understood
   */
  use<T>(name: string, work: (session: SqlSession) => Promise<T>): Promise<T> | null
}

/** An empty SQLite database in memory, to try an index in. */
export interface ScratchDatabase {
  run(sql: string, values?: readonly unknown[]): void
  all(sql: string, values?: readonly unknown[]): readonly SqlRow[]
  close(): void
}

/** A statement as it was recorded. */
export interface RecordedStatement {
  readonly fingerprintText: string
  /** SQL of one execution, as sent. */
  readonly statement: string
  /** Of the same execution, masked; `null`: not kept. */
  readonly bindings: readonly RecordedBinding[] | null
  /** `null`: no execution is stored any more. */
  readonly connection: string | null
}

export interface PlanStep {
  /** 0: the outermost. */
  readonly depth: number
  readonly text: string
  /** Estimated by the database, or counted if the plan was measured; `null`: not told. */
  readonly rows: number | null
  /** Every row of a table is read. */
  readonly isFullScan: boolean
  /** How the statement calls the table; `null`: the step reads none. */
  readonly alias: string | null
}

export interface Plan {
  readonly steps: readonly PlanStep[]
  /** The query was run, and its rows counted. */
  readonly isMeasured: boolean
}

export interface IndexAdvice {
  readonly schema: string | null
  readonly table: string
  readonly columns: readonly string[]
  /** Rows of the table; an estimate from some thousands on. */
  readonly rows: number
  /** One sentence that says what is wrong, with numbers. */
  readonly message: string
  /** `create index …` in the dialect of the connection. */
  readonly createIndex: string
  /** A knex migration, as an ES module. */
  readonly migration: string
  /** Whether a copy of the schema showed that the database would use it. */
  readonly isVerified: boolean
  /** How it was verified, or why not, for people. */
  readonly verification: string
}

/** What is known of a statement's plan and indexes. */
export interface Explanation {
  readonly connection: string | null
  readonly dialect: SqlDialect | null
  /** `null`: not asked for, or not to be had; then `notes` say why. */
  readonly plan: Plan | null
  readonly advice: readonly IndexAdvice[]
  /** What is not known, and why; one sentence each. */
  readonly notes: readonly string[]
}

/** Looks at a statement in the database it was sent to, when someone asks. */
export interface Explainer {
  /** Indexes only, by the catalogue. Never rejects. */
  checkIndexes(statement: RecordedStatement): Promise<Explanation>
  /**
   * Plan and indexes. Never rejects.
   *
   * @param options.measure runs the query for real, to count its rows
   */
  explain(statement: RecordedStatement, options: { readonly measure: boolean }): Promise<Explanation>
}

/** What the pages ask about a stored statement. */
export interface StatementInspector {
  /** Whether the statement is slow enough to look at its indexes unasked. */
  isWorthChecking(statement: StatementDetail): boolean
  /** Keeps nothing. Never rejects. */
  checkIndexes(statement: StatementDetail): Promise<Explanation>
  /**
   * A missing index becomes a finding. Never rejects.
   *
   * @param options.measure runs the query for real, to count its rows
   */
  explain(statement: StatementDetail, options: { readonly measure: boolean }): Promise<Explanation>
}
