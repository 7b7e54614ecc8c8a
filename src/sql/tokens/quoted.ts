import { push, pushLiteral, type Scan, wordEnd } from './scan.js'
import { endsOperand } from './token.js'
import { isPlainName, nameText } from './words.js'

export function scanSingleQuote(scan: Scan): void {
  scanString(scan, scan.at, false)
}

/** @param quoteAt where the opening quote is: after a prefix like `E` */
export function scanString(scan: Scan, quoteAt: number, isEscapeString: boolean): void {
  const { sql } = scan
  const escapes = isEscapeString || scan.backslashEscapes
  let at = sql.indexOf("'", quoteAt + 1)
  while (at !== -1) {
    const escaped = isEscaped(sql, quoteAt, at)
    if (sql[at + 1] === "'" && !(escapes && escaped)) {
      at = sql.indexOf("'", at + 2)
      continue
    }
    // `'it\'s'`: no word follows the end of a string without space, so this quote must have been escaped.
    const goesOn = escaped && (escapes || wordEnd(sql, at + 1) > at + 1)
    if (!goesOn) break
    at = sql.indexOf("'", at + 1)
  }
  if (at === -1) scan.unclosed = true
  pushLiteral(scan, at === -1 ? sql.length : at + 1)
}

function isEscaped(sql: string, quoteAt: number, at: number): boolean {
  let from = at
  while (from - 1 > quoteAt && sql.charCodeAt(from - 1) === 92) from--
  return (at - from) % 2 === 1
}

/** `"name"` or MySQL's `` `name` ``; a quote is written twice inside. */
export function scanQuotedName(scan: Scan): void {
  const { sql, at } = scan
  const quote = sql[at] ?? '"'
  let end = sql.indexOf(quote, at + 1)
  let doubled = false
  while (end !== -1 && sql[end + 1] === quote) {
    doubled = true
    end = sql.indexOf(quote, end + 2)
  }
  // What a missing quote swallowed may hold values: none of it is shown.
  if (end === -1) {
    pushLiteral(scan, sql.length)
    return
  }
  const inside = sql.slice(at + 1, end)
  const name = doubled ? inside.replaceAll(quote + quote, quote) : inside
  if (quote === '"' && isMysqlString(scan, name, end)) pushLiteral(scan, end + 1)
  else push(scan, 'name', nameText(name), end + 1, name)
}

/** `email = "me@example.com"`: MySQL's other string. A plain word stays a name, as the standard has it. */
function isMysqlString(scan: Scan, name: string, end: number): boolean {
  const before = scan.tokens.at(-1)
  const compared = before?.value === 'like' || COMPARISON.test(before?.value ?? '')
  return compared && scan.sql[end + 1] !== '.' && !isPlainName(name)
}

const COMPARISON = /^(?:[<>!=]?=|<=>|<>|<|>)$/

const BRACKET_NAME = /\[[a-z_\u0080-\uffff][\w $#.\u0080-\uffff-]{0,127}\]/iy

/** `[order]` is SQL Server's quoted name; `tags[1]`, `array[1, 2]` and `array[?]` are PostgreSQL's arrays. */
export function scanBracket(scan: Scan): void {
  const before = scan.tokens.at(-1)
  const isArray = before?.value === 'array' || (!scan.spaced && endsOperand(before))
  BRACKET_NAME.lastIndex = scan.at
  const name = isArray ? undefined : BRACKET_NAME.exec(scan.sql)?.[0].slice(1, -1)
  if (name === undefined) push(scan, 'open', '[', scan.at + 1)
  else push(scan, 'name', nameText(name), scan.at + name.length + 2, name)
}

const DOLLAR_TAG = /\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/iy

/** PostgreSQL's `$tag$ … $tag$`. */
export function scanDollarString(scan: Scan): void {
  const { sql, at } = scan
  DOLLAR_TAG.lastIndex = at
  const tag = DOLLAR_TAG.exec(sql)?.[0]
  if (tag === undefined) {
    push(scan, 'operator', '$', at + 1)
    return
  }
  const close = sql.indexOf(tag, at + tag.length)
  pushLiteral(scan, close === -1 ? sql.length : close + tag.length)
}
