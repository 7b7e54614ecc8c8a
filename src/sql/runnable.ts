import type { SqlDialect } from '../model/explain.js'
import type { RecordedBinding } from '../model/query.js'
import { fingerprint } from './fingerprint.js'

/** A statement to paste into a database's own client. */
export interface RunnableSql {
  readonly sql: string
  /** Names that stand for values which are not kept as they were: `:password`. In the order of the text. */
  readonly missing: readonly string[]
}

/** What masking and shortening leave of a value that was not kept as it was. */
const CHANGED = /\[redacted\]|…|^<Buffer \d+ bytes>$|^<function>$|^<unreadable value>$|^Invalid Date$/
const MAX_LENGTH = 100_000

/**
 * Puts the values of an execution into its statement, quoted as the dialect wants it, so that it runs as it stands. What
 * was masked, shortened or not kept becomes a named placeholder.
 *
 * Text is quoted by the standard where the dialect is not known: right but for a MySQL value with a backslash.
 *
 * @returns `null`: the statement is too long to be read
 * @example runnableSql('select * from users where name = ?', ["O'Neil"], 'sqlite')
 *   // { sql: "select * from users where name = 'O''Neil';", missing: [] }
 */
export function runnableSql(
  statement: string,
  bindings: readonly RecordedBinding[] | null,
  dialect: SqlDialect | null,
): RunnableSql | null {
  if (statement.length > MAX_LENGTH) return null
  const { placeholders } = fingerprint(statement)
  const missing = new Set<string>()
  const names = new Map<number, string>()
  const counts = new Map<string, number>()
  const named = new Map<string, number>()
  let next = 0

  function positionOf(mark: string): number {
    const digits = /^(?:\$|\?|:|@p)(\d+)$/.exec(mark)?.[1]
    if (digits !== undefined) return mark.startsWith('@') ? Number(digits) : Number(digits) - 1
    if (mark === '?') return next++
    const known = named.get(mark) ?? next++
    named.set(mark, known)
    return known
  }

  function nameOf(position: number): string {
    const known = names.get(position)
    if (known !== undefined) return known
    const column = (placeholders[position]?.column ?? 'value').replace(/\W+/g, '_')
    // Thousands, in an insert of many rows; what was made for one column may be the name of another.
    let name = ''
    do {
      const count = (counts.get(column) ?? 0) + 1
      counts.set(column, count)
      name = count === 1 ? `:${column}` : `:${column}_${count}`
    } while (missing.has(name))
    names.set(position, name)
    return name
  }

  const text = withPieces(statement, dialect, (piece) => {
    if (piece === '\\?') return '?'
    if (!isMark(piece)) return piece
    const position = positionOf(piece)
    const value = bindings?.[position]
    if (value !== undefined && !(typeof value === 'string' && CHANGED.test(value))) return literal(value, dialect)
    const name = nameOf(position)
    missing.add(name)
    return name
  })
  const trimmed = text.trim()
  return { sql: trimmed.endsWith(';') ? trimmed : `${trimmed};`, missing: [...missing] }
}

// Quoted text, names and comments are passed over as they are, so that a mark in them is none.
// What has no end goes to that of the statement, and is told by it: else each of a thousand quotes would look for its own.
const QUOTED = `'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\`(?:[^\`]|\`\`)*(?:\`|$)`
const MYSQL_QUOTED = `'(?:[^'\\\\]|''|\\\\[^]?)*(?:'|$)|"(?:[^"\\\\]|""|\\\\[^]?)*(?:"|$)|\`(?:[^\`]|\`\`)*(?:\`|$)`
const DOLLAR_QUOTED = '\\$([a-z_]\\w*)?\\$[^]*?(?:\\$\\1\\$|$)'
const COMMENTS = '--[^\\n]*|/\\*[^]*?(?:\\*/|$)'
const MARKS = '\\\\\\?|\\?\\d*|\\$\\d+|@p\\d+\\b|::|:=|(?<![\\w\\]:]):[a-z_]\\w*|(?<![\\w\\]:]):\\d+'
// `E'…'` knows backslashes, and `?` is an operator there: knex has made all marks `$1`.
const PG_QUOTED = `e'(?:[^'\\\\]|''|\\\\[^]?)*(?:'|$)|${QUOTED}`
const PG_PLAIN = `${DOLLAR_QUOTED}|${COMMENTS}|\\\\\\?|\\$\\d+|::`

/** What is looked for in a statement, and what in one whose quotes do not add up. */
interface Pieces {
  readonly all: RegExp
  readonly unquoted: RegExp
}

function pieces(quoted: string, plain: string): Pieces {
  return { all: new RegExp(`${quoted}|${plain}`, 'gi'), unquoted: new RegExp(plain, 'gi') }
}

const MYSQL_PIECES = pieces(MYSQL_QUOTED, `#[^\\n]*|${COMMENTS}|${MARKS}`)
const PG_PIECES = pieces(PG_QUOTED, PG_PLAIN)
const PIECES = pieces(QUOTED, `${COMMENTS}|${MARKS}`)

/** A statement with each of its pieces replaced. Behind a quote that has no end, quotes are passed over. */
function withPieces(statement: string, dialect: SqlDialect | null, replace: (piece: string) => string): string {
  const { all, unquoted } = dialect === 'mysql' ? MYSQL_PIECES : dialect === 'postgresql' ? PG_PIECES : PIECES
  const parts: string[] = []
  let pattern = all
  let copiedTo = 0
  let at = 0
  for (;;) {
    pattern.lastIndex = at
    const found = pattern.exec(statement)
    if (found === null) break
    const [piece] = found
    at = found.index + piece.length
    if (at === statement.length && isUnclosed(piece, dialect === 'mysql')) {
      at = found.index + 1
      pattern = unquoted
      continue
    }
    parts.push(statement.slice(copiedTo, found.index), replace(piece))
    copiedTo = at
  }
  parts.push(statement.slice(copiedTo))
  return parts.join('')
}

function isUnclosed(piece: string, isMysql: boolean): boolean {
  if (!/^e?['"`]/i.test(piece)) return false
  const hasBackslashes = piece.startsWith('e') || piece.startsWith('E') || isMysql
  return !(hasBackslashes ? CLOSED_WITH_BACKSLASHES : CLOSED).test(piece)
}

const CLOSED = /^(['"`])(?:(?!\1)[\s\S]|\1\1)*\1$/
const CLOSED_WITH_BACKSLASHES = /^e?(['"`])(?:(?!\1)[^\\]|\1\1|\\[\s\S])*\1$/i

function isMark(piece: string): boolean {
  return /^(?:\?\d*|\$\d+|@p\d+|:\w+)$/i.test(piece)
}

function literal(value: RecordedBinding, dialect: SqlDialect | null): string {
  if (value === null) return 'NULL'
  if (typeof value === 'boolean') return dialect === 'sqlite' ? String(Number(value)) : String(value)
  // After a minus sign, or as the exponent of nothing: a negative number keeps its distance.
  if (typeof value === 'number') return value < 0 ? `(${value})` : String(value)
  const text = dialect === 'mysql' ? mysqlText(value) : value
  return `'${text.replaceAll("'", "''")}'`
}

/** A moment in the words that MySQL reads; backslashes doubled. */
function mysqlText(value: string): string {
  const moment = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/.exec(value)
  return moment === null ? value.replaceAll('\\', '\\\\') : `${moment[1]} ${moment[2]}`
}
