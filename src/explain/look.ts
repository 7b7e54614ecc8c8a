import type {
  Explanation,
  IndexAdvice,
  Plan,
  RecordedStatement,
  ScratchDatabase,
  SqlDialect,
  SqlSession,
} from '../model/explain.js'
import { indexableColumns, mentionedTables } from '../sql/indexable-columns.js'
import { whyNotExplained } from '../sql/read-only-select.js'
import { type MissingIndex, missingIndexes } from './advice.js'
import { countPlaceholders, usableValues } from './bindings.js'
import { type Catalogue, type CatalogueTable, tableKey } from './catalogue.js'
import type { Engine } from './engines/engine.js'
import { mysql } from './engines/mysql.js'
import { postgresql } from './engines/postgresql.js'
import { sqlite } from './engines/sqlite.js'
import { createIndex, indexMigration } from './index-code.js'
import { messageOf } from './message.js'
import { copySchema, type SchemaCopy, verifyOnSqlite } from './verify-sqlite.js'

export interface Wanted {
  readonly plan: boolean
  /** Runs the query for real. */
  readonly measure: boolean
}

export interface Limits {
  /** For each statement that is sent. In milliseconds. */
  readonly timeoutMs: number
  /** Tables of no more rows need no index, unless a plan reads them whole. */
  readonly minRows: number
  readonly openScratch: () => ScratchDatabase
}

const ENGINES: Readonly<Record<SqlDialect, Engine>> = { sqlite, postgresql, mysql }
const MOST_COUNTED = 100_000

/** Looks at one statement through one connection: catalogue, plan, advice. */
export async function look(
  session: SqlSession,
  statement: RecordedStatement,
  wanted: Wanted,
  limits: Limits,
): Promise<Explanation> {
  const engine = ENGINES[session.dialect]
  const notes: string[] = []
  return engine.guarded(session, limits.timeoutMs, async () => {
    const catalogue = await readCatalogue(engine, session, statement, limits)
    for (const name of catalogue.missing)
      notes.push(`\`${name}\` is no table of this database: nothing is known of its indexes.`)
    // Before the plan: a statement that fails ends PostgreSQL's transaction.
    const tables = catalogue.missing.length > 0 ? null : [...catalogue.tables.values()].map(({ name }) => name)
    const schema = session.dialect === 'sqlite' ? await copySchema(session, tables) : null
    const plan = wanted.plan ? await planned(engine, session, statement, { measure: wanted.measure, notes }) : null
    const uses = indexableColumns(statement.fingerprintText, catalogue.columnsOf)
    const missing = missingIndexes(uses, catalogue.tables, limits.minRows, plan)
    const advice = missing.flatMap((one) => advised(one, session.dialect, { statement, schema, notes, limits }))
    return { connection: statement.connection, dialect: session.dialect, plan, advice, notes }
  })
}

interface ReadCatalogue {
  readonly tables: Catalogue
  readonly missing: readonly string[]
  readonly columnsOf: (table: string, schema: string | null) => ReadonlySet<string> | null
}

async function readCatalogue(
  engine: Engine,
  session: SqlSession,
  { fingerprintText }: RecordedStatement,
  { minRows }: Limits,
): Promise<ReadCatalogue> {
  const tables = new Map<string, CatalogueTable>()
  const missing: string[] = []
  const countUpTo = Math.min(minRows, MOST_COUNTED) + 1
  for (const { schema, table } of mentionedTables(fingerprintText)) {
    const key = tableKey({ schema, table })
    if (tables.has(key) || missing.includes(table)) continue
    const found = await engine.table(session, { name: table, schema, countUpTo })
    if (found === null) missing.push(table)
    else tables.set(key, found)
  }
  const columnsOf = (table: string, schema: string | null): ReadonlySet<string> | null => {
    const known = tables.get(tableKey({ schema, table }))
    return known === undefined ? null : new Set(known.columns.map(({ name }) => name.toLowerCase()))
  }
  return { tables, missing, columnsOf }
}

async function planned(
  engine: Engine,
  session: SqlSession,
  { statement, bindings }: RecordedStatement,
  { measure, notes }: { readonly measure: boolean; readonly notes: string[] },
): Promise<Plan | null> {
  const refusal = whyNotExplained(statement)
  if (refusal !== null) {
    notes.push(`Not explained: ${refusal}. Only a single SELECT that reads is handed to EXPLAIN.`)
    return null
  }
  const usable = engine.needsValues
    ? usableValues(statement, bindings)
    : { values: Array.from({ length: countPlaceholders(statement) }, () => null) }
  if ('problem' in usable) {
    notes.push(`Not explained: ${usable.problem}, and the plan depends on them.`)
    return null
  }
  if (measure && !engine.canMeasure) notes.push('Not run for real: SQLite has no such EXPLAIN, it tells its plan only.')
  try {
    return await engine.plan(session, { statement, bindings: usable.values, measure: measure && engine.canMeasure })
  } catch (error) {
    notes.push(`Not explained: ${messageOf(error)}.`)
    return null
  }
}

interface AdviceTools {
  readonly statement: RecordedStatement
  /** Of SQLite alone. */
  readonly schema: SchemaCopy | null
  readonly notes: string[]
  readonly limits: Limits
}

const UNVERIFIED: Readonly<Record<Exclude<SqlDialect, 'sqlite'>, string>> = {
  postgresql: 'PostgreSQL cannot plan with an index that is not there, so this was not tried.',
  mysql: 'MySQL cannot plan with an index that is not there, so this was not tried.',
}

function advised(missing: MissingIndex, dialect: SqlDialect, tools: AdviceTools): readonly IndexAdvice[] {
  const { schema, table, columns, rows } = missing
  const verdict =
    dialect === 'sqlite' ? verified(missing, tools) : { isVerified: false, verification: UNVERIFIED[dialect] }
  if (verdict === null) {
    const named = columns.map((column) => `\`${column}\``).join(', ')
    tools.notes.push(
      `An index of \`${table}\` on ${named} is not advised: tried in a copy of the schema, it would not be used.`,
    )
    return []
  }
  const code = { createIndex: createIndex(missing, dialect), migration: indexMigration([missing]) }
  return [{ schema, table, columns, rows, message: messageOfMissing(missing), ...code, ...verdict }]
}

function verified(
  missing: MissingIndex,
  { statement, schema, limits }: AdviceTools,
): ReturnType<typeof verifyOnSqlite> {
  let scratch: ScratchDatabase
  try {
    scratch = limits.openScratch()
  } catch (error) {
    return { isVerified: false, verification: `Not tried: ${messageOf(error)}.` }
  }
  try {
    const tried = { statement: statement.statement, bindingCount: countPlaceholders(statement.statement) }
    return verifyOnSqlite(scratch, schema ?? { objects: [], statistics: [] }, tried, missing)
  } finally {
    scratch.close()
  }
}

function messageOfMissing({ table, searched, rows, isFullScan }: MissingIndex): string {
  const named = searched.map((column) => `\`${column}\``).join(' and ')
  const amount = `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`
  const none = `no index of it begins with ${searched.length === 1 ? 'that column' : 'one of them'}`
  return isFullScan
    ? `All ${amount} of \`${table}\` are read to find those by ${named}: ${none}`
    : `\`${table}\` with its ${amount} is searched by ${named}, and ${none}`
}
