import type { Groups } from '../tokens/groups.js'
import type { Token } from '../tokens/token.js'
import { type Columns, type Frame, setOperand } from './frame.js'
import type { FoundValue } from './value-list.js'

/** Where the reading of a statement's values is. */
export interface Walk {
  readonly tokens: readonly Token[]
  readonly groups: Groups
  readonly positionOf: (token: Token) => number
  readonly values: FoundValue[]
  /** Never empty. */
  readonly frames: Frame[]
  insertColumns: Columns | null
  /** What comes next is an alias, a type or a collation. */
  skipsName: boolean
  /** Within WHERE, ON or HAVING. */
  isCondition: boolean
  isOrdered: boolean
  isLimited: boolean
}

export function top(walk: Walk): Frame {
  return walk.frames[walk.frames.length - 1] as Frame
}

/** A column, or the columns of a row, end here as an operand. */
export function readColumns(walk: Walk, frame: Frame, columns: Columns): void {
  setOperand(frame, columns)
  const [column] = columns
  if (frame.pending.length === 0 || frame.operator === null || columns.length > 1) return
  for (const index of frame.pending) {
    const value = walk.values[index]
    if (value !== undefined) value.column ??= column ?? null
  }
  frame.pending = []
}
