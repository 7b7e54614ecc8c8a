import type { Groups } from './tokens/groups.js'
import type { Token } from './tokens/token.js'
import { readWord } from './values/clauses.js'
import { createFrame } from './values/frame.js'
import { readName, readOperator, readValue } from './values/operands.js'
import { closeFrame, openFrame, readComma } from './values/parentheses.js'
import { createPositions, type FoundValue } from './values/value-list.js'
import { top, type Walk } from './values/walk.js'

/**
 * Finds each value of a statement, bound or written into it, with its role and its column. One walk over the tokens
 * with a frame for each open parenthesis; it looks for the shapes that people and knex write and is silent on others.
 */
export function findValues(tokens: readonly Token[], groups: Groups): readonly FoundValue[] {
  const walk: Walk = {
    tokens,
    groups,
    positionOf: createPositions(),
    values: [],
    frames: [createFrame('group', null)],
    insertColumns: null,
    skipsName: false,
    isCondition: false,
    isOrdered: false,
    isLimited: false,
  }
  for (let at = 0; at < tokens.length; at++) at = readToken(walk, at)
  if (walk.isOrdered && walk.isLimited) markCursors(walk.values)
  return walk.values
}

/** Answers the index of the last token that it has read. */
function readToken(walk: Walk, at: number): number {
  const token = walk.tokens[at] as Token
  switch (token.kind) {
    case 'literal':
    case 'placeholder':
      readValue(walk, token, at)
      break
    case 'name':
      readName(walk, token, at)
      break
    case 'word':
      return readWord(walk, token, at)
    case 'operator':
      readOperator(walk, token)
      break
    case 'open':
      openFrame(walk, token, at)
      break
    case 'close':
      closeFrame(walk)
      break
    case 'comma':
      readComma(top(walk))
      break
    case 'semicolon':
      walk.frames.length = 0
      walk.frames.push(createFrame('group', null))
      walk.insertColumns = null
      walk.isCondition = false
      break
    default:
  }
  return at
}

/**
 * Pages by the last row of the page before: `where id > ? order by id limit ?`. These values say where a page begins,
 * as OFFSET does. Between two bounds it is a range, and no page.
 */
function markCursors(values: readonly FoundValue[]): void {
  const below = boundColumns(values, '<')
  const above = boundColumns(values, '>')
  for (const value of values) {
    const isCursor = below.has(value.column) !== above.has(value.column)
    if (isCursor && value.role === 'value' && value.column !== null) value.role = 'paging'
  }
}

function boundColumns(values: readonly FoundValue[], bound: '<' | '>'): ReadonlySet<string | null> {
  return new Set(values.filter((value) => value.bound === bound).map(({ column }) => column))
}
