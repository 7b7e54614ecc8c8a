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
    let name = `:${column}`
    for (let count = 2; [...names.values()].includes(name); count++) name = `:${column}_${count}`
    names.set(position, name)
    return name
  }

  const text = statement.replace(
    dialect === 'mysql' ? MYSQL_PIECES : dialect === 'postgresql' ? PG_PIECES : PIECES,
    (piece) => {
      if (piece === '\\?') return '?'
      if (!isMark(piece)) return piece
      const position = positionOf(piece)
      const value = bindings?.[position]
      if (value !== undefined && !(typeof value === 'string' && CHANGED.test(value))) return literal(value, dialect)
      const name = nameOf(position)
      missing.add(name)
      return name
    },
  )
  const trimmed = text.trim()
  return { sql: trimmed.endsWith(';') ? trimmed : `${trimmed};`, missing: [...missing] }
}

// Quoted text, names and comments are passed over as they are, so that a mark in them is none.
const QUOTED = `'(?:[^']|'')*'|"(?:[^"]|"")*"|\`(?:[^\`]|\`\`)*\``
const MYSQL_QUOTED = `'(?:[^'\\\\]|''|\\\\[^])*'|"(?:[^"\\\\]|""|\\\\[^])*"|\`(?:[^\`]|\`\`)*\``
const DOLLAR_QUOTED = '\\$([a-z_]\\w*)?\\$[^]*?\\$\\1\\$'
const COMMENTS = '--[^\\n]*|/\\*[^]*?\\*/'
const MARKS = '\\\\\\?|\\?\\d*|\\$\\d+|@p\\d+\\b|::|:=|(?<![\\w\\]:]):[a-z_]\\w*|(?<![\\w\\]:]):\\d+'
const PIECES = new RegExp(`${QUOTED}|${COMMENTS}|${MARKS}`, 'gi')
const MYSQL_PIECES = new RegExp(`${MYSQL_QUOTED}|#[^\\n]*|${COMMENTS}|${MARKS}`, 'gi')
// `E'…'` knows backslashes, and `?` is an operator there: knex has made all marks `$1`.
const PG_PIECES = new RegExp(
  `e'(?:[^'\\\\]|''|\\\\[^])*'|${QUOTED}|${DOLLAR_QUOTED}|${COMMENTS}|\\\\\\?|\\$\\d+|::`,
  'gi',
)

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
