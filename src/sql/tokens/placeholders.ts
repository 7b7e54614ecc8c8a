import { scanOperator } from './plain.js'
import { scanDollarString } from './quoted.js'
import { add, digitsEnd, push, type Scan, skipTo, wordEnd } from './scan.js'
import { endsOperand, NAMED, NEXT, type Token } from './token.js'

function pushPlaceholder(scan: Scan, position: number, end: number): void {
  const value = scan.sql.slice(scan.at, end)
  scan.numbered = true
  add(scan, { kind: 'placeholder', text: '?', value, spaced: scan.spaced, position, keyword: false }, end)
}

/** `?`, SQLite's `?1`, and the operators `?|` and `?&`, which only come after a value. */
export function scanQuestionMark(scan: Scan): void {
  const { sql, at, spaced } = scan
  const next = sql[at + 1] ?? ''
  if (next >= '1' && next <= '9') {
    const end = digitsEnd(sql, at + 1)
    pushPlaceholder(scan, Number(sql.slice(at + 1, end)) - 1, end)
  } else if ((next === '|' || next === '&') && endsOperand(scan.tokens.at(-1)) && sql[at + 2] !== next) {
    push(scan, 'operator', `\\?${next}`, at + 2)
  } else {
    // Thousands of these may stand in one statement.
    add(scan, spaced ? SPACED : UNSPACED, at + 1)
  }
}

const UNSPACED: Token = { kind: 'placeholder', text: '?', value: '?', spaced: false, position: NEXT, keyword: false }
const SPACED: Token = { ...UNSPACED, spaced: true }

/** knex writes the operator `?` as `\?`, and leaves the backslash where the dialect's placeholders are `?` too. */
export function scanBackslash(scan: Scan): void {
  const { sql, at } = scan
  let end = at
  while (sql[end] === '\\') end++
  if (sql[end] === '?') {
    const operator = keyOperator(sql, end)
    push(scan, 'operator', operator, end + operator.length - 1)
  } else {
    skipTo(scan, end)
  }
}

/** As a fingerprint shows it: with the backslash, so that it can't be taken for a placeholder. */
function keyOperator(sql: string, at: number): string {
  const next = sql[at + 1]
  // `?||` is a placeholder and a concatenation.
  return (next === '|' || next === '&') && sql[at + 2] !== next ? `\\?${next}` : '\\?'
}

export function scanDollar(scan: Scan): void {
  const end = digitsEnd(scan.sql, scan.at + 1)
  if (end > scan.at + 1) pushPlaceholder(scan, Number(scan.sql.slice(scan.at + 1, end)) - 1, end)
  else scanDollarString(scan)
}

/** `:name`, Oracle's `:1`, and the operators `::` and `:=`. */
export function scanColon(scan: Scan): void {
  const { sql, at } = scan
  const next = sql[at + 1]
  const end = wordEnd(sql, at + 1)
  // After a value it is an array's slice: `a[1:n]`.
  const isSlice = !scan.spaced && endsOperand(scan.tokens.at(-1))
  if (next === ':' || next === '=') push(scan, 'operator', `:${next}`, at + 2)
  else if (end === at + 1 || isSlice) push(scan, 'operator', ':', at + 1)
  else {
    const isNumber = digitsEnd(sql, at + 1) === end
    pushPlaceholder(scan, isNumber ? Number(sql.slice(at + 1, end)) - 1 : NAMED, end)
  }
}

/** SQL Server's `@p0`, variables (`@total`, `@@rowcount`), and operators such as `@>`. */
export function scanAt(scan: Scan): void {
  const { sql, at } = scan
  const isDouble = sql[at + 1] === '@'
  const nameAt = isDouble ? at + 2 : at + 1
  const end = wordEnd(sql, nameAt)
  const text = sql.slice(at, end)
  if (end === nameAt || (isDouble && endsOperand(scan.tokens.at(-1)))) scanOperator(scan)
  else if (/^@p\d+$/.test(text)) pushPlaceholder(scan, Number(text.slice(2)), end)
  else push(scan, 'word', text, end, text.toLowerCase())
}
