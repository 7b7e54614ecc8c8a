// What has no end goes to that of the statement: else each of a thousand beginnings would look for it again.
const TOKEN = new RegExp(
  [
    /'(?:[^']|'')*(?:'|$)/, // text
    /"(?:[^"]|"")*(?:"|$)/, // identifier
    /`[^`]*(?:`|$)/,
    /\[[^\]]*(?:\]|$)/,
    /--[^\n]*/,
    /\/\*[\s\S]*?(?:\*\/|$)/,
    /\s+/,
    /[A-Za-z_][\w$]*/,
    /[\s\S]/,
  ]
    .map((part) => part.source)
    .join('|'),
  'g',
)

const CLAUSE =
  /^(from|where|group|order|having|limit|offset|union|intersect|except|set|values|returning|window|for|left|right|inner|full|cross|join)$/
const JOIN_PREFIX = /^(left|right|inner|full|cross|outer|natural)$/

/**
 * Breaks a statement at its clauses, one clause a line, conditions indented. Only white space outside of quotes and
 * parentheses changes: joined again, it is the statement that was sent.
 */
export function layOutSql(sql: string): string {
  const state = { depth: 0, previous: '', betweenAnds: 0 }
  // Pieces, not a text that grows: to look at its end would put it together each time.
  const parts: string[] = []
  for (const [token] of sql.trim().matchAll(TOKEN)) {
    if (token.trim() === '') {
      parts.push(token)
      continue
    }
    state.depth += token === '(' ? 1 : token === ')' ? -1 : 0
    const word = token.toLowerCase()
    if (state.depth === 0 && breaks(word, state)) {
      while (parts.at(-1)?.trim() === '') parts.pop()
      parts.push(`\n${indent(word)}`)
    }
    parts.push(token)
    state.previous = word
  }
  return parts.join('')
}

function indent(word: string): string {
  return word === 'and' || word === 'or' ? '  ' : ''
}

function breaks(word: string, state: { previous: string; betweenAnds: number }): boolean {
  if (word === 'between') state.betweenAnds += 1
  if (word === 'and' && state.betweenAnds > 0) {
    state.betweenAnds -= 1
    return false
  }
  if (word === 'and' || word === 'or') return true
  if (word === 'join' || JOIN_PREFIX.test(word)) return !JOIN_PREFIX.test(state.previous)
  // "insert … on conflict do update set", "delete from", "for update" stay together.
  if (word === 'from' && state.previous === 'delete') return false
  if (word === 'set' && state.previous === 'update') return false
  return state.previous !== '' && CLAUSE.test(word)
}
