import type { Plan } from '../model/explain.js'
import type { TableUse } from '../sql/indexable-columns.js'
import { beginsWith, type Catalogue, type CatalogueTable, findColumn, tableKey } from './catalogue.js'

/** An index that a table has not, and the statement could use. */
export interface MissingIndex {
  readonly schema: string | null
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: number
  /** The columns that the rows are found by; those behind them only put the found rows in order. */
  readonly searched: readonly string[]
  readonly isFullScan: boolean
}

const MOST_EQUAL = 3

/**
 * The indexes that are missing: for each mention of a table whose columns no index begins with, and that has many rows
 * or is read whole by the plan. Equal columns first, then one range, or the order of the rows.
 *
 * @param minRows tables of no more rows are read whole quickly enough
 * @param plan `null`: not known; else it says which tables are read whole, and only these are looked at
 */
export function missingIndexes(
  uses: readonly TableUse[],
  catalogue: Catalogue,
  minRows: number,
  plan: Plan | null,
): readonly MissingIndex[] {
  const scanned =
    plan && new Set(plan.steps.filter(({ isFullScan }) => isFullScan).map(({ alias }) => alias?.toLowerCase()))
  const found = new Map<string, MissingIndex>()
  for (const use of uses) {
    const table = catalogue.get(tableKey(use))
    if (table === undefined) continue
    const isFullScan = scanned?.has(use.alias.toLowerCase()) ?? false
    const isLarge = (table.rows ?? 0) > minRows
    if (scanned === null ? !isLarge : !isFullScan) continue
    const missing = missingIndex(use, table, { uses, catalogue, isFullScan })
    if (missing === null) continue
    const { schema, name, rows } = table
    const one = { schema, table: name, rows: rows ?? 0, isFullScan, ...missing }
    found.set(JSON.stringify([schema, name, one.columns]), one)
  }
  return [...found.values()]
}

interface Surroundings {
  readonly uses: readonly TableUse[]
  readonly catalogue: Catalogue
  readonly isFullScan: boolean
}

function missingIndex(
  use: TableUse,
  table: CatalogueTable,
  around: Surroundings,
): Pick<MissingIndex, 'columns' | 'searched'> | null {
  const selective = (columns: readonly string[]): readonly string[] => selectiveColumns(table, columns)
  const joined = selective(use.join.map(({ column }) => column))
  const sought = selective([...use.equal, ...use.list])
  const ranges = selective(use.range)
  const equal = [...new Set([...sought, ...selective(lookedUpColumns(use, table, around))])].slice(0, MOST_EQUAL)
  // A table that is read whole in spite of a join that could look it up is one that the search begins with.
  const ways = around.isFullScan && sought.length > 0 ? sought : [...sought, ...joined]
  if (ways.some((column) => beginsWith(table, column))) return null
  if (equal.length === 0 && (ranges.length === 0 || ranges.some((column) => beginsWith(table, column)))) return null
  const [range] = ranges.filter((column) => !equal.includes(column))
  const searched = range === undefined ? equal : [...equal, range]
  const isInOrder = range === undefined && use.list.length === 0
  const order = isInOrder ? selective(use.order).filter((column) => !equal.includes(column)) : []
  const isByKey = order.every((column) => table.primaryKey.includes(column))
  return { columns: isByKey ? searched : [...searched, ...order], searched }
}

/**
 * The columns by which this table is looked up for each row of another: that of an outer join; of the tables of an inner
 * join, the one that nothing else narrows beside one that something does; where nothing narrows any, the later one, if
 * the earlier one cannot be looked up either.
 */
function lookedUpColumns(use: TableUse, table: CatalogueTable, { uses, catalogue }: Surroundings): readonly string[] {
  return use.join.flatMap(({ column, otherAlias, otherColumn, isLookup }) => {
    if (isLookup) return [column]
    const other = uses.find(({ alias }) => alias === otherAlias)
    const otherTable = other && catalogue.get(tableKey(other))
    if (other === undefined || otherTable === undefined || isNarrowed(use, table)) return []
    if (isNarrowed(other, otherTable)) return [column]
    const isLater = uses.indexOf(use) > uses.indexOf(other)
    return isLater && !beginsWith(otherTable, otherColumn) ? [column] : []
  })
}

/** By a column that tells few rows from the others. */
function isNarrowed({ equal, list, range }: TableUse, table: CatalogueTable): boolean {
  return selectiveColumns(table, [...equal, ...list, ...range]).length > 0
}

/** Those that an index could begin with, as the catalogue spells them. */
function selectiveColumns(table: CatalogueTable, columns: readonly string[]): readonly string[] {
  return columns.flatMap((name) => {
    const column = findColumn(table, name)
    return column?.isIndexable && !column.isCoarse ? [column.name] : []
  })
}
