import type { Block } from './blocks.js'
import { readColumn } from './operand.js'
import type { Scope } from './scope.js'
import { isWord, type Source, type Span } from './spans.js'
import { addOnce, type ColumnUse } from './table-use.js'

/** Notes the columns of ORDER BY, where an index could give the first rows in order: one table, one direction, a LIMIT. */
export function readOrder(source: Source, { order, isLimited }: Block, scope: Scope): void {
  if (order === null || !isLimited) return
  const sorted: SortedBy[] = []
  for (let at = order.from; at < order.to; ) {
    const read = readSortedBy(source, { from: at, to: order.to }, scope)
    if (read === null) return
    sorted.push(read)
    at = read.end + 1
  }
  const [first] = sorted
  const isAlike = sorted.every((one) => one.use === first?.use && one.isDescending === first.isDescending)
  if (isAlike) for (const one of sorted) addOnce(one.use.order, one.column)
}

interface SortedBy {
  readonly use: ColumnUse
  readonly column: string
  readonly isDescending: boolean
  /** Index of the comma behind, or of the clause's end. */
  readonly end: number
}

function readSortedBy({ tokens }: Source, { from, to }: Span, scope: Scope): SortedBy | null {
  const read = readColumn(tokens, from, to)
  const resolved = read && scope.resolve(read.name)
  if (read === null || resolved === null || resolved === 'outer') return null
  const direction = tokens[read.end]
  const isDescending = isWord(direction, 'desc')
  const end = isDescending || isWord(direction, 'asc') ? read.end + 1 : read.end
  if (end < to && tokens[end]?.kind !== 'comma') return null
  return { use: resolved.use, column: resolved.column, isDescending, end }
}
