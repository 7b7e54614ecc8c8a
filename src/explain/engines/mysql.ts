import type { Plan, PlanStep, SqlRow, SqlSession } from '../../model/explain.js'
import { type CatalogueTable, indexesOf } from '../catalogue.js'
import { quoteName } from '../index-code.js'
import { type Engine, type TableName, toNumber, toText } from './engine.js'

/** MySQL and MariaDB: in a read-only transaction, with the session's time-out for reads set and put back. */
export const mysql: Engine = {
  needsValues: true,
  canMeasure: true,
  async guarded(session, timeoutMs, work) {
    const timeout = (await isMariaDb(session))
      ? { variable: 'max_statement_time', value: timeoutMs / 1000 }
      : { variable: 'max_execution_time', value: Math.round(timeoutMs) }
    const [before] = await session.query(`select @@session.${timeout.variable} as value`)
    await session.query(`set session ${timeout.variable} = ${timeout.value}`)
    try {
      await session.query('start transaction read only')
      return await work()
    } finally {
      await restore(session, `set session ${timeout.variable} = ${Number(before?.value ?? 0)}`)
    }
  },
  table: readTable,
  async plan(session, { statement, bindings, measure }) {
    const isMaria = await isMariaDb(session)
    const words = measure
      ? isMaria
        ? 'analyze'
        : 'explain analyze'
      : isMaria
        ? 'explain'
        : 'explain format=traditional'
    const rows = await session.query(`${words} ${statement}`, bindings)
    const steps = measure && !isMaria ? treeSteps(rows) : rows.map(tableStep)
    return { steps, isMeasured: measure } satisfies Plan
  },
}

async function restore(session: SqlSession, sql: string): Promise<void> {
  try {
    await session.query('rollback')
    await session.query(sql)
  } catch {
    session.discard()
  }
}

async function isMariaDb(session: SqlSession): Promise<boolean> {
  const [row] = await session.query('select version() as version')
  return /mariadb/i.test(toText(row?.version) ?? '')
}

const SCANS: Readonly<Record<string, string>> = { ALL: 'full scan', index: 'full scan of an index' }

/** One row of the plan in the old form: a table and how its rows are found. */
function tableStep(row: SqlRow): PlanStep {
  const text = (name: string): string | null => toText(row[name])
  const alias = text('table')
  const access = text('type')
  const key = text('key')
  const parts = [
    alias === null ? text('select_type') : `${SCANS[access ?? ''] ?? access ?? ''} ${alias}`.trim(),
    key === null ? null : `using ${key}`,
    text('Extra'),
  ]
  return {
    depth: 0,
    text: parts.filter(Boolean).join(': '),
    rows: toNumber(row.r_rows ?? row.rows),
    isFullScan: access === 'ALL' && alias !== null && !alias.startsWith('<'),
    alias,
  }
}

/** MySQL's `explain analyze` tells one text, a step on each line. */
function treeSteps(rows: readonly SqlRow[]): readonly PlanStep[] {
  const lines = rows.flatMap((row) => (toText(Object.values(row)[0]) ?? '').split('\n')).filter((line) => line.trim())
  return lines.map((line) => {
    const [, indent = '', text = line] = /^(\s*)->\s*(.*)/.exec(line) ?? []
    const [, alias = null] = /^Table scan on (\S+)/.exec(text) ?? []
    const rows = toNumber(/\(actual (?:(?!rows=)[^()])*rows=([\d.e+]+)/.exec(text)?.[1])
    return {
      depth: Math.floor(indent.length / 4),
      text,
      rows,
      isFullScan: alias !== null && !alias.startsWith('<'),
      alias,
    }
  })
}

async function readTable(session: SqlSession, wanted: TableName): Promise<CatalogueTable | null> {
  const { name, schema } = wanted
  const place = [schema, name]
  const [found] = await session.query(
    `select TABLE_NAME as name, TABLE_ROWS as estimate from information_schema.TABLES
      where TABLE_SCHEMA = coalesce(?, database()) and TABLE_NAME = ? and TABLE_TYPE = 'BASE TABLE'`,
    place,
  )
  if (found === undefined) return null
  const indexes = await session.query(INDEXES, place)
  const columns = await session.query(COLUMNS, place)
  const estimate = toNumber(found.estimate)
  const spelled = toText(found.name) ?? name
  return {
    schema,
    name: spelled,
    rows: estimate === null || estimate === 0 ? await countRows(session, { ...wanted, name: spelled }) : estimate,
    indexes: indexesOf(indexes.map((row) => ({ index: toText(row.name), column: toText(row.field) }))),
    primaryKey: indexes.filter((row) => toText(row.name) === 'PRIMARY').map((row) => toText(row.field) ?? ''),
    columns: columns.map((row) => {
      const type = toText(row.type) ?? ''
      return {
        name: toText(row.name) ?? '',
        isCoarse: /^(tinyint\(1\)|bit\(1\))/i.test(type),
        // An index of these needs a length that nobody can guess.
        isIndexable: !/text|blob|json|geometry|point|polygon|linestring/i.test(type),
      }
    }),
  }
}

const INDEXES = `select INDEX_NAME as name, COLUMN_NAME as field from information_schema.STATISTICS
  where TABLE_SCHEMA = coalesce(?, database()) and TABLE_NAME = ? and INDEX_TYPE in ('BTREE', 'HASH')
  order by INDEX_NAME, SEQ_IN_INDEX`

const COLUMNS = `select COLUMN_NAME as name, COLUMN_TYPE as type from information_schema.COLUMNS
  where TABLE_SCHEMA = coalesce(?, database()) and TABLE_NAME = ?`

async function countRows(session: SqlSession, { name, schema, countUpTo }: TableName): Promise<number | null> {
  const qualified = [...(schema === null ? [] : [schema]), name].map((part) => quoteName(part, 'mysql')).join('.')
  const [row] = await session.query(
    `select count(*) as n from (select 1 from ${qualified} limit ${countUpTo}) as counted`,
  )
  return toNumber(row?.n)
}
