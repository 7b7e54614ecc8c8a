import type { Plan, PlanStep, SqlRow, SqlSession } from '../../model/explain.js'
import { type CatalogueColumn, type CatalogueIndex, type CatalogueTable, indexesOf } from '../catalogue.js'
import { quoteName } from '../index-code.js'
import { type Engine, type TableName, toNumber } from './engine.js'

/**
 * SQLite. `explain query plan` only prepares a statement and never runs it, so there is nothing to time out and nothing
 * to measure; and plans are made without the values.
 */
export const sqlite: Engine = {
  needsValues: false,
  canMeasure: false,
  guarded: (_session, _timeoutMs, work) => work(),
  table: readTable,
  async plan(session, { statement, bindings }) {
    return planOf(await session.query(`explain query plan ${statement}`, bindings))
  },
}

/** From the rows of `explain query plan`: each names the row that it is part of. */
export function planOf(rows: readonly SqlRow[]): Plan {
  const depths = new Map<unknown, number>([[0, -1]])
  const steps = rows.map((row): PlanStep => {
    const depth = (depths.get(row.parent) ?? -1) + 1
    depths.set(row.id, depth)
    return { depth, ...readDetail(String(row.detail)) }
  })
  return { steps, isMeasured: false }
}

const TABLE = /^(SCAN|SEARCH) (?:TABLE )?(?!SUBQUERY |CONSTANT )("[^"]+"|[^\s(]+)(?: AS (\S+))?/

/** An automatic index is one that SQLite builds for this execution alone, out of all rows. */
function readDetail(text: string): Pick<PlanStep, 'text' | 'rows' | 'isFullScan' | 'alias'> {
  const [, how, table, alias] = TABLE.exec(text) ?? []
  const isScan = how === 'SCAN' && !text.includes('VIRTUAL TABLE')
  const isFullScan = isScan || (how === 'SEARCH' && text.includes('USING AUTOMATIC'))
  return { text, rows: null, isFullScan, alias: alias ?? table ?? null }
}

async function readTable(session: SqlSession, wanted: TableName): Promise<CatalogueTable | null> {
  const { name, schema } = wanted
  const place = schema ?? 'main'
  const master = `${quoteName(place, 'sqlite')}.sqlite_master`
  const [found] = await session.query(
    `select name from ${master} where type = 'table' and name = ? collate nocase and sql not like 'create virtual %'`,
    [name],
  )
  if (found === undefined) return null
  const spelled = String(found.name)
  const info = await session.query('select name, type, pk from pragma_table_info(?, ?)', [spelled, place])
  const primaryKey = info.filter(({ pk }) => Number(pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk))
  const columns = info.map(columnOf)
  // A primary key of one integer column is the table itself: no index of it is listed.
  const key = { name: 'primary key', columns: primaryKey.map((column) => String(column.name)) }
  return {
    schema,
    name: spelled,
    rows: await countRows(session, { ...wanted, name: spelled }),
    indexes: [...(primaryKey.length > 0 ? [key] : []), ...(await readIndexes(session, spelled, place))],
    primaryKey: key.columns,
    columns,
  }
}

function columnOf({ name, type }: SqlRow): CatalogueColumn {
  return { name: String(name), isCoarse: /^bool/i.test(String(type)), isIndexable: true }
}

async function readIndexes(session: SqlSession, table: string, schema: string): Promise<readonly CatalogueIndex[]> {
  const rows = await session.query(
    `select list.name as "index", info.name as "column" from pragma_index_list(?, ?) as list,
      pragma_index_info(list.name, ?) as info order by list.seq, info.seqno`,
    [table, schema, schema],
  )
  return indexesOf(rows)
}

async function countRows(session: SqlSession, { name, schema, countUpTo }: TableName): Promise<number | null> {
  const table = [...(schema === null ? [] : [schema]), name].map((part) => quoteName(part, 'sqlite')).join('.')
  const [row] = await session.query(`select count(*) as n from (select 1 from ${table} limit ${countUpTo})`)
  const counted = toNumber(row?.n)
  if (counted === null || counted < countUpTo) return counted
  // Rows are numbered upwards: the last number tells how many there were, at a glance.
  const [last] = await session.query(`select max(rowid) as n from ${table}`).catch(() => [])
  return Math.max(counted, toNumber(last?.n) ?? 0)
}
