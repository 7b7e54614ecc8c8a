import type { TableReference } from './table-list.js'
import type { ColumnUse } from './table-use.js'

/** The columns of a table in lower case; `null`: not known. */
export type ColumnsOf = (table: string, schema: string | null) => ReadonlySet<string> | null

/** A column as it is written: `id`, `books.id`, `shop.books.id`. */
export type ColumnName = readonly string[]

export type Resolved =
  /** A column of a table of this block. */
  | { readonly reference: number; readonly use: ColumnUse; readonly column: string }
  /** Of the query around: as good as a value here. */
  | 'outer'
  | null

export interface Scope {
  resolve(name: ColumnName): Resolved
  /** Whether a name with a table's name before it is one of this scope or of those around it. */
  knows(name: ColumnName): boolean
}

export function createScope(
  references: readonly TableReference[],
  uses: readonly (ColumnUse | null)[],
  outer: Scope | null,
  columnsOf: ColumnsOf,
): Scope {
  function indexesOf(name: ColumnName): readonly number[] {
    const [qualifier, schema] = [name.at(-2)?.toLowerCase(), name.at(-3)?.toLowerCase()]
    return references.flatMap((reference, index) => {
      const isCalled = reference.alias.toLowerCase() === qualifier
      return isCalled && (schema === undefined || reference.schema?.toLowerCase() === schema) ? [index] : []
    })
  }

  function found(reference: number, column: string): Resolved {
    const use = uses[reference] ?? null
    return use === null ? null : { reference, use, column }
  }

  function resolveBare(column: string): Resolved {
    const known = references.map(({ table, schema }) => (table === null ? null : columnsOf(table, schema)))
    const having = known.flatMap((columns, index) => (columns?.has(column.toLowerCase()) ? [index] : []))
    // SQL allows a bare name in one table of the block only.
    if (having.length === 1) return found(having[0] as number, column)
    if (references.length === 1 && known[0] === null) return found(0, column)
    return null
  }

  return {
    resolve(name) {
      const column = name.at(-1) ?? ''
      if (name.length === 1) return resolveBare(column)
      const indexes = indexesOf(name)
      if (indexes.length === 1) return found(indexes[0] as number, column)
      return indexes.length === 0 && outer?.knows(name) ? 'outer' : null
    },
    knows: (name) => indexesOf(name).length > 0 || (outer?.knows(name) ?? false),
  }
}
