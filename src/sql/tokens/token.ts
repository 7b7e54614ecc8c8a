export type TokenKind =
  | 'word'
  | 'name'
  | 'literal'
  | 'placeholder'
  | 'operator'
  | 'open'
  | 'close'
  | 'comma'
  | 'dot'
  | 'semicolon'

/** A piece of a statement that means something: spaces and comments are none. */
export interface Token {
  readonly kind: TokenKind
  /** As it stands in a fingerprint. */
  readonly text: string
  /** Words and operators in lower case, names without their quotes, literals as written. */
  readonly value: string
  /** Whether space or a comment stood before it. */
  readonly spaced: boolean
  /** Which binding a placeholder stands for, from 0, or `NEXT`, or `NAMED`. */
  readonly position: number
  /** A word of the language, not a name. */
  readonly keyword: boolean
  /** Of a literal: where it stands in the statement, its sign apart. */
  readonly span?: readonly [from: number, to: number]
}

/** Whether a value, column or closed group ends with this token, so that an operator may follow. */
export function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false
  switch (token.kind) {
    case 'name':
    case 'literal':
    case 'placeholder':
    case 'close':
      return true
    case 'word':
      return !token.keyword || VALUE_WORDS.has(token.value)
    default:
      return false
  }
}

const VALUE_WORDS: ReadonlySet<string> = new Set(['null', 'true', 'false', 'default', 'end'])

/** `position` of a placeholder `?`: the next binding in order. */
export const NEXT = -1
/** `position` of a placeholder `:name`: by the first appearance of its name. */
export const NAMED = -2
