import type { Token } from '../tokens/token.js'
import { addPending, columnsOf, createFrame, type Frame, startOver } from './frame.js'
import { readColumns, top, type Walk } from './walk.js'

const LIST_FUNCTIONS: ReadonlySet<string> = new Set(
  'any some all unnest json_each jsonb_array_elements jsonb_array_elements_text json_array_elements openjson'.split(
    ' ',
  ),
)

export function openFrame(walk: Walk, token: Token, at: number): void {
  const before = walk.tokens[at - 1]
  const parent = top(walk)
  const frame = createFrame(frameKind(token, before), parent)
  const isSeveral = (walk.groups.commasIn[at] ?? 0) > 0
  if (frame.kind === 'in') frame.list = isSeveral
  else if (frame.kind === 'subscript') frame.list = parent.list && isSeveral
  else if (before?.kind === 'word' && LIST_FUNCTIONS.has(before.value)) frame.list = true
  else if (parent.rows && (before?.kind === 'comma' || before?.value === 'values')) {
    frame.outer = parent.kind === 'in' ? parent.outer : walk.insertColumns
    frame.positional = true
  }
  walk.frames.push(frame)
}

function frameKind(token: Token, before: Token | undefined): Frame['kind'] {
  if (token.text === '[') return 'subscript'
  if (before?.kind === 'name') return 'call'
  if (before?.kind !== 'word') return 'group'
  if (before.value === 'in') return 'in'
  return before.keyword && !FUNCTION_KEYWORDS.has(before.value) ? 'group' : 'call'
}

const FUNCTION_KEYWORDS: ReadonlySet<string> = new Set(['left', 'right', 'replace', 'any', 'some', 'glob', 'like'])

export function closeFrame(walk: Walk): void {
  while (top(walk).kind === 'case' && walk.frames.length > 1) walk.frames.pop()
  if (walk.frames.length === 1) return
  const closed = walk.frames.pop() as Frame
  const frame = top(walk)
  if (frame.paging === 'once') frame.paging = 'no'
  walk.skipsName = false
  addPending(frame, closed.pending)
  if (closed.kind === 'subscript') return
  const columns = columnsOf(closed)
  if (columns === null) frame.operand = null
  else readColumns(walk, frame, columns)
}

export function readComma(frame: Frame): void {
  const { pending } = frame
  startOver(frame)
  // The arguments of `crypt(?, password)` stand together.
  if (frame.kind === 'call') frame.pending = pending
  frame.element++
}
