import { type Block, readBlocks } from './conditions/blocks.js'
import { readConditions } from './conditions/conditions.js'
import { readOrder } from './conditions/order.js'
import { type ColumnsOf, createScope, type Scope } from './conditions/scope.js'
import type { Span } from './conditions/spans.js'
import type { TableReference } from './conditions/table-list.js'
import type { ColumnUse, TableUse } from './conditions/table-use.js'
import { tokenize } from './tokenize.js'
import { findGroups } from './tokens/groups.js'
import type { Token } from './tokens/token.js'

export type { ColumnsOf } from './conditions/scope.js'
export type { TableUse } from './conditions/table-use.js'

/**
 * Which columns of which tables a statement filters, joins and sorts by, so far as an index could serve them: one entry
 * for each time a table is named in FROM, JOIN, UPDATE or DELETE, with those columns alone that stand bare on one side of
 * `=`, `in`, `<`, `between` or `is null`, in conditions that must all hold.
 *
 * Silent on what no index serves, or what is not sure: columns within functions, casts and expressions, `or`, `not`,
 * `like`, `<>`, unnamed columns where several tables could have them, common table expressions and subqueries read from.
 * Takes any text and never throws.
 *
 * @param text a statement, or a fingerprint's text
 * @param columnsOf the columns of a table, where they are known: then columns without a table's name find theirs
 * @example indexableColumns('select * from books where author_id = ? and year > ?')
 * // [{ table: 'books', equal: ['author_id'], range: ['year'], … }]
 */
export function indexableColumns(text: string, columnsOf: ColumnsOf = () => null): readonly TableUse[] {
  return readUses(text, columnsOf).filter(hasColumns)
}

/** The tables that a SELECT, UPDATE or DELETE names, with their schemas where these are written, each once. */
export function mentionedTables(text: string): readonly Pick<TableUse, 'schema' | 'table'>[] {
  const tables = readUses(text, () => null).map(({ schema, table }) => ({ schema, table }))
  return [...new Map(tables.map((one) => [JSON.stringify(one), one])).values()]
}

function readUses(text: string, columnsOf: ColumnsOf): readonly TableUse[] {
  const tokens = tokenize(text)
  if (depthOf(tokens) > DEEPEST) return []
  const source = { tokens, groups: findGroups(tokens) }
  const found: TableUse[] = []
  const visitAll = (span: Span, names: ReadonlySet<string>, outer: Scope | null): void => {
    for (const block of readBlocks(source, { ...span, names })) visit(block, outer)
  }
  const visit = (block: Block, outer: Scope | null): void => {
    const uses = block.references.map(useOf)
    const scope = createScope(block.references, uses, outer, columnsOf)
    const readInner = (span: Span): void => visitAll(span, block.names, scope)
    for (const condition of block.conditions) readConditions(source, condition, scope, readInner)
    for (const subquery of block.subqueries) visitAll(subquery, block.names, subquery.isLateral ? scope : null)
    readOrder(source, block, scope)
    found.push(...uses.filter((use) => use !== null))
  }
  visitAll({ from: 0, to: tokens.length }, new Set(), null)
  return found
}

/** Nobody writes deeper ones, and each is a call within a call here. */
const DEEPEST = 100

function depthOf(tokens: readonly Token[]): number {
  let depth = 0
  let deepest = 0
  for (const { kind } of tokens) {
    if (kind === 'open') deepest = Math.max(deepest, ++depth)
    else if (kind === 'close') depth--
  }
  return deepest
}

function useOf({ schema, table, alias }: TableReference): ColumnUse | null {
  if (table === null) return null
  return { schema, table, alias, equal: [], list: [], range: [], empty: [], join: [], order: [] }
}

function hasColumns({ equal, list, range, empty, join, order }: TableUse): boolean {
  return [equal, list, range, empty, join, order].some((columns) => columns.length > 0)
}
