import type { SqlRow } from '../model/explain.js'
import type { TableUse } from '../sql/indexable-columns.js'

/** An index as the planner sees it. */
export interface CatalogueIndex {
  readonly name: string
  /** In their order; `null`: an expression, or the beginning of a text only. */
  readonly columns: readonly (string | null)[]
}

export interface CatalogueTable {
  readonly schema: string | null
  /** As the catalogue spells it. */
  readonly name: string
  /** `null`: neither told nor counted. */
  readonly rows: number | null
  /** Primary key and unique ones too; only those that are good for comparing. */
  readonly indexes: readonly CatalogueIndex[]
  readonly primaryKey: readonly string[]
  readonly columns: readonly CatalogueColumn[]
}

export interface CatalogueColumn {
  readonly name: string
  /** Has two values or one, so that an index of it alone would not find few rows. */
  readonly isCoarse: boolean
  /** Can stand in an ordinary index. */
  readonly isIndexable: boolean
}

/** Tables by `tableKey`. What is no table (a view, a name of another kind) is not in it. */
export type Catalogue = ReadonlyMap<string, CatalogueTable>

export function tableKey({ schema, table }: Pick<TableUse, 'schema' | 'table'>): string {
  return `${schema?.toLowerCase() ?? ''}.${table.toLowerCase()}`
}

/** Whether an index begins with the column. */
export function beginsWith({ indexes }: CatalogueTable, column: string): boolean {
  return indexes.some(({ columns }) => columns[0]?.toLowerCase() === column.toLowerCase())
}

export function findColumn({ columns }: CatalogueTable, name: string): CatalogueColumn | undefined {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
}

/** From rows of `index` and `column`, in the order of the index's columns. */
export function indexesOf(rows: readonly SqlRow[]): readonly CatalogueIndex[] {
  const indexes = new Map<string, (string | null)[]>()
  for (const { index, column } of rows) {
    const name = String(index)
    const columns = indexes.get(name) ?? []
    columns.push(typeof column === 'string' ? column : null)
    indexes.set(name, columns)
  }
  return [...indexes].map(([name, columns]) => ({ name, columns }))
}
