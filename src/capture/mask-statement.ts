import { REDACTED } from '../model/redacted.js'
import { type Fingerprint, MAX_SCANNED_CHARS } from '../sql/fingerprint.js'
import { literalsOf } from '../sql/literals.js'
import { maskLooks } from './mask-looks.js'
import type { IsSecretName } from './mask-names.js'
import { maskText } from './mask-text.js'
import type { MaskValue } from './mask-value.js'

/** The SQL of a query, as it may be kept. */
export type MaskStatement = (statement: string, print: Fingerprint) => string

/**
 * Statements without the secrets that are written into them: literals of secret columns, and whatever can be told by its
 * form. Placeholders and all else stay as they were sent. Statements repeat, and each is read once.
 */
export function createStatementMask(isSecret: IsSecretName, keep: MaskValue | null): MaskStatement {
  const known = new WeakMap<Fingerprint, string>()
  return (statement, print) => {
    let masked = known.get(print)
    if (masked === undefined) {
      masked = maskStatement(statement, print, isSecret, keep)
      known.set(print, masked)
    }
    return masked
  }
}

function maskStatement(
  statement: string,
  { literalNames, literals }: Fingerprint,
  isSecret: IsSecretName,
  keep: MaskValue | null,
): string {
  const read = statement.slice(0, MAX_SCANNED_CHARS)
  const hasStructure = /[{[<]|[=:]/.test(literals)
  const isWorthReading = literals !== '' && (keep !== null || hasStructure || literalNames.some(isSecret))
  const masked = isWorthReading ? maskLiterals(read, isSecret, keep) : read
  return maskLooks(maskComments(masked, isSecret)) + unread(statement)
}

function maskLiterals(sql: string, isSecret: IsSecretName, keep: MaskValue | null): string {
  const parts: string[] = []
  let copiedTo = 0
  for (const { from, to, names } of literalsOf(sql)) {
    const written = sql.slice(from, to)
    const kept = names.some(isSecret) ? `'${REDACTED}'` : maskLiteral(written, names[0], isSecret, keep)
    if (kept === written) continue
    parts.push(sql.slice(copiedTo, from), kept)
    copiedTo = to
  }
  if (copiedTo === 0) return sql
  parts.push(sql.slice(copiedTo))
  return parts.join('')
}

/** A text may be JSON, or name secrets itself. */
function maskLiteral(
  written: string,
  name: string | undefined,
  isSecret: IsSecretName,
  keep: MaskValue | null,
): string {
  const inside = /^'([\s\S]*)'$/.exec(written)?.[1]?.replaceAll("''", "'")
  const value = inside ?? written
  const masked = maskText(value, isSecret)
  const kept = masked === value && keep !== null ? keep(`queries.statement.${name ?? ''}`, value) : masked
  return kept === value ? written : `'${String(kept).replaceAll("'", "''")}'`
}

/** Libraries write where a query comes from into its comments; so may people. */
function maskComments(sql: string, isSecret: IsSecretName): string {
  let masked = sql
  let at = 0
  for (let count = 0; count < MAX_COMMENTS; count++) {
    const from = masked.slice(at).search(/--|\/\*/)
    if (from === -1) return masked
    const start = at + from
    const end = masked.indexOf(masked[start] === '-' ? '\n' : '*/', start + 2)
    const comment = masked.slice(start, end === -1 ? undefined : end)
    const kept = maskText(comment, isSecret)
    masked = masked.slice(0, start) + kept + (end === -1 ? '' : masked.slice(end))
    if (end === -1) return masked
    at = start + kept.length + 1
  }
  return masked
}

const MAX_COMMENTS = 20

/** A dump sent as one statement would be stored whole, each time anew. */
const MOST_STATEMENT_CHARS = 200_000

/** Of what no one has read only placeholders stay, as in the rows of a large insert. */
function unread(statement: string): string {
  if (statement.length <= MAX_SCANNED_CHARS) return ''
  const rest = statement.slice(MAX_SCANNED_CHARS, MOST_STATEMENT_CHARS)
  const placeholders = /^(?:[\s?,()]|\$\d{1,5}(?![\d.]))*/.exec(rest)?.[0] ?? ''
  const left = statement.length - MAX_SCANNED_CHARS - placeholders.length
  return left === 0 ? placeholders : `${placeholders} … /* ${left} more characters */`
}
