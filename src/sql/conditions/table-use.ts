/** A column that is equal to a column of another table in the same FROM. */
export interface JoinColumn {
  readonly column: string
  /** How the other table is called in the statement. */
  readonly otherAlias: string
  readonly otherColumn: string
  /** The other side is read first, as by LEFT JOIN. */
  readonly isLookup: boolean
}

/** What one mention of a table is asked for. Names as they are written, columns each once, in the order of the text. */
export interface TableUse {
  /** `null`: not written. */
  readonly schema: string | null
  readonly table: string
  /** How the statement calls it: the alias, else the table's name. */
  readonly alias: string
  /** Compared by `=` with a value, or with a column of the query around this one. */
  readonly equal: readonly string[]
  /** Compared with a list: `in (?, ?)`, `= any(?)`. */
  readonly list: readonly string[]
  /** Compared by `<`, `<=`, `>`, `>=` or `between` with values. */
  readonly range: readonly string[]
  /** `is null`, `= true`: conditions that many rows may meet. */
  readonly empty: readonly string[]
  readonly join: readonly JoinColumn[]
  /** `order by` of this table alone, in one direction, where a LIMIT follows. */
  readonly order: readonly string[]
}

/** A `TableUse` in the making. */
export type ColumnUse = {
  readonly [Name in keyof TableUse]: TableUse[Name] extends readonly (infer Item)[] ? Item[] : TableUse[Name]
}

export function addOnce(columns: string[], column: string): void {
  if (!columns.includes(column)) columns.push(column)
}
