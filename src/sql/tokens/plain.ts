import { scanString } from './quoted.js'
import { add, endOf, push, pushLiteral, type Scan, type Scanner, skipTo, wordEnd } from './scan.js'
import { endsOperand, NEXT, type Token, type TokenKind } from './token.js'
import { RESERVED, SOFT } from './words.js'

export function scanSpace(scan: Scan): void {
  skipTo(scan, scan.at + 1)
}

export function scanWord(scan: Scan): void {
  const { sql, at, spaced } = scan
  const end = wordEnd(sql, at)
  const text = sql.slice(at, end)
  const value = text.toLowerCase()
  if (sql[end] === "'" && STRING_PREFIX.test(value)) {
    scanString(scan, end, value === 'e')
  } else if (value === 'u' && sql.startsWith("&'", end)) {
    scanString(scan, end + 1, false)
  } else {
    const keyword = scan.tokens.at(-1)?.kind !== 'dot' && RESERVED.has(value)
    const shown = keyword || SOFT.has(value) ? value : text
    add(scan, { kind: 'word', text: shown, value, spaced, position: -1, keyword }, end)
  }
}

/** `E'…'`, `N'…'`, `B'…'`, `X'…'`, and MySQL's character sets: `_utf8mb4'…'`. */
const STRING_PREFIX = /^(?:[enbx]|_.*)$/

const NUMBER = /(?:0x[\da-f]+|[\d_]*(?:\.\d[\d_]*|\.(?![\w.]))?(?:e[+-]?\d+)?)[\w$\u0080-\uffff]*/iy

/** A sign that can't be an operator belongs to the number. */
export function scanNumber(scan: Scan): void {
  const end = Math.max(endOf(NUMBER, scan.sql, scan.at), scan.at + 1)
  const sign = scan.tokens.at(-1)
  const isSign = sign?.kind === 'operator' && (sign.value === '-' || sign.value === '+')
  if (isSign && !endsOperand(scan.tokens.at(-2))) {
    scan.tokens.pop()
    scan.spaced = sign.spaced
    pushLiteral(scan, end, sign.value)
  } else {
    pushLiteral(scan, end)
  }
}

const SINGLES: Readonly<Record<string, TokenKind>> = {
  '(': 'open',
  ')': 'close',
  ']': 'close',
  ',': 'comma',
  ';': 'semicolon',
}

/** One of the characters that are tokens by themselves; always the same token. */
export function singleScanner(char: string): Scanner {
  const kind = SINGLES[char] ?? 'operator'
  const unspaced: Token = { kind, text: char, value: char, spaced: false, position: NEXT, keyword: false }
  const spaced: Token = { ...unspaced, spaced: true }
  return (scan) => add(scan, scan.spaced ? spaced : unspaced, scan.at + 1)
}

export function scanDot(scan: Scan): void {
  const next = scan.sql.charCodeAt(scan.at + 1)
  if (next >= 48 && next <= 57 && !endsOperand(scan.tokens.at(-1))) scanNumber(scan)
  else push(scan, 'dot', '.', scan.at + 1)
}

export function scanMinus(scan: Scan): void {
  if (scan.sql[scan.at + 1] === '-') skipLine(scan)
  else scanOperator(scan)
}

/** MySQL's `# comment`, SQL Server's `#temporary`, or an operator of PostgreSQL's (`#>>`). */
export function scanHash(scan: Scan): void {
  const { sql, at, tokens } = scan
  const end = wordEnd(sql, at + 1)
  if (isMysqlComment(scan, end > at + 1)) skipLine(scan)
  else if (end > at + 1 && !endsOperand(tokens.at(-1))) push(scan, 'word', sql.slice(at, end), end)
  else scanOperator(scan)
}

/** Only where it begins a line, and no operator or name can have been meant. */
function isMysqlComment({ sql, at, tokens, spaced }: Scan, isWord: boolean): boolean {
  if (isWord) return false
  if (tokens.length === 0) return true
  const next = sql[at + 1]
  if (!spaced || (next !== undefined && !' \t\r\n#'.includes(next))) return false
  let before = at - 1
  while (sql[before] === ' ' || sql[before] === '\t') before--
  return sql[before] === '\n'
}

function skipLine(scan: Scan): void {
  const end = scan.sql.indexOf('\n', scan.at)
  skipTo(scan, end === -1 ? scan.sql.length : end + 1)
}

export function scanSlash(scan: Scan): void {
  if (scan.sql[scan.at + 1] === '*') skipTo(scan, commentEnd(scan))
  else scanOperator(scan)
}

const COMMENT_EDGE = /\/\*|\*\//g

/** Comments nest in PostgreSQL only; where one inside is left open, they are read as the other databases do. */
function commentEnd(scan: Scan): number {
  const { sql, at } = scan
  COMMENT_EDGE.lastIndex = at + 2
  for (let depth = 1; !scan.flatComments; ) {
    const edge = COMMENT_EDGE.exec(sql)
    if (edge === null) scan.flatComments = true
    else depth += edge[0] === '/*' ? 1 : -1
    if (depth === 0) return COMMENT_EDGE.lastIndex
  }
  const end = sql.indexOf('*/', at + 2)
  return end === -1 ? sql.length : end + 2
}

const OPERATOR =
  /<=>|<->|<#>|->>|#>>|!~~\*|~~\*|!~\*|!~~|->|#>|#-|@>|<@|@@|@\\*\?|\|\||&&|<=|>=|<>|!=|==|=>|<<|>>|~~|!~|~\*|./sy

export function scanOperator(scan: Scan): void {
  OPERATOR.lastIndex = scan.at
  const text = OPERATOR.exec(scan.sql)?.[0] ?? ' '
  // knex writes the `?` in it with a backslash, as everywhere.
  const shown = text.startsWith('@') && text.endsWith('?') ? '@?' : text
  push(scan, 'operator', shown, scan.at + text.length)
}
