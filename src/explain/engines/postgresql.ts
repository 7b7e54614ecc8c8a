import type { Plan, PlanStep, SqlSession } from '../../model/explain.js'
import { type CatalogueTable, indexesOf } from '../catalogue.js'
import { quoteName } from '../index-code.js'
import { type Engine, type TableName, toNumber } from './engine.js'

/** PostgreSQL: everything within one read-only transaction that is rolled back, with a time-out of its own. */
export const postgresql: Engine = {
  needsValues: true,
  canMeasure: true,
  async guarded(session, timeoutMs, work) {
    await session.query('begin transaction read only')
    try {
      await session.query(`set local statement_timeout = ${Math.round(timeoutMs)}`)
      return await work()
    } finally {
      await session.query('rollback').catch(() => session.discard())
    }
  },
  table: readTable,
  async plan(session, { statement, bindings, measure }) {
    const options = measure ? 'analyze, format json' : 'format json'
    const [row] = await session.query(`explain (${options}) ${statement}`, bindings)
    const told: unknown = Object.values(row ?? {})[0]
    const [root] = (typeof told === 'string' ? JSON.parse(told) : told) as readonly { readonly Plan: PlanNode }[]
    const steps: PlanStep[] = []
    if (root) addSteps(root.Plan, 0, steps, measure)
    return { steps, isMeasured: measure } satisfies Plan
  },
}

type PlanNode = { readonly [name: string]: unknown } & {
  readonly 'Node Type': string
  readonly Plans?: readonly PlanNode[]
}

const CONDITIONS = [
  'Index Cond',
  'Recheck Cond',
  'Hash Cond',
  'Merge Cond',
  'Join Filter',
  'Filter',
  'Sort Key',
] as const

function addSteps(node: PlanNode, depth: number, steps: PlanStep[], measured: boolean): void {
  const type = node['Node Type']
  const index = node['Index Name']
  const relation = node['Relation Name']
  const alias = typeof node.Alias === 'string' ? node.Alias : null
  const conditions = CONDITIONS.flatMap((name) => {
    const condition = node[name]
    return condition === undefined
      ? []
      : [`${name.toLowerCase()} ${Array.isArray(condition) ? condition.join(', ') : condition}`]
  })
  const named = [type, index && `using ${index}`, relation && `on ${relation}`].filter(Boolean).join(' ')
  steps.push({
    depth,
    text: [named, ...conditions].join(': '),
    rows: measured ? measuredRows(node) : toNumber(node['Plan Rows']),
    isFullScan: type === 'Seq Scan',
    alias,
  })
  for (const child of node.Plans ?? []) addSteps(child, depth + 1, steps, measured)
}

/** What is told is the mean of all loops. */
function measuredRows(node: PlanNode): number | null {
  const [rows, loops] = [toNumber(node['Actual Rows']), toNumber(node['Actual Loops'])]
  return rows === null || loops === null ? null : Math.round(rows * loops)
}

async function readTable(session: SqlSession, { name, schema, countUpTo }: TableName): Promise<CatalogueTable | null> {
  // Unquoted names are in lower case; which were quoted is not known here.
  for (const spelled of new Set([name, name.toLowerCase()])) {
    const qualified = [...(schema === null ? [] : [schema]), spelled]
      .map((part) => quoteName(part, 'postgresql'))
      .join('.')
    const [found] = await session.query(
      `select c.oid::text as oid, c.relname::text as name, c.reltuples::float8 as rows, c.relkind::text as kind
        from pg_catalog.pg_class c where c.oid = to_regclass($1) and c.relkind in ('r', 'p', 'm')`,
      [qualified],
    )
    if (found !== undefined) return tableOf(session, found, { schema, qualified, countUpTo })
  }
  return null
}

async function tableOf(
  session: SqlSession,
  { oid, name, rows, kind }: Readonly<Record<string, unknown>>,
  { schema, qualified, countUpTo }: Pick<TableName, 'schema' | 'countUpTo'> & { readonly qualified: string },
): Promise<CatalogueTable> {
  const id = String(oid)
  const indexRows = await session.query(INDEXES, [id])
  const columns = await session.query(COLUMNS, [id])
  const estimate = toNumber(rows) ?? -1
  return {
    schema,
    name: String(name),
    // Not analysed yet (-1, formerly 0), or the sum of its partitions.
    rows: estimate > 0 && kind !== 'p' ? Math.round(estimate) : await countRows(session, qualified, countUpTo),
    indexes: indexesOf(indexRows),
    primaryKey: indexRows.filter((row) => row.primary === true).map((row) => String(row.column)),
    columns: columns.map((column) => ({
      name: String(column.name),
      isCoarse: column.type === 'boolean' || isOneOfTwo(toNumber(column.different)),
      isIndexable: !UNSORTED.test(String(column.type)),
    })),
  }
}

const INDEXES = `select i.relname::text as "index", a.attname::text as "column", x.indisprimary as "primary"
  from pg_catalog.pg_index x
  join pg_catalog.pg_class i on i.oid = x.indexrelid
  join pg_catalog.pg_am m on m.oid = i.relam and m.amname in ('btree', 'hash')
  cross join lateral unnest(x.indkey) with ordinality as k (number, place)
  left join pg_catalog.pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.number and k.number <> 0
  where x.indrelid = $1::oid and x.indisvalid and k.place <= x.indnkeyatts
  order by i.relname, k.place`

/** With how many different values ANALYZE saw; below zero: their share of the rows. */
const COLUMNS = `select a.attname::text as name, format_type(a.atttypid, null) as type,
    (select max(s.n_distinct) from pg_catalog.pg_stats s join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname) as different
  from pg_catalog.pg_attribute a where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped`

/** Types that an ordinary index cannot sort. */
const UNSORTED = /^(json|xml|point|line|lseg|box|path|polygon|circle)$/

function isOneOfTwo(different: number | null): boolean {
  return different !== null && different > 0 && different <= 2
}

async function countRows(session: SqlSession, qualified: string, countUpTo: number): Promise<number | null> {
  const [row] = await session.query(
    `select count(*) as n from (select 1 from ${qualified} limit ${countUpTo}) as counted`,
  )
  return toNumber(row?.n)
}
