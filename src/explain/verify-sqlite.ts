import type { IndexAdvice, Plan, ScratchDatabase, SqlRow, SqlSession } from '../model/explain.js'
import { planOf } from './engines/sqlite.js'
import { createIndex, type IndexPlace, quoteName } from './index-code.js'

/** The app's schema, as much of it as plans depend on. */
export interface SchemaCopy {
  readonly objects: readonly string[]
  /** Rows of `sqlite_stat1`, as ANALYZE left them. */
  readonly statistics: readonly SqlRow[]
}

const MOST_OBJECTS = 5_000

/**
 * @param tables those that the statement names: the rest of the schema is of no matter, and making it takes time on the
 * app's thread; `null`: all, since a view is among them
 */
export async function copySchema(session: SqlSession, tables: readonly string[] | null): Promise<SchemaCopy> {
  const wanted = tables === null ? '' : 'and lower(tbl_name) in (select lower(value) from json_each(?))'
  const objects = await session.query(
    `select sql from sqlite_master where type in ('table', 'index', 'view') and sql is not null ${wanted}
      and name not like 'sqlite\\_%' escape '\\'
      order by case type when 'table' then 0 when 'index' then 1 else 2 end limit ${MOST_OBJECTS}`,
    tables === null ? [] : [JSON.stringify(tables)],
  )
  const statistics = await session.query('select tbl, idx, stat from sqlite_stat1').catch(() => [])
  return { objects: objects.map(({ sql }) => String(sql)), statistics }
}

type Verdict = Pick<IndexAdvice, 'isVerified' | 'verification'>

/**
 * Makes the index in a copy of the schema and looks whether SQLite's plan then uses it.
 *
 * @param bindingCount placeholders of the statement; plans do not depend on their values
 * @returns `null`: the plan would not use it
 */
export function verifyOnSqlite(
  scratch: ScratchDatabase,
  schema: SchemaCopy,
  { statement, bindingCount }: { readonly statement: string; readonly bindingCount: number },
  place: IndexPlace,
): Verdict | null {
  const values = Array.from({ length: bindingCount }, () => null)
  const planned = (): Plan => planOf(scratch.all(`explain query plan ${statement}`, values))
  try {
    build(scratch, schema)
    const before = planned()
    scratch.run(createIndex({ ...place, schema: null }, 'sqlite').replace(/^create index \S+/, `create index ${NAME}`))
    const step = planned().steps.find(({ text }) => new RegExp(`\\b${NAME}\\b`).test(text))
    if (step === undefined) return null
    const was = before.steps.find(({ alias }) => alias !== null && alias === step.alias)
    const now = step.text.replace(NAME, 'the index')
    return {
      isVerified: true,
      verification: `In a copy of the schema: \`${was?.text ?? 'no such step'}\` before, \`${now}\` with it.`,
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return {
      isVerified: false,
      verification: `Not tried: a copy of the schema does not take the statement (${reason}).`,
    }
  }
}

const NAME = quoteName('silk_advised_index', 'sqlite').slice(1, -1)

function build(scratch: ScratchDatabase, { objects, statistics }: SchemaCopy): void {
  for (const sql of objects) {
    try {
      scratch.run(sql)
    } catch {
      // A virtual table whose module is not here; if the statement needs it, its plan fails and that is told.
    }
  }
  if (statistics.length === 0) return
  scratch.run('analyze')
  for (const { tbl, idx, stat } of statistics)
    scratch.run('insert into sqlite_stat1 values (?, ?, ?)', [tbl, idx, stat])
  scratch.run('analyze sqlite_master')
}
