/** Columns by their place: more than one where rows are compared, `(a, b) = (?, ?)`; `null`: not a column. */
export type Columns = readonly (string | null)[]

/** What is known, within one pair of parentheses, of the values that come next. */
export interface Frame {
  readonly kind: 'group' | 'call' | 'subscript' | 'in' | 'case'
  /** What a value here belongs to, unless it is compared with something nearer: known from outside the parentheses. */
  outer: Columns | null
  /** `outer` is by element: a row of values, or the select that an insert reads from. */
  positional: boolean
  /** Left side of the comparison or assignment that is being read. */
  left: Columns | null
  /** The operand read last; `null`: a value. */
  operand: Columns | null
  /** Of the comparison that is being read, here or around. */
  operator: string | null
  /** Of the comparison around, which goes on behind a comma: `(a, b) > (?, ?)`. */
  readonly rowOperator: string | null
  /** Values whose column, if any, comes on the right (`? = password`), by their number. */
  pending: readonly number[]
  /** The first column of each element so far: `(a, b)`. */
  elements: (string | null)[]
  element: number
  /** Groups that come next are rows: after VALUES. */
  rows: boolean
  /** Values here are elements of a list. */
  list: boolean
  /** Values here count rows: after LIMIT and the like. `once`: the next one only. */
  paging: 'no' | 'once' | 'yes'
  between: boolean
  /** Within a SELECT of its own. */
  subquery: boolean
}

const NONE: readonly number[] = []

export function createFrame(kind: Frame['kind'], parent: Frame | null): Frame {
  return {
    kind,
    outer: parent && innerColumns(parent),
    positional: false,
    left: null,
    operand: null,
    operator: parent?.operator ?? null,
    rowOperator: kind === 'group' ? (parent?.operator ?? null) : null,
    pending: NONE,
    elements: [],
    element: 0,
    rows: false,
    list: parent?.list ?? false,
    paging: parent !== null && parent.paging !== 'no' ? 'yes' : 'no',
    between: false,
    subquery: parent?.subquery ?? false,
  }
}

/** A new condition, column or clause begins. */
export function startOver(frame: Frame): void {
  frame.left = null
  frame.operand = null
  frame.operator = null
  frame.between = false
  frame.pending = NONE
}

/** The column that a value at this place belongs to. */
export function columnHere({ left, outer, kind, positional, element }: Frame): string | null {
  if (left !== null) return left.length === 1 ? (left[0] ?? null) : null
  if (outer === null) return null
  if (positional) return outer[element] ?? null
  if (outer.length === 1) return outer[0] ?? null
  // The elements of `(a, b) in (…)` are groups, and the columns theirs.
  return kind === 'in' ? null : (outer[element] ?? null)
}

function innerColumns(frame: Frame): Columns | null {
  if (frame.left !== null) return frame.left
  if (frame.kind === 'in') return frame.outer
  const column = columnHere(frame)
  return column === null ? null : [column]
}

const MAX_PENDING = 16

/** Lets values wait for a column on their right. */
export function addPending(frame: Frame, values: readonly number[]): void {
  if (values.length > 0 && frame.pending.length < MAX_PENDING) frame.pending = [...frame.pending, ...values]
}

const MAX_ELEMENTS = 64

export function setOperand(frame: Frame, columns: Columns | null): void {
  frame.operand = columns
  if (columns !== null && frame.element < MAX_ELEMENTS) frame.elements[frame.element] ??= columns[0] ?? null
}

/** What a closed pair of parentheses stands for as an operand: its columns, or the first one that a function takes. */
export function columnsOf({ kind, elements, element }: Frame): Columns | null {
  if (kind === 'group' && element > 0 && element < MAX_ELEMENTS) {
    return Array.from({ length: element + 1 }, (_, index) => elements[index] ?? null)
  }
  const first = elements.find((column) => column !== null && column !== undefined)
  return first === undefined || first === null ? null : [first]
}
