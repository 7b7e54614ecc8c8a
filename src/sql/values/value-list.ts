import { NAMED, NEXT, type Token } from '../tokens/token.js'

/** `list`: element of a list; `paging`: counts rows, or says where the page before ended. */
export type ValueRole = 'value' | 'list' | 'paging'

export interface Placeholder {
  readonly role: ValueRole
  /** What it is compared with, set to or inserted into: lower case, without table; `null`: not known. */
  readonly column: string | null
  /** Further columns, where one binding is used more than once (`$1 … $1`). */
  readonly otherColumns: readonly string[]
}

/** A value of a statement, bound or written into it. */
export interface FoundValue {
  /** Which binding; -1: a literal. */
  readonly position: number
  /** As written; placeholders have none. */
  readonly literal: string
  role: ValueRole
  column: string | null
  /** The direction of a comparison by order (`<=` is `<`), unless a subquery's; `null`: none. */
  readonly bound: '<' | '>' | null
  /** Stands in the parentheses of an IN, be it alone. */
  readonly isElement: boolean
  /** It says which rows, rather than what is written into them. */
  readonly isCondition: boolean
  /** Of a literal: where it stands. */
  readonly span: readonly [from: number, to: number] | null
  /** The word before a literal, as in `identified by '…'`; `null`: none. */
  readonly after: string | null
}

/** PostgreSQL's limit is 65,535 bindings; a `$999999999` must not make an array of that length. */
const MAX_POSITION = 70_000

/** Counts placeholders as the drivers do. */
export function createPositions(): (token: Token) => number {
  let next = 0
  const names = new Map<string, number>()
  return (token) => {
    if (token.kind === 'literal') return -1
    if (token.position === NEXT) return next++
    if (token.position !== NAMED) return token.position
    const known = names.get(token.value)
    if (known !== undefined) return known
    names.set(token.value, next)
    return next++
  }
}

const UNKNOWN: Placeholder = { role: 'value', column: null, otherColumns: [] }

/** In the order of the bindings. */
export function placeholdersOf(values: readonly FoundValue[]): readonly Placeholder[] {
  const placeholders: Placeholder[] = []
  // Rows of an insert repeat the same few thousands of times.
  const shared = new Map<string, Placeholder>()
  for (const { position, role, column } of values) {
    if (position < 0 || position > MAX_POSITION) continue
    while (placeholders.length < position) placeholders.push(UNKNOWN)
    const before = placeholders[position]
    if (before === undefined || before === UNKNOWN) {
      const key = `${role} ${column ?? ''}`
      const placeholder = shared.get(key) ?? { role, column, otherColumns: [] }
      shared.set(key, placeholder)
      placeholders[position] = placeholder
    } else {
      placeholders[position] = merge(before, role, column)
    }
  }
  return placeholders
}

function merge(before: Placeholder, role: ValueRole, column: string | null): Placeholder {
  const isNew = column !== null && column !== before.column && !before.otherColumns.includes(column)
  return {
    role: before.role === role ? role : 'value',
    column: before.column ?? column,
    otherColumns: isNew && before.column !== null ? [...before.otherColumns, column] : before.otherColumns,
  }
}

const MAX_LITERALS = 1_000

/** The literals among the values, as one text. */
export function literalText(values: readonly FoundValue[], isWanted: (role: ValueRole) => boolean): string {
  const wanted: string[] = []
  for (const { position, literal, role } of values) {
    if (position === -1 && isWanted(role) && wanted.length < MAX_LITERALS) wanted.push(literal)
  }
  return wanted.join('\n')
}
