import type { Token } from './token.js'

/** Parentheses and brackets of a statement, by the index of their tokens. */
export interface Groups {
  /** Index of the closing token of the group opened at an index; the number of tokens: it is never closed. */
  readonly closeOf: Int32Array
  /** Commas directly within the group opened at an index. */
  readonly commasIn: Int32Array
}

export function findGroups(tokens: readonly Token[]): Groups {
  const closeOf = new Int32Array(tokens.length)
  const commasIn = new Int32Array(tokens.length)
  const open: number[] = []
  for (let index = 0; index < tokens.length; index++) {
    const kind = tokens[index]?.kind
    if (kind === 'open') {
      open.push(index)
      closeOf[index] = tokens.length
    } else if (kind === 'close') {
      const opened = open.pop()
      if (opened !== undefined) closeOf[opened] = index
    } else if (kind === 'comma') {
      const within = open.at(-1)
      if (within !== undefined) commasIn[within] = (commasIn[within] ?? 0) + 1
    }
  }
  return { closeOf, commasIn }
}
